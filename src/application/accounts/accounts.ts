import { record } from '../../audit/audit.ts';
import { actorName, type Invocation } from '../../kernel/actor.ts';
import { conflict, invalidInput } from '../../kernel/errors.ts';
import type { EndedBy } from '../../sessions/end.ts';
import { lockAcrossReplicas, type Db } from '../../store/database/database.ts';
import { checkProfile, countUsers, createUser, eraseUser, findUser, type ProfileInput } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import { createUpdateAccount, createUpdateOwnAccount, type LockedAccount } from './update_account.ts';
import { checkAuthorityOver } from '../authentication/authority.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import { distrustDevices } from '../authentication/known_device.ts';
import { eraseFactors } from '../factors/erase_factors.ts';
import { endProofs } from '../foundation/end_proofs.ts';
import { mailVerification } from '../foundation/mailed_links.ts';
import { NoSuchUser } from './no_such_user.ts';
import { notify } from '../foundation/notify.ts';
import type { Services } from '../foundation/services.ts';
import { createProfiles, type Profiles } from './profiles.ts';
import { checkRole, managesUsers, rolesThatCover } from '../foundation/scopes.ts';
import { turnOf } from '../foundation/turn.ts';

export type CreateAccountInput = ProfileInput & { readonly password: string; readonly role: string };

/**
 * The changes of accounts, most of them by admins. A refused call changes nothing.
 * @throws SERVICE_UNAVAILABLE if a store is away
 * @throws FORBIDDEN if the current or the new role of the account has scopes that the actor's token lacks
 */
export interface Accounts extends Profiles {
  /** Creates an account. @throws BAD_USER_INPUT, CONFLICT */
  create(input: CreateAccountInput, by: Invocation): Promise<User>;
  /** Changes the role. @throws BAD_USER_INPUT (no such user or role), CONFLICT (the last active admin) */
  setRole(username: string, role: string, by: Invocation): Promise<User>;
  /**
   * Disables or enables an account. Disabling ends the sessions; access tokens get INACTIVE_USER while it lasts.
   * @throws as {@link setRole}
   */
  setDisabled(username: string, disabled: boolean, by: Invocation): Promise<User>;
  /** Sets a new password, ends and denies every session, and voids open proofs. @throws BAD_USER_INPUT */
  setPassword(username: string, password: string, by: Invocation): Promise<User>;
  /** Ends and denies every session. @returns the number of ended sessions. @throws BAD_USER_INPUT */
  revokeSessions(username: string, by: Invocation): Promise<number>;
  /** Clears the failed sign-ins of an account. @throws BAD_USER_INPUT */
  unlock(username: string, by: Invocation): Promise<User>;
  /**
   * Deletes an account permanently: its sessions end, its tokens are denied, its name is never assigned again.
   * @throws BAD_USER_INPUT for an unknown user, and for the actor's own account, because there is no way back
   * @throws CONFLICT for the last active admin
   */
  remove(username: string, by: Invocation): Promise<void>;
}

