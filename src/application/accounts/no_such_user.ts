import { Refusal } from '../../kernel/errors.ts';

/** The refusal BAD_USER_INPUT for a name without an account, also after a deletion. */
export class NoSuchUser extends Refusal {
  constructor() {
    super('BAD_USER_INPUT', { fields: [{ field: 'username', code: 'NOT_FOUND' }] });
  }
}
