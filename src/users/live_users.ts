import { randomUUID } from 'node:crypto';
import type { Database } from '../store/database/database.ts';
import type { Generation } from '../store/state_cache/state_cache.ts';
import type { User } from './user.entity.ts';
import { findUser } from './users.ts';

/** The cached part of an account. It never contains the password hash. */
export interface LiveUser {
  readonly id: string;
  readonly username: string;
  readonly fullName: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly disabled: boolean;
  readonly role: string;
  readonly secondFactor: boolean;
  readonly createdAt: Date;
  readonly lastLoginAt: Date | null;
}

/**
 * The state of accounts, which every request reads. A change marks the account *pending* before it commits, and
 * publishes the new state after the commit. A reader that finds the marker asks PostgreSQL. Threat: a crash in between,
 * or a replica that read the row just before, would otherwise keep an old role or a lifted disabling in force.
 */
export interface LiveUsers {
  key(username: string): string;
  /** Returns the state for the value found under {@link key} in a generation; null if the account does not exist. */
  resolve(username: string, found: string | null, generation: Generation): Promise<LiveUser | null>;
  /**
   * Marks the account before the commit, and returns the marker for {@link publish}.
   * @throws Refusal SERVICE_UNAVAILABLE
   */
  markPending(username: string, generation: Generation | null): Promise<string>;
  /** Publishes the new state after the commit, in the same generation. A marker that a later change replaced stays. */
  publish(user: LiveUser, pendingMarker: string, generation: Generation | null): Promise<void>;
}

/** The usual lifetime of an access token: while one is in use, only a change causes a query to PostgreSQL. */
const KEPT_MS = 30 * 60_000;
/** Longer than any transaction may take. */
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
      const known = found === null ? null : parse(found);
      if (known) return known;
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
      await generation?.replaceIf(
        { key: key(user.username), value: JSON.stringify(user), ttlMs: KEPT_MS },
        pendingMarker,
      );
    },
  };
}

/** Returns the live state of an account. */
export function toLiveUser(user: User): LiveUser {
  const { id, username, fullName, email, emailVerifiedAt, disabled, role, secondFactor, createdAt, lastLoginAt } = user;
  return {
    id,
    username,
    fullName: fullName ?? null,
    email: email ?? null,
    emailVerified: emailVerifiedAt != null,
    disabled,
    role,
    secondFactor,
    createdAt,
    lastLoginAt: lastLoginAt ?? null,
  };
}

/** Returns null for the state that a replica of an earlier release stored, without the factors. */
function parse(stored: string): LiveUser | null {
  const user = JSON.parse(stored) as Omit<LiveUser, 'secondFactor' | 'createdAt' | 'lastLoginAt'> & {
    secondFactor?: boolean;
    createdAt: string;
    lastLoginAt: string | null;
  };
  const { secondFactor } = user;
  if (secondFactor === undefined) return null;
  return {
    ...user,
    secondFactor,
    createdAt: new Date(user.createdAt),
    lastLoginAt: user.lastLoginAt === null ? null : new Date(user.lastLoginAt),
  };
}
