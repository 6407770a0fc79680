import { record } from '../../audit/audit.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { conflict, invalidInput } from '../../kernel/errors.ts';
import { checkPassword } from '../../credentials/password/policy.ts';
import type { EndedBy } from '../../sessions/end.ts';
import { lockAcrossReplicas, type Db } from '../../store/database/database.ts';
import { checkProfile, countUsers, createUser, eraseUser, findUser } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import { createUpdateAccount, createUpdateOwnAccount } from './update_account.ts';
import type { Principal } from '../authentication/principal.ts';
import { checkAuthorityOver } from '../authentication/authority.ts';
import type { UnitOfWork, Effects } from '../foundation/unit_of_work.ts';
import { distrustDevices } from '../authentication/known_device.ts';
import { NoSuchUser } from './no_such_user.ts';
import type { Services } from '../foundation/services.ts';
import { createProfiles, type Profiles } from './profiles.ts';
import { checkRole } from '../foundation/scopes.ts';
import { turnOf } from '../foundation/turn.ts';

export interface CreateAccountInput {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly fullName?: string | null | undefined;
  readonly role: string;
}

/**
 * What is done to accounts, by admins for the most part. Every call throws SERVICE_UNAVAILABLE with a store away, and
 * FORBIDDEN where the role that an account has, or is to have, has scopes that the actor's token lacks; then nothing has
 * happened.
 */
export interface Accounts extends Profiles {
  /** Throws BAD_USER_INPUT, CONFLICT. `actor` is null for a registration, whose role the caller fixes. */
  create(input: CreateAccountInput, actor: Principal | null, origin: RequestInfo): Promise<User>;
  /** Throws BAD_USER_INPUT (no such user or role), CONFLICT (the last active admin). */
  setRole(username: string, role: string, actor: Principal, origin: RequestInfo): Promise<User>;
  /** Disabling ends the sessions; access tokens answer INACTIVE_USER while it lasts. Throws as {@link setRole}. */
  setDisabled(username: string, disabled: boolean, actor: Principal, origin: RequestInfo): Promise<User>;
  /** Ends and denies every session. Throws BAD_USER_INPUT. */
  setPassword(username: string, password: string, actor: Principal, origin: RequestInfo): Promise<User>;
  /** Ends and denies every session; how many there were. Throws BAD_USER_INPUT. */
  revokeSessions(username: string, actor: Principal, origin: RequestInfo): Promise<number>;
  /** Forgets the failed logins of an account. Throws BAD_USER_INPUT. */
  unlock(username: string, actor: Principal, origin: RequestInfo): Promise<User>;
  /**
   * Deletes an account for good: its sessions end, its tokens are denied, its name is given to nobody else. Throws
   * BAD_USER_INPUT (no such user; one's own: there is no way back), CONFLICT (the last active admin).
   */
  remove(username: string, actor: Principal, origin: RequestInfo): Promise<void>;
}

export const ADMIN = 'admin';

export function createAccounts(services: Services, unitOfWork: UnitOfWork): Accounts {
  const { hasher, sessions, attempts, clock, settings } = services;
  const { roles } = settings;
  const updateAccount = createUpdateAccount(services, unitOfWork);

  async function keepAnAdmin(db: Db, user: User): Promise<void> {
    if (user.role !== ADMIN || user.disabled) return;
    // Two admins who demote each other at the same time must not both succeed: one is let go at a time.
    await lockAcrossReplicas(db, 'let-an-admin-go');
    if ((await countUsers(db, { role: ADMIN, disabled: false })) < 2) {
      throw conflict({ field: 'username', code: 'LAST_ADMIN' });
    }
  }

  async function endAll(user: User, by: EndedBy, db: Db, effects: Effects, at: Date): Promise<number> {
    const ended = await sessions.end(db, { userId: user.id }, by, at);
    effects.denySessions(ended);
    return ended.length;
  }

  return {
    async create(input, actor, origin) {
      checkRole(roles, input.role);
      if (actor) checkAuthorityOver(roles, actor, input.role);
      const profile = checkProfile(input);
      checkPassword(input.password, profile);
      const passwordHash = await hasher.hash(input.password, turnOf(origin, actor?.user.username ?? profile.username));
      return unitOfWork(async (db) => {
        const at = new Date(clock());
        const user = await createUser(db, { ...profile, role: input.role, passwordHash }, at);
        const detail = { role: user.role };
        const by = actor && actor.user.username;
        record(db, { type: 'user.created', actor: by, subject: user.username, detail }, origin, at);
        return user;
      });
    },

    ...createProfiles(services, { updateAccount, updateOwnAccount: createUpdateOwnAccount(services, unitOfWork) }),

    async setRole(username, role, actor, origin) {
      checkRole(roles, role);
      checkAuthorityOver(roles, actor, role);
      return updateAccount(username, 'user.role_set', actor, origin, async (user, db, effects) => {
        if (role !== ADMIN) await keepAnAdmin(db, user);
        const detail = { from: user.role, to: role };
        user.role = role;
        effects.changed(user);
        return { result: user, detail };
      });
    },

    setDisabled: (username, disabled, actor, origin) =>
      updateAccount(
        username,
        disabled ? 'user.disabled' : 'user.enabled',
        actor,
        origin,
        async (user, db, effects, at) => {
          if (disabled) await keepAnAdmin(db, user);
          // Ended but not denied: its access tokens answer "inactive", and count again if it is enabled in time.
          const ended = disabled ? await sessions.end(db, { userId: user.id }, 'disabled', at) : [];
          user.disabled = disabled;
          effects.changed(user);
          return { result: user, detail: { sessionsEnded: ended.length } };
        },
      ),

    async setPassword(username, password, actor, origin) {
      const known = await services.database.run((db) => findUser(db, username));
      if (!known) throw new NoSuchUser();
      // Before a hash is made, which costs something; what decides is asked again under the lock.
      checkAuthorityOver(roles, actor, known.role);
      checkPassword(password, { username: known.username, email: known.email ?? '' }, 'newPassword');
      const passwordHash = await hasher.hash(password, turnOf(origin, actor.user.username));
      return updateAccount(username, 'password.changed', actor, origin, async (user, db, effects, at) => {
        user.passwordHash = passwordHash;
        distrustDevices(user);
        return { result: user, detail: { sessionsEnded: await endAll(user, 'password', db, effects, at) } };
      });
    },

    revokeSessions: (username, actor, origin) =>
      updateAccount(username, 'session.ended', actor, origin, async (user, db, effects, at) => {
        const ended = await endAll(user, 'revoked', db, effects, at);
        return { result: ended, detail: { sessionsEnded: ended, by: 'revoked' } };
      }),

    unlock: (username, actor, origin) =>
      updateAccount(username, 'user.unlocked', actor, origin, async (user) => {
        await attempts.clear(user.username);
        return { result: user };
      }),

    async remove(username, actor, origin) {
      if (username.toLowerCase() === actor.user.username) {
        throw invalidInput({ field: 'username', code: 'OWN_ACCOUNT' });
      }
      await updateAccount(username, 'user.deleted', actor, origin, async (user, db, effects, at) => {
        await keepAnAdmin(db, user);
        const detail = { role: user.role, sessionsEnded: await endAll(user, 'deleted', db, effects, at) };
        eraseUser(user, at);
        effects.changed(user);
        return { result: undefined, detail };
      });
    },
  };
}
