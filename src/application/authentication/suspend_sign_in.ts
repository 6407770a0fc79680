import { record } from '../../audit/audit.ts';
import { userActor } from '../../kernel/actor.ts';
import { invalidInput, type NextStep, Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Proof } from '../../proofs/proofs.ts';
import { STORED } from '../../proofs/purposes.ts';
import type { Services } from '../foundation/services.ts';
import type { Admission } from './admit.ts';
import type { Authentication } from './authentication.ts';
import { methodsOf } from './factors.ts';
import type { Opening } from './open_session.ts';
import { type PendingAuthentication, resume, suspend } from './pending.ts';

/** A sign-in that waits for its second factor: the proven steps, and what they were asked for. */
export interface SuspendedSignIn {
  readonly authentication: Authentication;
  /** The registered client that the tokens are for; null for a first-party sign-in. */
  readonly clientId: string | null;
  /** Space-separated scopes; null for all that can be granted. */
  readonly scope: string | null;
}

/** The lifetime of a ticket. */
export const TICKET_SECONDS = STORED['sign-in'].seconds;

/** Seconds for which the row of a ticket is kept after its expiry. */
const KEPT_SECONDS = 3600;

/**
 * Keeps an incomplete sign-in behind a ticket: for five minutes, for one account, bound to the client and the browser
 * that asked, for one success. Recorded, because a right password must show in the log.
 */
export async function suspendSignIn(
  { proofs }: Pick<Services, 'proofs'>,
  { db, request, at }: Opening,
  { admission, authentication, clientId, scope }: SuspendedSignIn & { readonly admission: IncompleteAdmission },
): Promise<NextStep> {
  const { user, factors } = admission;
  const { token } = await proofs.make(db, {
    purpose: 'sign-in',
    userId: user.id,
    clientId,
    binding: request.binding,
    data: { authentication: suspend(authentication), scope },
    keptSeconds: KEPT_SECONDS,
  });
  const methods = methodsOf(factors);
  const detail = { methods: methods.join(' ') };
  record(db, { type: 'login.challenged', subject: user.username, detail, at }, { actor: userActor(user), request });
  return { ticket: token, methods, expiresIn: TICKET_SECONDS };
}

type IncompleteAdmission = Extract<Admission, { verdict: 'incomplete' }>;

/** The refusal of a sign-in that needs its second factor. */
export function secondFactorRequired(nextStep: NextStep): Refusal {
  return new Refusal('SECOND_FACTOR_REQUIRED', { nextStep });
}

/** A ticket as it was presented. */
export interface ShownTicket {
  readonly ticket: string;
  readonly clientId: string | null;
}

/**
 * Counts one attempt at a ticket, and commits it. Threat: parallel guesses must get no further than five in a row.
 * @throws BAD_USER_INPUT if it is unknown, used, expired, or presented by another client or browser
 */
export async function attemptTicket(
  { database, proofs }: Pick<Services, 'database' | 'proofs'>,
  { ticket, clientId }: ShownTicket,
  { binding }: Pick<RequestInfo, 'binding'>,
): Promise<Proof> {
  const shown = { purpose: 'sign-in', token: ticket, clientId, binding } as const;
  const proof = await database.run((db) => proofs.attempt(db, shown));
  if (!proof) throw ticketIsOver();
  return proof;
}

/** Returns the sign-in behind a ticket. */
export function suspendedOf({ data, clientId }: Proof): SuspendedSignIn {
  const { authentication, scope } = data as { authentication: PendingAuthentication; scope: string | null };
  return { authentication: resume(authentication), clientId, scope };
}

/** The refusal of a ticket that cannot continue a sign-in, whatever the reason. */
export function ticketIsOver(): Refusal {
  return invalidInput({ field: 'ticket', code: 'EXPIRED' });
}
