import { record } from '../../audit/audit.ts';
import { invalidInput } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Services } from '../foundation/services.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import { lockProven } from './admit.ts';
import { createFailedSignIns } from './failed_sign_ins.ts';
import type { Opening } from './open_session.ts';
import type { ShownFactor, VerifyFactor } from './steps/second_factor.ts';
import { attemptTicket, type ShownTicket, suspendedOf, type SuspendedSignIn, ticketIsOver } from './suspend_sign_in.ts';

/** A second factor, and the ticket of the sign-in that it continues. */
export interface ShownContinuation extends ShownTicket {
  readonly factor: ShownFactor;
}

/**
 * Continues a sign-in with its second factor, and runs `work` with the complete authentication. The factor and the
 * ticket are spent in the transaction of the work, under the account's lock.
 * @throws BAD_USER_INPUT for a ticket that is over, and for a wrong factor
 * @throws RATE_LIMITED after too many wrong codes of the account; SERVICE_UNAVAILABLE, and the errors of the work
 */
export type ContinueSignIn = <T>(
  shown: ShownContinuation,
  request: RequestInfo,
  work: (opening: Opening, signIn: SuspendedSignIn) => Promise<T>,
) => Promise<T>;

export function createContinueSignIn(
  services: Services,
  verifyFactor: VerifyFactor,
  unitOfWork: UnitOfWork,
): ContinueSignIn {
  const { proofs, clock } = services;
  const failures = createFailedSignIns(services);

  return async ({ factor, ...shown }, request, work) => {
    const proof = await attemptTicket(services, shown, request);
    const { authentication, clientId, scope } = suspendedOf(proof);
    const { username } = authentication;
    const outcome = await unitOfWork(async (db, effects) => {
      const at = new Date(clock());
      const user = await lockProven(db, authentication);
      if (!user) throw ticketIsOver();
      const verified = await verifyFactor(db, { user, shown: factor, request, ticket: shown.ticket });
      // Returned and not thrown: the transaction commits the counted failure.
      if (verified.verdict === 'refused') return verified;
      if (verified.verdict === 'wrong') {
        const detail = { factor: factor.kind };
        record(db, { type: 'login.failed', subject: username, detail, at }, { actor: null, request });
        return verified;
      }
      if (!(await proofs.use(db, proof))) throw ticketIsOver();
      const complete = { ...authentication, methods: [...authentication.methods, ...verified.methods], at };
      const result = await work({ db, effects, request, at }, { authentication: complete, clientId, scope });
      return { verdict: 'right', result } as const;
    }).catch(failures.refused(username, request));
    switch (outcome.verdict) {
      case 'right':
        return outcome.result;
      case 'wrong':
        throw invalidInput({ field: factor.kind, code: 'WRONG' });
      case 'refused':
        await failures.limited(username, outcome.refusal, request);
        throw outcome.refusal;
    }
  };
}
