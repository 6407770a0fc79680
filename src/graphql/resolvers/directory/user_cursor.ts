import { z } from 'zod';
import { isByTime, type UserOrder, type UserPlace } from '../../../users/list_users.ts';
import { isUsername } from '../../../users/users.ts';
import { badCursor } from '../bad_cursor.ts';

/** What a list of accounts is ordered by: a cursor of one order is none of another's. */
export interface ListOrder {
  readonly order: UserOrder;
  readonly descending: boolean;
}

/** Longer than any key, and what PostgreSQL can compare: neither NUL nor lone surrogates. */
const text = z
  .string()
  .max(254)
  .refine((key) => key.isWellFormed() && !key.includes('\0'));
/** Microseconds, to the year 2286. */
const microseconds = z.string().regex(/^\d{1,16}$/);

/** A place in a list as text, base64url: for that list alone, and no secret. */
export function toCursor({ key, username }: UserPlace, { order, descending }: ListOrder): string {
  return Buffer.from(JSON.stringify([order, descending, key, username])).toString('base64url');
}

/** Throws BAD_USER_INPUT. */
export function fromCursor(cursor: string, { order, descending }: ListOrder): UserPlace {
  const place = z.tuple([
    z.literal(order),
    z.literal(descending),
    isByTime(order) ? microseconds : text,
    z.string().refine(isUsername),
  ]);
  const { data } = place.safeParse(parsed(Buffer.from(cursor, 'base64url').toString()));
  if (!data) throw badCursor();
  return { key: data[2], username: data[3] };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