export function createAccounts(services: Services, unitOfWork: UnitOfWork): Accounts {
  const { hasher, checkPassword, sessions, attempts, totp, outbox, proofs, clock, settings } = services;
  const { roles } = settings;
  const updateAccount = createUpdateAccount(services, unitOfWork);

  /** Keeps the last active account that can manage the accounts of its role. @throws CONFLICT if none would be left */
  async function keepAnAdmin(db: Db, user: User, nextRole?: string): Promise<void> {
    if (!managesUsers(roles, user.role) || user.disabled) return;
    const peers = rolesThatCover(roles, user.role);
    if (nextRole !== undefined && peers.includes(nextRole)) return;
    // The lock prevents that two admins who demote each other at the same time both succeed.
    await lockAcrossReplicas(db, 'let-an-admin-go');
    if ((await countUsers(db, { roles: peers, disabled: false, invitedAt: null })) < 2) {
      throw conflict({ field: 'username', code: 'LAST_ADMIN' });
    }
  }

  async function endAll({ user, db, effects, at }: LockedAccount, by: EndedBy): Promise<number> {
    const ended = await sessions.end(db, { userId: user.id }, { by, at });
    effects.denySessions(ended);
    return ended.length;
  }

  return {
    async create(input, by) {
      checkRole(roles, input.role);
      checkAuthorityOver(roles, by.actor, input.role);
      const profile = checkProfile(input);
      await checkPassword(input.password, profile);
      const turn = turnOf(by.request, actorName(by.actor) ?? profile.username);
      const passwordHash = await hasher.hash(input.password, turn);
      return unitOfWork(async (db) => {
        const at = new Date(clock());
        const user = await createUser(db, { ...profile, role: input.role, passwordHash }, at);
        const detail = { role: user.role };
        record(db, { type: 'user.created', subject: user.username, detail, at }, by);
        if (settings.recovery.isEmailRequired) await mailVerification(services, { db, at }, user);
        return user;
      });
    },

    ...createProfiles(services, { updateAccount, updateOwnAccount: createUpdateOwnAccount(services, unitOfWork) }),

    async setRole(username, role, by) {
      checkRole(roles, role);
      checkAuthorityOver(roles, by.actor, role);
      return updateAccount({ username, type: 'user.role_set', by }, async ({ user, db, effects }) => {
        await keepAnAdmin(db, user, role);
        const detail = { from: user.role, to: role };
        user.role = role;
        effects.changed(user);
        return { result: user, detail };
      });
    },

    setDisabled: (username, disabled, by) =>
      updateAccount(
        { username, type: disabled ? 'user.disabled' : 'user.enabled', by },
        async ({ user, db, effects, at }) => {
          if (disabled) await keepAnAdmin(db, user);
          // Ended but not denied: access tokens get INACTIVE_USER, and are valid again if the account is enabled in
          // time.
          const ended = disabled ? await sessions.end(db, { userId: user.id }, { by: 'disabled', at }) : [];
          user.disabled = disabled;
          if (disabled) await endProofs(services, db, user.id);
          effects.changed(user);
          return { result: user, detail: { sessionsEnded: ended.length } };
        },
      ),

    async setPassword(username, password, by) {
      const known = await services.database.run((db) => findUser(db, username));
      if (!known) throw new NoSuchUser();
      // Checked before the costly hash, and again under the lock, where it decides.
      checkAuthorityOver(roles, by.actor, known.role);
      await checkPassword(password, { username: known.username, email: known.email ?? '' }, 'newPassword');
      const passwordHash = await hasher.hash(password, turnOf(by.request, actorName(by.actor) ?? known.username));
      return updateAccount({ username, type: 'password.changed', by }, async (locked) => {
        const { user } = locked;
        user.passwordHash = passwordHash;
        user.invitedAt = null;
        distrustDevices(user);
        const { db, at } = locked;
        await endProofs(services, db, user.id);
        await notify(services, db, { user, facts: { kind: 'password-changed' }, request: by.request, at });
        return { result: user, detail: { sessionsEnded: await endAll(locked, 'password') } };
      });
    },

    revokeSessions: (username, by) =>
      updateAccount({ username, type: 'session.ended', by }, async (locked) => {
        const ended = await endAll(locked, 'revoked');
        return { result: ended, detail: { sessionsEnded: ended, by: 'revoked' } };
      }),

    unlock: (username, by) =>
      updateAccount({ username, type: 'user.unlocked', by }, async ({ user, db }) => {
        await attempts.clear(user.username);
        await totp.forgive(db, user.id);
        return { result: user };
      }),

    async remove(username, by) {
      if (by.actor.kind === 'user' && username.toLowerCase() === by.actor.username) {
        throw invalidInput({ field: 'username', code: 'OWN_ACCOUNT' });
      }
      await updateAccount({ username, type: 'user.deleted', by }, async (locked) => {
        const { user, db, effects, at } = locked;
        await keepAnAdmin(db, user);
        const detail = { role: user.role, sessionsEnded: await endAll(locked, 'deleted') };
        await eraseFactors(db, user.id);
        await proofs.erase(db, user.id);
        eraseUser(user, at);
        await outbox.erase(db, user.id);
        await proofs.erase(db, user.id);
        effects.changed(user);
        return { result: undefined, detail };
      });
    },
  };
}
