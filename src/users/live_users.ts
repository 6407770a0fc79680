import { randomUUID } from 'node:crypto';
import type { Database } from '../store/database/database.ts';
import type { Copy } from '../store/state_cache/state_cache.ts';
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
 * The accounts' state as every request reads it. A change marks the account *unsettled* before it commits and writes
 * the new state after: a reader that finds the mark asks PostgreSQL, so that neither a crash in between nor a replica
 * that read the row just before can make an old role or a lifted disabling last.
 */
export interface LiveUsers {
  key(username: string): string;
  /** The state behind what was found under {@link key} in a copy; null for an account that is not there. */
  resolve(username: string, found: string | null, copy: Copy): Promise<LiveUser | null>;
  /** Before the change commits. Answers the mark that {@link settle} takes back. Throws SERVICE_UNAVAILABLE. */
  unsettle(username: string, copy: Copy | null): Promise<string>;
  /** After it committed, in the same copy. A mark that another change has replaced is left to that one. */
  settle(user: LiveUser, mark: string, copy: Copy | null): Promise<void>;
}

/** As long as an access token usually lives: while one is in use, PostgreSQL is asked again only after a change. */
const KEPT_MS = 30 * 60_000;
/** Longer than any transaction is allowed to last. */
const UNSETTLED_MS = 2 * 60_000;
const UNSETTLED = '?';

export function createLiveUsers(database: Pick<Database, 'run'>): LiveUsers {
  const key = (username: string) => `user:${username}`;
  const read = async (username: string) => {
    const user = await database.run((db) => findUser(db, username));
    return user && toLiveUser(user);
  };
  return {
    key,
    async resolve(username, found, copy) {
      if (found?.startsWith(UNSETTLED)) return read(username);
      if (found !== null) return parse(found);
      const user = await read(username);
      if (user) await copy.setIfAbsent(key(username), JSON.stringify(user), KEPT_MS);
      return user;
    },
    async unsettle(username, copy) {
      const mark = UNSETTLED + randomUUID();
      await copy?.set(key(username), mark, UNSETTLED_MS);
      return mark;
    },
    async settle(user, mark, copy) {
      await copy?.replaceIf(key(user.username), mark, JSON.stringify(user), KEPT_MS);
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
