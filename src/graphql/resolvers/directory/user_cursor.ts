import { z } from 'zod';
import { isByTime, type UserOrder, type UserPlace } from '../../../users/list_users.ts';
import { isUsername } from '../../../users/users.ts';
import { badCursor } from '../bad_cursor.ts';

/** The order of a list of accounts. A cursor is valid for its own order only. */
export interface ListOrder {
  readonly order: UserOrder;
  readonly descending: boolean;
}

/** A sort key that PostgreSQL can compare: without NUL and without lone surrogates. No stored key is longer. */
const text = z
  .string()
  .max(254)
  .refine((key) => key.isWellFormed() && !key.includes('\0'));
/** A time in microseconds, up to the year 2286. */
const microseconds = z.string().regex(/^\d{1,16}$/);

/**
 * Returns the cursor of a place in a list, for this order only.
 * @returns base64url; readable by the client, so it holds no secret
 */
export function toCursor({ key, username }: UserPlace, { order, descending }: ListOrder): string {
  return Buffer.from(JSON.stringify([order, descending, key, username])).toString('base64url');
}

/**
 * Returns the place that a cursor stands for.
 * @throws BAD_USER_INPUT for a malformed cursor, and for one of another order
 */
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
