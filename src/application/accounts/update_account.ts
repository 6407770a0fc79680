import { type AuditEntry, type AuditType, record } from '../../audit/audit.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import { findUser, lockUser } from '../../users/users.ts';
import type { Principal } from '../authentication/principal.ts';
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

/**
 * One change of one account under its lock, audited under that type. Throws {@link NoSuchUser}, FORBIDDEN where the
 * account's role has scopes that the actor lacks, and what the work throws: then nothing has happened.
 */
export type UpdateAccount = <T>(
  username: string,
  type: AuditType,
  actor: Principal,
  origin: RequestInfo,
  work: (user: User, db: Db, effects: Effects, at: Date) => Promise<AccountUpdate<T>>,
) => Promise<T>;

/** Makes what every change of an account goes through. */
export function createUpdateAccount(
  services: Pick<Services, 'clock' | 'settings'>,
  unitOfWork: UnitOfWork,
): UpdateAccount {
  const updateAccount = createUpdateOwnAccount(services, unitOfWork);
  return (username, type, actor, origin, work) =>
    updateAccount(username, type, actor, origin, async (user, ...rest) => {
      // Under the lock: a promotion that commits meanwhile counts.
      checkAuthorityOver(services.settings.roles, actor, user.role);
      return work(user, ...rest);
    });
}

/** The same without the guard, for people's own accounts: an app with `account` may change what is no way in. */
export function createUpdateOwnAccount({ clock }: Pick<Services, 'clock'>, unitOfWork: UnitOfWork): UpdateAccount {
  return (username, type, actor, origin, work) =>
    unitOfWork(async (db, effects) => {
      const at = new Date(clock());
      const found = await findUser(db, username);
      const user = found && (await lockUser(db, found.id));
      if (!user) throw new NoSuchUser();
      const { result, detail } = await work(user, db, effects, at);
      if (detail !== null) {
        record(db, { type, actor: actor.user.username, subject: user.username, detail }, origin, at);
      }
      return result;
    });
}
