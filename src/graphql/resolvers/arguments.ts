import { invalidInput } from '../../kernel/errors.ts';

const LARGEST_PAGE = 100;
const LONGEST_SEARCH = 254;
/** The times that a database knows. */
const TIMES = { min: '0001-01-01T00:00:00.000Z', max: '9999-12-31T23:59:59.999Z' } as const;

/** The size of a page: 1 to 100, 50 where nobody says. Throws BAD_USER_INPUT. */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? 50;
  if (size < 1 || size > LARGEST_PAGE) {
    throw invalidInput({ field: 'first', code: 'OUT_OF_RANGE', min: 1, max: LARGEST_PAGE });
  }
  return size;
}

/** Text that PostgreSQL can compare: it takes neither NUL nor lone surrogates. Throws BAD_USER_INPUT. */
export function searchable(name: string, text: string | null | undefined): string | undefined {
  if (text == null) return undefined;
  if (text.length > LONGEST_SEARCH) throw invalidInput({ field: name, code: 'TOO_LONG', max: LONGEST_SEARCH });
  if (text.includes('\0')) throw invalidInput({ field: name, code: 'NUL_CHARACTER' });
  if (!text.isWellFormed()) throw invalidInput({ field: name, code: 'NOT_UNICODE' });
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
    throw invalidInput({ field: 'to', code: 'BEFORE', other: 'from' });
  }
  return bounds;
}

function moment(name: string, at: Date | null | undefined): Date | undefined {
  if (at == null) return undefined;
  const year = at.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) {
    throw invalidInput({ field: name, code: 'OUT_OF_RANGE', ...TIMES });
  }
  return at;
}
