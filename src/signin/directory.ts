import { type LiveUser, toLiveUser } from '../users/live_users.ts';
import { countUsers, findUser, findUsersByKey, listUsers, type UserKey, type UserPage } from '../users/users.ts';
import type { User } from '../users/user.entity.ts';
import type { Parts } from './parts.ts';

/** What admins and routers read. Throws SERVICE_UNAVAILABLE. */
export interface Directory {
  user(username: string): Promise<User | null>;
  /** The accounts of these keys, in their order: one query, however many. */
  usersOf(keys: readonly UserKey[]): Promise<(LiveUser | null)[]>;
  users(page: { first: number; after?: string | undefined; search?: string | undefined }): Promise<UserPage>;
  /** Accounts that are not deleted, and sessions that are not over. */
  totals(): Promise<{ users: number; activeSessions: number }>;
}

export function createDirectory({ database, sessions, clock }: Parts): Directory {
  return {
    user: (username) => database.read((db) => findUser(db, username)),
    usersOf: async (keys) => {
      const users = await database.read((db) => findUsersByKey(db, keys));
      return users.map((user) => user && toLiveUser(user));
    },
    users: (page) => database.read((db) => listUsers(db, page)),
    totals: () =>
      database.read(async (db) => ({
        users: await countUsers(db),
        activeSessions: await sessions.countActive(db, new Date(clock())),
      })),
  };
}
