import { record } from '../../audit/audit.ts';
import { userActor } from '../../kernel/actor.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Proof } from '../../proofs/proofs.ts';
import type { Db } from '../../store/database/database.ts';
import { claimEmail } from '../../users/email_claims.ts';
import type { User } from '../../users/user.entity.ts';
import { lockUser } from '../../users/users.ts';
import { makeLink } from '../foundation/mailed_links.ts';
import type { Services } from '../foundation/services.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import { endProofs } from '../foundation/end_proofs.ts';
import type { FindLink, ShownLink } from './find_link.ts';

/**
 * Verifies the address of an account, or brings a change of it into force, by a mailed link or code.
 * @throws MAILED_LINK; CONFLICT if another account has proven the address, which only its owner can find out
 * @throws BAD_USER_INPUT, RATE_LIMITED, SERVICE_UNAVAILABLE
 */
export type VerifyEmail = (shown: ShownLink, request: RequestInfo) => Promise<void>;

export function createVerifyEmail(services: Services, findLink: FindLink, unitOfWork: UnitOfWork): VerifyEmail {
  const { proofs, outbox, clock } = services;

  /** Tells the former address, whose owner can undo the change for three days. */
  async function tellFormer(
    db: Db,
    { id: userId, username }: User,
    { from, to, at }: { readonly from: string; readonly to: string; readonly at: Date },
  ) {
    const link = await makeLink(services, db, { purpose: 'email-undo', userId, data: { email: from } });
    const data = { username, newEmail: to, ...link };
    await outbox.add(db, { template: 'email-changed', to: from, userId, data }, at);
  }

  async function claim(
    db: Db,
    user: User,
    { email, at }: { readonly email: string; readonly at: Date },
  ): Promise<void> {
    const loser = await claimEmail(db, user, { email, at });
    // Links to the address that this account lost would open it to the owner of the address.
    if (loser !== null) await endProofs(services, db, loser);
  }

  return async (shown, request) => {
    const { purpose, proof } = await findLink(shown, ['email-verification', 'email-change'], request);
    await unitOfWork(async (db, effects) => {
      const user = await lockUser(db, proof.userId);
      const { email, from } = addressesOf(proof);
      if (!user || user.disabled || user.email !== from) throw new Refusal('MAILED_LINK');
      if (!(await proofs.use(db, proof))) throw new Refusal('MAILED_LINK');
      const at = new Date(clock());
      const by = { actor: userActor(user), request };
      await claim(db, user, { email, at });
      effects.changed(user);
      if (purpose === 'email-verification') {
        await proofs.endAll(db, user.id, ['email-verification']);
        record(db, { type: 'email.verified', subject: user.username, at }, by);
        return;
      }
      // Threat: a link to the former address would still reset the password.
      await endProofs(services, db, user.id);
      await tellFormer(db, user, { from, to: email, at });
      record(db, { type: 'email.changed', subject: user.username, at }, by);
    });
  };
}

/** Returns the address to prove, and the address that the account must still have. */
function addressesOf({ data: { email, from = email } }: Proof): { readonly email: string; readonly from: string } {
  return { email: String(email), from: String(from) };
}
