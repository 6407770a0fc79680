import { type AuditEntry, type AuditType, record } from '../../audit/audit.ts';
import type { Invocation } from '../../kernel/actor.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import { findUser, lockUser } from '../../users/users.ts';
import { checkAuthorityOver } from '../authentication/authority.ts';
import type { UnitOfWork, Effects } from '../foundation/unit_of_work.ts';
import { NoSuchUser } from './no_such_user.ts';
import type { Services } from '../foundation/services.ts';

/** The result of a change, and its detail in the audit log. */
interface AccountUpdate<T> {
  readonly result: T;
  /** Null if nothing changed, so that nothing is logged. */
  readonly detail?: AuditEntry['detail'] | null;
}

/** A change of an account by name, as the audit log shows it. */
export interface AccountChange {
  readonly username: string;
  readonly type: AuditType;
  readonly by: Invocation;
}

/** The account under its lock, and the unit of work that changes it. */
export interface LockedAccount {
  readonly user: User;
  readonly db: Db;
  readonly effects: Effects;
  readonly at: Date;
}

/**
 * Runs and audits one change of one account under its lock. After an error nothing is changed.
 * @throws NoSuchUser, the errors of the work, and FORBIDDEN if the account's role has scopes that the actor lacks
 */
export type UpdateAccount = <T>(
  change: AccountChange,
  work: (locked: LockedAccount) => Promise<AccountUpdate<T>>,
) => Promise<T>;

/** Creates the guarded change, through which every change of another account goes. */
export function createUpdateAccount(
  services: Pick<Services, 'clock' | 'settings'>,
  unitOfWork: UnitOfWork,
): UpdateAccount {
  const updateAccount = createUpdateOwnAccount(services, unitOfWork);
  return (change, work) =>
    updateAccount(change, async (locked) => {
      // Checked under the lock, so that it sees a concurrent promotion.
      checkAuthorityOver(services.settings.roles, change.by.actor, locked.user.role);
      return work(locked);
    });
}

/**
 * Creates the change without the guard, for own accounts. An app with `account` may change fields that give no access.
 */
export function createUpdateOwnAccount({ clock }: Pick<Services, 'clock'>, unitOfWork: UnitOfWork): UpdateAccount {
  return ({ username, type, by }, work) =>
    unitOfWork(async (db, effects) => {
      const at = new Date(clock());
      const found = await findUser(db, username);
      const user = found && (await lockUser(db, found.id));
      if (!user) throw new NoSuchUser();
      const { result, detail } = await work({ user, db, effects, at });
      if (detail !== null) record(db, { type, subject: user.username, detail, at }, by);
      return result;
    });
}
