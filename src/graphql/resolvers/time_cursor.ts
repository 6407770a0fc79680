import { badCursor } from './bad_cursor.ts';

/** A place in a list that is sorted by time, and then by id. */
export interface TimePlace {
  readonly at: Date;
  readonly id: string;
}

/** Returns the cursor of a place. */
export function toTimeCursor({ at, id }: TimePlace): string {
  return Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');
}

// PostgreSQL has no year 0.
const PLACE = /^((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Returns the place of a cursor. @throws BAD_USER_INPUT for other text */
export function fromTimeCursor(cursor: string): TimePlace {
  const [, time = '', id = ''] = PLACE.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) throw badCursor();
  return { at, id };
}
