import type { Invocation } from '../../kernel/actor.ts';
import { invalidInput } from '../../kernel/errors.ts';
import { ownsEmail } from '../../users/email_claims.ts';
import type { UpdateAccount } from '../accounts/update_account.ts';
import { makeLink } from '../foundation/mailed_links.ts';
import type { Services } from '../foundation/services.ts';
import { type HandedLink, handOver } from './hand_over.ts';

/**
 * Sends a person the link for a new password, as an admin. Without a mail server the link is returned, to hand over.
 * @throws BAD_USER_INPUT (no such user, or an address that belongs to another account), FORBIDDEN, SERVICE_UNAVAILABLE
 */
export type SendPasswordReset = (username: string, by: Invocation) => Promise<HandedLink>;

export function createSendPasswordReset(services: Services, updateAccount: UpdateAccount): SendPasswordReset {
  const { outbox, settings } = services;
  const { hasMailServer } = settings;
  return (username, by) =>
    updateAccount({ username, type: 'password.reset_sent', by }, async ({ user, db, at }) => {
      const { id: userId, email } = user;
      if (hasMailServer && !ownsEmail(user)) throw invalidInput({ field: 'username', code: 'NO_ADDRESS' });
      const link = await makeLink(services, db, {
        purpose: 'password-reset',
        userId,
        data: { email, mailed: hasMailServer },
      });
      if (hasMailServer && email != null) {
        const data = { username: user.username, ...link };
        await outbox.add(db, { template: 'reset-password', to: email, userId, data }, at);
      }
      return { result: handOver(settings, link) };
    });
}
