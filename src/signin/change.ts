import type { Session } from '../sessions/session.entity.ts';
import type { Session as Db } from '../store/database.ts';
import type { Denial } from '../tokens/denylist.ts';
import { toLiveUser } from '../users/live_users.ts';
import type { User } from '../users/user.entity.ts';
import type { Parts } from './parts.ts';

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
export type Change = <T>(work: (db: Db, effects: Effects) => Promise<T>) => Promise<T>;

export function createChange({
  database,
  denylist,
  liveUsers,
  log,
}: Pick<Parts, 'database' | 'denylist' | 'liveUsers' | 'log'>): Change {
  return async (work) => {
    let denials = new Map<string, Denial>();
    let users = new Map<string, User>();
    let marks: { user: User; mark: string }[] = [];

    const result = await database.transaction(async (db) => {
      denials = new Map();
      users = new Map();
      marks = [];
      const deny = (denial: Denial) => {
        const known = denials.get(denial.subject);
        if (!known || known.until < denial.until) denials.set(denial.subject, denial);
      };
      const result = await work(db, {
        denySessions: (sessions) =>
          sessions.forEach(({ id, accessExpiresAt }) => deny({ subject: `sid:${id}`, until: accessExpiresAt })),
        deny,
        changed: (user) => users.set(user.id, user),
      });
      await db.flush();
      await denylist.announce(db, [...denials.values()]);
      for (const user of users.values()) marks.push({ user, mark: await liveUsers.unsettle(user.username) });
      return result;
    });

    // What is not settled is still right, only slower: readers of an unsettled mark ask PostgreSQL.
    await Promise.all([
      denylist.settle([...denials.values()]),
      ...marks.filter(({ user }) => !user.deletedAt).map(({ user, mark }) => liveUsers.settle(toLiveUser(user), mark)),
    ]).catch((error: unknown) => log.warn({ err: error }, 'a committed change stays unsettled in the key-value store'));
    return result;
  };
}
