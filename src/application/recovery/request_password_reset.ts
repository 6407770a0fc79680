import { record } from '../../audit/audit.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { limitKey } from '../../limits/client_address.ts';
import { findAddressee, findStandIn } from '../../users/email_claims.ts';
import { makeLink } from '../foundation/mailed_links.ts';
import type { Services } from '../foundation/services.ts';

/**
 * Asks for a mail with which the owner of an account sets a new password. The result does not depend on the account:
 * the work is done after the answer.
 * @param account the user name or the e-mail address, as typed
 * @throws RATE_LIMITED for the network, whatever it asks for
 */
export type RequestPasswordReset = (account: string, request: RequestInfo) => Promise<void>;

/** Rolls back the work on the account of somebody else. */
class Rollback extends Error {}

export function createRequestPasswordReset(services: Services): RequestPasswordReset {
  const { database, proofs, outbox, quotas, background, clock } = services;

  /**
   * Adds the mail. An unknown account causes the same work on another account, which is rolled back. Threat: the next
   * request of a stranger would wait for the work on a known account, and thus reveal it.
   */
  async function send(typed: string, request: RequestInfo): Promise<void> {
    const [found, standIn] = await database.run(
      async (db) => [await findAddressee(db, typed), await findStandIn(db)] as const,
    );
    const account = found?.ownsEmail ? found : null;
    const isLeft = await quotas.take('accountLinks', account?.id ?? 'nobody');
    const { id: userId, username, email } = account ?? standIn ?? {};
    if (userId === undefined || username === undefined || email == null) return;
    await database
      .transaction(async (db) => {
        const at = new Date(clock());
        const link = await makeLink({ proofs }, db, {
          purpose: 'password-reset',
          userId,
          data: { email, mailed: true },
        });
        const mail = { template: 'reset-password', to: email, userId, data: { username, ...link } } as const;
        const added = await outbox.add(db, mail, at);
        record(db, { type: 'password.reset_requested', subject: username, at }, { actor: null, request });
        await db.flush();
        if (!account || !isLeft || added !== 'added') throw new Rollback();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Rollback)) throw error;
      });
  }

  return async (account, request) => {
    await quotas.spend('askedMails', limitKey(request.address));
    const { address, userAgent, requestId } = request;
    background.run(() => send(account.trim(), { address, userAgent, requestId }));
  };
}
