import type { Invocation } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { changeProfile, checkProfileChange, type ProfileChange } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import type { UpdateAccount } from './update_account.ts';
import { actorOf, type Principal } from '../authentication/principal.ts';
import type { Services } from '../foundation/services.ts';

/** The changes of full names and e-mail addresses. @throws SERVICE_UNAVAILABLE; nothing is changed then */
export interface Profiles {
  /**
   * Changes the caller's own profile.
   * @throws BAD_USER_INPUT, CONFLICT, RATE_LIMITED
   * @throws FORBIDDEN for a new e-mail address if the token lacks scopes of the account's role. Threat: an address is a
   *   way into the account
   */
  updateOwn(change: ProfileChange, principal: Principal, request: RequestInfo): Promise<User>;
  /** Changes the profile of any account. @throws BAD_USER_INPUT, CONFLICT */
  update(username: string, change: ProfileChange, by: Invocation): Promise<User>;
}

export function createProfiles(
  { attempts, quotas }: Pick<Services, 'attempts' | 'quotas'>,
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
        await changeProfile(db, user, profile);
        effects.changed(user);
        // Only the names of the changed fields and not their values, because the log outlives the account.
        return { result: user, detail: { changed: changed.map(([name]) => name).join(' ') } };
      });
    };
  const update = updateBy(updateAccount);
  const updateName = updateBy(updateOwnAccount);

  return {
    update,

    async updateOwn(wanted, principal, request) {
      const { id, username, email } = principal.user;
      const by = { actor: actorOf(principal), request };
      // Threat: each change is a row of the log and needs no password.
      await quotas.spend('profileChanges', id);
      const { email: wantedEmail, ...rest } = wanted;
      // An unchanged address is left out. Threat: it would restore an address that was replaced meanwhile, unguarded.
      if (wantedEmail === undefined || wantedEmail === email) return updateName(username, rest, by);
      // Counted even if it succeeds. Threat: the result reveals whether an account has the address.
      await attempts.spend(request.address);
      return update(username, wanted, by);
    },
  };
}
