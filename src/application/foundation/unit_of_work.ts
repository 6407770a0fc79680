import type { Session } from '../../sessions/session.entity.ts';
import type { Db } from '../../store/database/database.ts';
import type { Denial } from '../../tokens/denylist.ts';
import { toLiveUser } from '../../users/live_users.ts';
import type { User } from '../../users/user.entity.ts';
import type { Services } from './services.ts';

/** The effects of a change on issued tokens. Collected while it runs, and applied when it commits. */
export interface Effects {
  /** Denies every access token of these sessions. */
  denySessions(sessions: readonly Pick<Session, 'id' | 'accessExpiresAt'>[]): void;
  deny(denial: Denial): void;
  /** Notes that the live state of an account has changed. */
  changed(user: User): void;
}

/**
 * Runs one change of accounts or sessions. PostgreSQL decides it, and the key-value store is marked before the commit.
 * @throws SERVICE_UNAVAILABLE if one of them fails; nothing is changed then
 */
export type UnitOfWork = <T>(work: (db: Db, effects: Effects) => Promise<T>) => Promise<T>;

export function createUnitOfWork({
  database,
  stateCache,
  denylist,
  liveUsers,
  log,
}: Pick<Services, 'database' | 'stateCache' | 'denylist' | 'liveUsers' | 'log'>): UnitOfWork {
  return async (work) => {
    let publish: () => Promise<unknown> = async () => undefined;
    const result = await database.transaction(async (db) => {
      const effects = collectEffects();
      const result = await work(db, effects);
      await db.flush();
      publish = await announce(db, [...effects.denials.values()], [...effects.users.values()]);
      return result;
    });
    // An unpublished change is still correct, only slower: readers of a pending marker ask PostgreSQL.
    await publish().catch((error: unknown) =>
      log.warn({ err: error }, 'cannot publish a committed change to the key-value store'),
    );
    return result;
  };

  /**
   * Marks the effects as pending, as the last step before the commit.
   * @returns the function to call after the commit
   */
  async function announce(db: Db, denials: readonly Denial[], users: readonly User[]): Promise<() => Promise<unknown>> {
    if (denials.length + users.length === 0) return async () => undefined;
    const generation = await stateCache.pin(db);
    const standing = await denylist.announce(db, generation, denials);
    const pendingUsers: { user: User; pendingMarker: string }[] = [];
    for (const user of users)
      pendingUsers.push({ user, pendingMarker: await liveUsers.markPending(user.username, generation) });
    return () =>
      Promise.all([
        denylist.publish(generation, standing),
        ...pendingUsers
          .filter(({ user }) => !user.deletedAt)
          .map(({ user, pendingMarker }) => liveUsers.publish(toLiveUser(user), pendingMarker, generation)),
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
