import { Refusal } from '../../kernel/errors.ts';

/** BAD_USER_INPUT: there is no account of the name that was given, or none any more. */
export class NoSuchUser extends Refusal {
  constructor() {
    super('BAD_USER_INPUT', { fields: [{ field: 'username', code: 'NOT_FOUND' }] });
  }
}
