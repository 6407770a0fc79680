import type { Invocation } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { changeProfile, checkProfileChange, type ProfileChange } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import type { UpdateAccount } from './update_account.ts';
import { actorOf, type Principal } from '../authentication/principal.ts';
import type { Services } from '../foundation/services.ts';

/** The changes of full names and e-mail addresses. @throws SERVICE_UNAVAILABLE; nothing is changed then */
export interface Profiles {
  /** Changes the caller's own full name. `changeEmail` changes the address. @throws BAD_USER_INPUT, RATE_LIMITED */
  updateOwn(change: Pick<ProfileChange, 'fullName'>, principal: Principal, request: RequestInfo): Promise<User>;
  /**
   * Changes the profile of any account. A new address is in force at once, but not verified; the open links of the
   * account end. @throws BAD_USER_INPUT, CONFLICT
   */
  update(username: string, change: ProfileChange, by: Invocation): Promise<User>;
}

export function createProfiles(
  services: Pick<Services, 'quotas' | 'proofs'>,
  {
    updateAccount,
    updateOwnAccount,
  }: { readonly updateAccount: UpdateAccount; readonly updateOwnAccount: UpdateAccount },
): Profiles {
  const updateBy =
    (through: UpdateAccount): Profiles['update'] =>
    async (username, wanted, by) => {
      const profile = checkProfileChange(wanted);
      return through({ username, type: 'user.updated', by }, async ({ user, db, effects }) => {
        const changed = Object.entries(profile).filter(([name, value]) => user[name as keyof typeof profile] !== value);
        if (changed.length === 0) return { result: user, detail: null };
        const isAddressChanged = profile.email !== undefined && profile.email !== user.email;
        await changeProfile(db, user, profile);
        // Threat: a link to the former address would still reset the password.
        if (isAddressChanged) await services.proofs.endAll(db, user.id);
        effects.changed(user);
        // Only the names of the changed fields and not their values, because the log outlives the account.
        return { result: user, detail: { changed: changed.map(([name]) => name).join(' ') } };
      });
    };
  const update = updateBy(updateAccount);
  const updateName = updateBy(updateOwnAccount);

  return {
    update,

    async updateOwn({ fullName }, principal, request) {
      const { id, username } = principal.user;
      // Threat: each change is a row of the log and needs no password.
      await services.quotas.spend('profileChanges', id);
      return updateName(username, { fullName }, { actor: actorOf(principal), request });
    },
  };
}
