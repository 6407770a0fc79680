import { type AuditEntry, type AuditType, type Origin, record } from '../../audit/audit.ts';
import type { Session as Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import { findUser, lockUser } from '../../users/users.ts';
import type { Principal } from '../authentication/principal.ts';
import { checkAuthorityOver } from '../authentication/authority.ts';
import type { Change, Effects } from '../foundation/unit_of_work.ts';
import { NoSuchUser } from './no_such_user.ts';
import type { Parts } from '../foundation/services.ts';

/** What came of a change, and what the audit log says of it beside who and whom. */
interface Altered<T> {
  readonly result: T;
  /** Null where nothing is another than before, and so nothing to be told. */
  readonly detail?: AuditEntry['detail'] | null;
}

/**
 * One change of one account under its lock, audited under that type. Throws {@link NoSuchUser}, FORBIDDEN where the
 * account's role has scopes that the actor lacks, and what the work throws: then nothing has happened.
 */
export type Alter = <T>(
  username: string,
  type: AuditType,
  actor: Principal,
  origin: Origin,
  work: (user: User, db: Db, effects: Effects, at: Date) => Promise<Altered<T>>,
) => Promise<T>;

/** Makes what every change of an account goes through. */
export function createAlter(parts: Pick<Parts, 'clock' | 'settings'>, change: Change): Alter {
  const alter = createAlterUnguarded(parts, change);
  return (username, type, actor, origin, work) =>
    alter(username, type, actor, origin, async (user, ...rest) => {
      // Under the lock: a promotion that commits meanwhile counts.
      checkAuthorityOver(parts.settings.roles, actor, user.role);
      return work(user, ...rest);
    });
}

/** The same without the guard, for people's own accounts: an app with `account` may change what is no way in. */
export function createAlterUnguarded({ clock }: Pick<Parts, 'clock'>, change: Change): Alter {
  return (username, type, actor, origin, work) =>
    change(async (db, effects) => {
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
