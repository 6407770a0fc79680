import { record } from '../../audit/audit.ts';
import { userActor } from '../../kernel/actor.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { claimEmail } from '../../users/email_claims.ts';
import { lockUser } from '../../users/users.ts';
import { distrustDevices } from '../authentication/known_device.ts';
import { removeFactorsSince } from '../factors/remove_factors_since.ts';
import { makeLink } from '../foundation/mailed_links.ts';
import type { Services } from '../foundation/services.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import type { FindLink, ShownLink } from './find_link.ts';
import { DOUBT_MS } from './reset_password.ts';

/**
 * Takes a change of address back, by the link that the former address got. The password was known to the person
 * who changed it: it stops working, all sessions and open proofs end, and the restored address gets a link for a new
 * password. Factors that were added within three days before the change, or since, are removed.
 * @throws MAILED_LINK; CONFLICT if another account has proven the address since; RATE_LIMITED, SERVICE_UNAVAILABLE
 */
export type UndoEmailChange = (shown: ShownLink, request: RequestInfo) => Promise<void>;

export function createUndoEmailChange(services: Services, findLink: FindLink, unitOfWork: UnitOfWork): UndoEmailChange {
  const { sessions, proofs, outbox, clock } = services;
  return async (shown, request) => {
    const { proof } = await findLink(shown, ['email-undo'], request);
    await unitOfWork(async (db, effects) => {
      // The present address does not matter. Threat: a thief would change it twice, and the first link would be void.
      const user = await lockUser(db, proof.userId);
      if (!user || user.disabled || !(await proofs.use(db, proof))) throw new Refusal('MAILED_LINK');
      const at = new Date(clock());
      const { id: userId, username } = user;
      const email = String(proof.data['email']);
      await claimEmail(db, user, { email, at });
      user.passwordHash = null;
      distrustDevices(user);
      await removeFactorsSince(db, user, new Date(proof.createdAt.getTime() - DOUBT_MS));
      const ended = await sessions.end(db, { userId }, { by: 'password', at });
      effects.denySessions(ended);
      effects.changed(user);
      // All of them: the address of the thief may have such a link, too.
      await proofs.endAll(db, userId);
      const link = await makeLink(services, db, { purpose: 'password-reset', userId, data: { email, mailed: true } });
      await outbox.add(db, { template: 'reset-password', to: email, userId, data: { username, ...link } }, at);
      const detail = { sessionsEnded: ended.length };
      record(db, { type: 'email.change_undone', subject: username, detail, at }, { actor: userActor(user), request });
    });
  };
}
