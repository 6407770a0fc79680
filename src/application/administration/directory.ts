import { type LiveUser, toLiveUser } from '../../users/live_users.ts';
import { listUsers, type UserPage, type UserPageOptions } from '../../users/list_users.ts';
import { countUsers, findUser, findUsersByKey, type UserKey } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import type { Services } from '../foundation/services.ts';
import { checkRole } from '../foundation/scopes.ts';

/** The accounts and roles, for admins and routers. @throws SERVICE_UNAVAILABLE */
export interface Directory {
  user(username: string): Promise<User | null>;
  /** Returns the accounts of these keys, in their order, by one query. */
  usersOf(keys: readonly UserKey[]): Promise<(LiveUser | null)[]>;
  /** Returns a page of accounts. @throws BAD_USER_INPUT for an unknown role */
  users(page: UserPageOptions): Promise<UserPage>;
  /** Returns the end of an account's lockout, which applies to unknown devices; null if it is not locked. */
  lockedUntil(username: string): Promise<Date | null>;
  /** Returns the roles of `ROLES` with their scopes, in their order. */
  roles(): readonly { readonly name: string; readonly scopes: readonly string[] }[];
  /** Returns the numbers of accounts that are not deleted, and of active sessions. */
  totals(): Promise<{ users: number; activeSessions: number }>;
}

/** The services that a directory needs. */
export interface DirectoryServices extends Pick<Services, 'database' | 'sessions' | 'clock'> {
  readonly attempts: Pick<Services['attempts'], 'heldFor'>;
  readonly settings: Pick<Services['settings'], 'roles'>;
}

export function createDirectory({ database, sessions, attempts, clock, settings }: DirectoryServices): Directory {
  return {
    user: (username) => database.run((db) => findUser(db, username)),
    usersOf: async (keys) => {
      const users = await database.run((db) => findUsersByKey(db, keys));
      return users.map((user) => user && toLiveUser(user));
    },
    async users(page) {
      if (page.role !== undefined) checkRole(settings.roles, page.role);
      return database.run((db) => listUsers(db, page));
    },
    async lockedUntil(username) {
      const milliseconds = await attempts.heldFor(username);
      return milliseconds > 0 ? new Date(clock() + milliseconds) : null;
    },
    roles: () => Object.entries(settings.roles).map(([name, scopes]) => ({ name, scopes })),
    totals: () =>
      database.run(async (db) => ({
        users: await countUsers(db),
        activeSessions: await sessions.countActive(db, new Date(clock())),
      })),
  };
}
