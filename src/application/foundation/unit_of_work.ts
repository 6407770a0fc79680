import type { Session } from '../../sessions/session.entity.ts';
import type { Db } from '../../store/database/database.ts';
import type { Denial } from '../../tokens/denylist.ts';
import { toLiveUser } from '../../users/live_users.ts';
import type { User } from '../../users/user.entity.ts';
import type { Services } from './services.ts';

/** What a change means for tokens that are already out. Collected while it runs, in force when it commits. */
export interface Effects {
  /** Denies every access token of these sessions. */
  denySessions(sessions: readonly Pick<Session, 'id' | 'accessExpiresAt'>[]): void;
  deny(denial: Denial): void;
  /** The account's live state is another now. */
  changed(user: User): void;
}

/**
 * Runs one change of accounts or sessions. PostgreSQL decides it, and the key-value store hears of it before the commit:
 * if either refuses, SERVICE_UNAVAILABLE is thrown and nothing has happened.
 */
export type UnitOfWork = <T>(work: (db: Db, effects: Effects) => Promise<T>) => Promise<T>;

export function createUnitOfWork({
  database,
  mirror,
  denylist,
  liveUsers,
  log,
}: Pick<Services, 'database' | 'mirror' | 'denylist' | 'liveUsers' | 'log'>): UnitOfWork {
  return async (work) => {
    let settle: () => Promise<unknown> = async () => undefined;
    const result = await database.transaction(async (db) => {
      const effects = collectEffects();
      const result = await work(db, effects);
      await db.flush();
      settle = await announce(db, [...effects.denials.values()], [...effects.users.values()]);
      return result;
    });
    // What is not settled is still right, only slower: readers of an unsettled mark ask PostgreSQL.
    await settle().catch((error: unknown) =>
      log.warn({ err: error }, 'cannot publish a committed change to the key-value store'),
    );
    return result;
  };

  /** Last thing before the commit. Answers what is to be done after it. */
  async function announce(db: Db, denials: readonly Denial[], users: readonly User[]): Promise<() => Promise<unknown>> {
    if (denials.length + users.length === 0) return async () => undefined;
    const copy = await mirror.hold(db);
    const standing = await denylist.announce(db, copy, denials);
    const marks: { user: User; mark: string }[] = [];
    for (const user of users) marks.push({ user, mark: await liveUsers.unsettle(user.username, copy) });
    return () =>
      Promise.all([
        denylist.settle(copy, standing),
        ...marks
          .filter(({ user }) => !user.deletedAt)
          .map(({ user, mark }) => liveUsers.settle(toLiveUser(user), mark, copy)),
      ]);
  }
}

function collectEffects() {
  const denials = new Map<string, Denial>();
  const users = new Map<string, User>();
  const deny = (denial: Denial) => {
    const known = denials.get(denial.subject);
    if (!known || known.until < denial.until) denials.set(denial.subject, denial);
  };
  return {
    denials,
    users,
    denySessions: (sessions: readonly Pick<Session, 'id' | 'accessExpiresAt'>[]) =>
      sessions.forEach(({ id, accessExpiresAt }) => deny({ subject: `sid:${id}`, until: accessExpiresAt })),
    deny,
    changed: (user: User) => void users.set(user.id, user),
  };
}
