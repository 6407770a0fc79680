import { invalidInput, type Refusal } from '../../kernel/errors.ts';

/** Returns the refusal of an `after` that is not a cursor of the list. */
export function badCursor(): Refusal {
  return invalidInput({ field: 'after', code: 'MALFORMED', expected: 'CURSOR' });
}
