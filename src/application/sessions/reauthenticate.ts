import { record } from '../../audit/audit.ts';
import { userActor } from '../../kernel/actor.ts';
import { badCredentials, conflict, invalidInput, Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Db } from '../../store/database/database.ts';
import type { Session } from '../../sessions/session.entity.ts';
import type { User } from '../../users/user.entity.ts';
import { lockUser } from '../../users/users.ts';
import {
  amrOf,
  assuranceOf,
  type Authentication,
  type AuthenticationMethod,
} from '../authentication/authentication.ts';
import { createFailedSignIns } from '../authentication/failed_sign_ins.ts';
import { findFactors } from '../authentication/factors.ts';
import type { Principal } from '../authentication/principal.ts';
import { counts, required } from '../authentication/required.ts';
import type { VerifyPassword } from '../authentication/steps/password.ts';
import type { ShownFactor, VerifyFactor } from '../authentication/steps/second_factor.ts';
import { type Issued, issueAccess } from '../foundation/issue.ts';
import type { Services } from '../foundation/services.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';

/** The proofs of a repeated authentication: a password, a second factor, or both. */
export type ShownProofs =
  | { readonly password: string; readonly factor: ShownFactor | null }
  | { readonly password: null; readonly factor: ShownFactor };

/**
 * Authenticates the user of a session again. The session continues, with a new access token that says what was proven
 * now. An account with a second factor needs it: a passkey, or a code with a password. A session that began with the
 * password stands for it, because a change of the password ends every other session.
 * @throws FORBIDDEN for a registered client: an app does not ask for passwords, but sends the user to sign in again
 * @throws BAD_USER_INPUT for a wrong or missing proof; CONFLICT for a password that was changed meanwhile
 * @throws CREDENTIALS if the session or its account ended meanwhile; RATE_LIMITED, OVERLOADED, SERVICE_UNAVAILABLE
 */
export type Reauthenticate = (principal: Principal, shown: ShownProofs, request: RequestInfo) => Promise<Issued>;

/** The caller's account and session, under their locks. */
interface Locked {
  readonly user: User;
  readonly session: Session;
  readonly at: Date;
}

/** The proofs after the password was verified, outside of the transaction. */
interface VerifiedProofs {
  readonly password: Authentication | null;
  readonly factor: ShownFactor | null;
}

export function createReauthenticate(
  services: Services,
  { verifyPassword, verifyFactor }: { readonly verifyPassword: VerifyPassword; readonly verifyFactor: VerifyFactor },
  unitOfWork: UnitOfWork,
): Reauthenticate {
  const { sessions, clock } = services;
  const failures = createFailedSignIns(services);

  async function lock(db: Db, { user: { id }, sid }: Principal): Promise<Locked> {
    const at = new Date(clock());
    const user = await lockUser(db, id);
    const session = await sessions.lock(db, sid);
    const isRunning = session?.userId === id && sessions.isRunning(session, at);
    if (!user || user.disabled || !isRunning) throw badCredentials('REVOKED');
    return { user, session, at };
  }

  /** Returns what is proven, or the verdict about a factor that is not right. */
  async function prove(db: Db, { user, session, at }: Locked, { password, factor, request }: VerifiedProofs & Asking) {
    if (password && !counts(password, user)) throw conflict({ field: 'password', code: 'CHANGED' });
    const { id: userId, username, deviceEpoch: epoch } = user;
    const known: AuthenticationMethod[] = standsForPassword(user, session, { password, factor }) ? ['pwd'] : [];
    const authentication: Authentication = { userId, username, epoch, methods: known, at };
    if (!factor) return { verdict: 'right', authentication } as const;
    if (factor.kind !== 'passkey' && known.length === 0) throw invalidInput({ field: 'password', code: 'REQUIRED' });
    const verified = await verifyFactor(db, { user, shown: factor, request, ticket: null });
    if (verified.verdict !== 'right') return verified;
    const methods = [...known, ...verified.methods];
    return { verdict: 'right', authentication: { ...authentication, methods } } as const;
  }

  const renew = ({ principal, request, ...proofs }: VerifiedProofs & Asking) =>
    unitOfWork(async (db) => {
      const locked = await lock(db, principal);
      const { user, session, at } = locked;
      const by = { actor: userActor(user), request };
      const proven = await prove(db, locked, { principal, request, ...proofs });
      // Returned and not thrown: the transaction commits the counted failure.
      if (proven.verdict === 'refused') return proven;
      if (proven.verdict === 'wrong') {
        const detail = { factor: proofs.factor!.kind, session: session.id };
        record(db, { type: 'login.failed', subject: user.username, detail, at }, by);
        return proven;
      }
      const { authentication } = proven;
      const factors = await findFactors(db, user);
      const { id, deviceEpoch } = user;
      const missing = required(authentication, { id, deviceEpoch, factors, isRemembered: false });
      if (missing.length > 0) throw secondFactorMissing();
      const methods = amrOf(authentication);
      sessions.reauthenticate(session, { at, methods, assurance: assuranceOf(authentication) });
      const detail = { session: session.id, methods: methods.join(' ') };
      record(db, { type: 'login.reauthenticated', subject: user.username, detail, at }, by);
      return { verdict: 'right', ...locked } as const;
    });

  return async (principal, { password: shown, factor }, request) => {
    if (principal.clientId !== null) throw new Refusal('FORBIDDEN');
    const { username, secondFactor } = principal.user;
    // Refused before the password is looked at: without the second factor it would be of no use.
    if (!factor && secondFactor) throw secondFactorMissing();
    const password =
      shown === null ? null : await verifyPassword({ username, password: shown }, request, 'reauthentication');
    if (shown !== null && !password) throw invalidInput({ field: 'password', code: 'WRONG' });
    const outcome = await renew({ principal, password, factor, request });
    switch (outcome.verdict) {
      case 'right':
        return issueAccess(services, outcome);
      case 'wrong':
        throw invalidInput({ field: factor!.kind, code: 'WRONG' });
      case 'refused':
        // Threat: a row for each would let the holder of one token fill the log.
        await failures.limited(username, outcome.refusal, request);
        throw outcome.refusal;
    }
  };
}

interface Asking {
  readonly principal: Principal;
  readonly request: RequestInfo;
}

/**
 * Returns whether a password is proven: a verified one, or for a code the one that the session began with, as long as
 * the account has a password. A passkey needs none, because it verifies its user.
 */
function standsForPassword(
  user: Pick<User, 'passwordHash'>,
  session: Pick<Session, 'amr'>,
  { password, factor }: VerifiedProofs,
): boolean {
  if (password) return true;
  const isCode = factor !== null && factor.kind !== 'passkey';
  return isCode && user.passwordHash != null && session.amr.split(' ').includes('pwd');
}

function secondFactorMissing(): Refusal {
  return invalidInput({ field: 'totp', code: 'ONE_OF', names: ['totp', 'recoveryCode', 'passkey'] });
}
