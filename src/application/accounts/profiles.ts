import type { Invocation } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { changeProfile, checkProfileChange, type ProfileChange } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import type { UpdateAccount } from './update_account.ts';
import { actorOf, type Principal } from '../authentication/principal.ts';
import type { Services } from '../foundation/services.ts';

/** Full names and e-mail addresses. Throws SERVICE_UNAVAILABLE, and then has done nothing. */
export interface Profiles {
  /**
   * Somebody's own. Throws BAD_USER_INPUT, CONFLICT, RATE_LIMITED, and FORBIDDEN for another e-mail address where the
   * token lacks scopes of the account's role: an address is a way into the account.
   */
  updateOwn(change: ProfileChange, principal: Principal, request: RequestInfo): Promise<User>;
  /** Anybody's. Throws BAD_USER_INPUT, CONFLICT. */
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
        // What was changed, and never to what: the log outlives the account.
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
      // Each is a row of the log, and costs no password.
      await quotas.spend('profileChanges', id);
      const { email: wantedEmail, ...rest } = wanted;
      // An address that stays is left out: another one that was set meanwhile must not be put back without the guard.
      if (wantedEmail === undefined || wantedEmail === email) return updateName(username, rest, by);
      // Counted whether it succeeds or not: it tells whether somebody has that address.
      await attempts.spend(request.address);
      return update(username, wanted, by);
    },
  };
}
