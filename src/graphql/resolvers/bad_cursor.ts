import { Refusal } from '../../kernel/errors.ts';

/** An `after` that no page of the list gave out. */
export function badCursor(): Refusal {
  return new Refusal('BAD_USER_INPUT', { message: 'after: is not a cursor of this list' });
}
