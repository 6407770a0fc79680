import { record } from '../../audit/audit.ts';
import { userActor } from '../../kernel/actor.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { ownsEmail } from '../../users/email_claims.ts';
import { lockUser } from '../../users/users.ts';
import { distrustDevices } from '../authentication/known_device.ts';
import { removeFactorsSince } from '../factors/remove_factors_since.ts';
import type { Services } from '../foundation/services.ts';
import { turnOf } from '../foundation/turn.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import { endProofs } from '../foundation/end_proofs.ts';
import type { FindLink, ShownLink } from './find_link.ts';
import { tellEveryAddress } from './tell_every_address.ts';

/**
 * Sets the password of the account that a mailed link or code is for. All its sessions and open proofs end. Its second
 * factors stay, except those of {@link factorsAreDoubtedSince}, and the next sign-in asks for one.
 * @throws MAILED_LINK, BAD_USER_INPUT (the password), RATE_LIMITED, OVERLOADED, SERVICE_UNAVAILABLE
 */
export type ResetPassword = (shown: ShownLink, newPassword: string, request: RequestInfo) => Promise<void>;

/** The time in which the owner of an address can answer to a notice of it. */
export const DOUBT_MS = 3 * 86_400_000;

/**
 * Returns the time since which factors are doubted when the owner of the mailbox resets the password. The notice of a
 * new factor goes to the address, whose owner has three days to answer it by a reset. If the address was never proven
 * before, every factor is doubted: somebody else may have registered with it.
 */
function factorsAreDoubtedSince(at: Date, { isFirstProof }: { readonly isFirstProof: boolean }): Date {
  return new Date(isFirstProof ? 0 : at.getTime() - DOUBT_MS);
}

export function createResetPassword(services: Services, findLink: FindLink, unitOfWork: UnitOfWork): ResetPassword {
  const { hasher, checkPassword, sessions, proofs, attempts, clock } = services;
  return async (shown, newPassword, request) => {
    const { proof, user: found } = await findLink(shown, ['password-reset'], request);
    await checkPassword(newPassword, { username: found.username, email: found.email ?? '' }, 'newPassword');
    const passwordHash = await hasher.hash(newPassword, turnOf(request, found.username));
    const username = await unitOfWork(async (db, effects) => {
      const user = await lockUser(db, proof.userId);
      const isStanding = user && !user.disabled && user.email === proof.data['email'];
      if (!isStanding || !(await proofs.use(db, proof))) throw new Refusal('MAILED_LINK');
      const at = new Date(clock());
      const provesAddress = proof.data['mailed'] === true && ownsEmail(user);
      const isFirstProof = provesAddress && user.emailVerifiedAt == null;
      await removeFactorsSince(db, user, factorsAreDoubtedSince(at, { isFirstProof }));
      if (provesAddress) user.emailVerifiedAt ??= at;
      user.passwordHash = passwordHash;
      user.invitedAt = null;
      distrustDevices(user);
      const ended = await sessions.end(db, { userId: user.id }, { by: 'password', at });
      effects.denySessions(ended);
      effects.changed(user);
      await endProofs(services, db, user.id);
      const detail = { sessionsEnded: ended.length };
      const by = { actor: userActor(user), request };
      record(db, { type: 'password.reset', subject: user.username, detail, at }, by);
      await tellEveryAddress(services, { db, at, request }, user);
      return user.username;
    });
    // The failures were perhaps those of the owner, who may sign in now.
    await attempts.clear(username);
  };
}
