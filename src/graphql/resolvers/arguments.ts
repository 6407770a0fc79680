import { Refusal } from '../../kernel/errors.ts';

const LARGEST_PAGE = 100;

/** The size of a page: 1 to 100, 50 where nobody says. Throws BAD_USER_INPUT. */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? 50;
  if (size < 1 || size > LARGEST_PAGE) {
    throw new Refusal('BAD_USER_INPUT', { message: `first: must be 1 to ${LARGEST_PAGE}` });
  }
  return size;
}

/** Text that PostgreSQL can compare: it takes neither NUL nor lone surrogates. Throws BAD_USER_INPUT. */
export function searchable(name: string, text: string | null | undefined): string | undefined {
  if (text == null) return undefined;
  if (text.length > 254 || text.includes('\0') || !text.isWellFormed()) {
    throw new Refusal('BAD_USER_INPUT', { message: `${name}: must be text of at most 254 characters` });
  }
  return text;
}

/**
 * A time of a client's, from one moment on and until another, either of which it may leave open. Throws BAD_USER_INPUT
 * where the end comes first, and for years that a database does not know.
 */
export function period(
  from: Date | null | undefined,
  to: Date | null | undefined,
): { readonly from: Date | undefined; readonly to: Date | undefined } {
  const bounds = { from: moment('from', from), to: moment('to', to) };
  if (bounds.from && bounds.to && bounds.from > bounds.to) {
    throw new Refusal('BAD_USER_INPUT', { message: 'to: must not be before from' });
  }
  return bounds;
}

function moment(name: string, at: Date | null | undefined): Date | undefined {
  if (at == null) return undefined;
  const year = at.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) {
    throw new Refusal('BAD_USER_INPUT', { message: `${name}: must be of the years 1 to 9999` });
  }
  return at;
}
