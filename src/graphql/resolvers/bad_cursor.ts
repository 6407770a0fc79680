import { invalidInput, type Refusal } from '../../kernel/errors.ts';

/** An `after` that no page of the list gave out. */
export function badCursor(): Refusal {
  return invalidInput({ field: 'after', code: 'MALFORMED', expected: 'CURSOR' });
}
