import { invalidInput } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { checkProfileChange } from '../../users/users.ts';
import type { UpdateAccount } from '../accounts/update_account.ts';
import { actorOf, type Principal } from '../authentication/principal.ts';
import { mailAddressProof } from '../foundation/mailed_links.ts';
import type { Services } from '../foundation/services.ts';

/**
 * Mails a link to a new address of the caller's account. The change is in force when the link is used. The result does
 * not depend on other accounts: the holder of an address that is taken gets a mail that says so.
 * @throws BAD_USER_INPUT; FORBIDDEN if the token lacks scopes of the account's role, because an address is a way into
 *   the account; RATE_LIMITED, SERVICE_UNAVAILABLE
 */
export type ChangeEmail = (email: string, principal: Principal, request: RequestInfo) => Promise<void>;

export function createChangeEmail(services: Services, updateAccount: UpdateAccount): ChangeEmail {
  const { quotas } = services;
  return async (wanted, principal, request) => {
    const { id, username } = principal.user;
    const { email } = checkProfileChange({ email: wanted });
    if (email === undefined) throw invalidInput({ field: 'email', code: 'REQUIRED' });
    await quotas.spend('accountLinks', id);
    const by = { actor: actorOf(principal), request };
    await updateAccount({ username, type: 'email.change_requested', by }, async ({ user, db, at }) => {
      const address = { purpose: 'email-change', user, email, data: { from: user.email } } as const;
      await mailAddressProof(services, { db, at }, address);
      return { result: undefined };
    });
  };
}
