import type { RequestInfo } from '../../kernel/request_info.ts';
import { lockUser } from '../../users/users.ts';
import type { Principal } from '../authentication/principal.ts';
import { mailVerification } from '../foundation/mailed_links.ts';
import type { Services } from '../foundation/services.ts';

/**
 * Mails the caller the link that verifies the address of the account; nothing if it is verified.
 * @throws RATE_LIMITED, SERVICE_UNAVAILABLE
 */
export type RequestEmailVerification = (principal: Principal, request: RequestInfo) => Promise<void>;

export function createRequestEmailVerification(services: Services): RequestEmailVerification {
  const { database, quotas, clock } = services;
  return async ({ user: { id } }) => {
    await quotas.spend('accountLinks', id);
    await database.transaction(async (db) => {
      const user = await lockUser(db, id);
      if (!user || user.emailVerifiedAt != null) return;
      await mailVerification(services, { db, at: new Date(clock()) }, user);
    });
  };
}
