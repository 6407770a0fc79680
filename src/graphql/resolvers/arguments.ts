import { invalidInput } from '../../kernel/errors.ts';

const LARGEST_PAGE = 100;
const LONGEST_SEARCH = 254;
/** The times that PostgreSQL can store. */
const TIMES = { min: '0001-01-01T00:00:00.000Z', max: '9999-12-31T23:59:59.999Z' } as const;

/**
 * Returns the size of a page, 1 to 100.
 * @param first the size that the client asks for; 50 if it is missing
 * @throws BAD_USER_INPUT outside the range
 */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? 50;
  if (size < 1 || size > LARGEST_PAGE) {
    throw invalidInput({ field: 'first', code: 'OUT_OF_RANGE', min: 1, max: LARGEST_PAGE });
  }
  return size;
}

/**
 * Returns a text that PostgreSQL can compare: without NUL and without lone surrogates.
 * @param name the argument, for the error
 * @throws BAD_USER_INPUT for any other text, and for one over 254 characters
 */
export function searchable(name: string, text: string | null | undefined): string | undefined {
  if (text == null) return undefined;
  if (text.length > LONGEST_SEARCH) throw invalidInput({ field: name, code: 'TOO_LONG', max: LONGEST_SEARCH });
  if (text.includes('\0')) throw invalidInput({ field: name, code: 'NUL_CHARACTER' });
  if (!text.isWellFormed()) throw invalidInput({ field: name, code: 'NOT_UNICODE' });
  return text;
}

/**
 * Returns the period that a client asks for. Either end may be open.
 * @throws BAD_USER_INPUT if the end precedes the beginning, and for years that PostgreSQL cannot store
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
