import { randomUUID } from 'node:crypto';
import type { Database } from '../store/database/database.ts';
import type { Generation } from '../store/state_cache/state_cache.ts';
import type { User } from './user.entity.ts';
import { findUser } from './users.ts';

/** What a request may be told of an account without asking PostgreSQL. Never the password's hash. */
export interface LiveUser {
  readonly id: string;
  readonly username: string;
  readonly fullName: string | null;
  readonly email: string | null;
  readonly disabled: boolean;
  readonly role: string;
  readonly createdAt: Date;
  readonly lastLoginAt: Date | null;
}

/**
 * The accounts' state as every request reads it. A change marks the account *pending* before it commits and writes
 * the new state after: a reader that finds the marker asks PostgreSQL, so that neither a crash in between nor a replica
 * that read the row just before can make an old role or a lifted disabling last.
 */
export interface LiveUsers {
  key(username: string): string;
  /** The state behind what was found under {@link key} in a generation; null for an account that is not there. */
  resolve(username: string, found: string | null, generation: Generation): Promise<LiveUser | null>;
  /** Marks the account before the commit, and returns the marker for {@link publish}. Throws SERVICE_UNAVAILABLE. */
  markPending(username: string, generation: Generation | null): Promise<string>;
  /** Publishes the new state after the commit, in the same generation. A marker that a later change replaced stays. */
  publish(user: LiveUser, pendingMarker: string, generation: Generation | null): Promise<void>;
}

/** As long as an access token usually lives: while one is in use, PostgreSQL is asked again only after a change. */
const KEPT_MS = 30 * 60_000;
/** Longer than any transaction is allowed to last. */
const PENDING_MS = 2 * 60_000;
const PENDING = '?';

export function createLiveUsers(database: Pick<Database, 'run'>): LiveUsers {
  const key = (username: string) => `user:${username}`;
  const read = async (username: string) => {
    const user = await database.run((db) => findUser(db, username));
    return user && toLiveUser(user);
  };
  return {
    key,
    async resolve(username, found, generation) {
      if (found?.startsWith(PENDING)) return read(username);
      if (found !== null) return parse(found);
      const user = await read(username);
      if (user) await generation.setIfAbsent(key(username), JSON.stringify(user), KEPT_MS);
      return user;
    },
    async markPending(username, generation) {
      const pendingMarker = PENDING + randomUUID();
      await generation?.set(key(username), pendingMarker, PENDING_MS);
      return pendingMarker;
    },
    async publish(user, pendingMarker, generation) {
      await generation?.replaceIf(key(user.username), pendingMarker, JSON.stringify(user), KEPT_MS);
    },
  };
}

/** The part of an account that answers and rules are made of. */
export function toLiveUser(user: User): LiveUser {
  const { id, username, fullName, email, disabled, role, createdAt, lastLoginAt } = user;
  return {
    id,
    username,
    fullName: fullName ?? null,
    email: email ?? null,
    disabled,
    role,
    createdAt,
    lastLoginAt: lastLoginAt ?? null,
  };
}

function parse(stored: string): LiveUser {
  const user = JSON.parse(stored) as LiveUser & { createdAt: string; lastLoginAt: string | null };
  return {
    ...user,
    createdAt: new Date(user.createdAt),
    lastLoginAt: user.lastLoginAt === null ? null : new Date(user.lastLoginAt),
  };
}
