import { type AuditEntry, type AuditType, record } from '../../audit/audit.ts';
import type { Invocation } from '../../kernel/actor.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import { findUser, lockUser } from '../../users/users.ts';
import { checkAuthorityOver } from '../authentication/authority.ts';
import type { UnitOfWork, Effects } from '../foundation/unit_of_work.ts';
import { NoSuchUser } from './no_such_user.ts';
import type { Services } from '../foundation/services.ts';

/** What came of a change, and what the audit log says of it beside who and whom. */
interface AccountUpdate<T> {
  readonly result: T;
  /** Null where nothing is another than before, and so nothing to be told. */
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
 * Runs and audits one change of one account under its lock. Throws {@link NoSuchUser}, FORBIDDEN where the account's role
 * has scopes that the actor lacks, and the errors of the work: then nothing has happened.
 */
export type UpdateAccount = <T>(
  change: AccountChange,
  work: (locked: LockedAccount) => Promise<AccountUpdate<T>>,
) => Promise<T>;

/** Makes what every change of an account goes through. */
export function createUpdateAccount(
  services: Pick<Services, 'clock' | 'settings'>,
  unitOfWork: UnitOfWork,
): UpdateAccount {
  const updateAccount = createUpdateOwnAccount(services, unitOfWork);
  return (change, work) =>
    updateAccount(change, async (locked) => {
      // Under the lock: a promotion that commits meanwhile counts.
      checkAuthorityOver(services.settings.roles, change.by.actor, locked.user.role);
      return work(locked);
    });
}

/** The same without the guard, for people's own accounts: an app with `account` may change what is no way in. */
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
