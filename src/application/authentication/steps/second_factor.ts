import { PasskeyFault } from '../../../credentials/webauthn/passkey_fault.ts';
import { invalidInput, Refusal } from '../../../kernel/errors.ts';
import type { RequestInfo } from '../../../kernel/request_info.ts';
import type { Db } from '../../../store/database/database.ts';
import { rateLimited } from '../../../store/keyvalue/limiter.ts';
import type { User } from '../../../users/user.entity.ts';
import type { Services } from '../../foundation/services.ts';
import type { AuthenticationMethod } from '../authentication.ts';
import { trustedDevice } from '../known_device.ts';
import { provePasskey, readPasskey, spendPasskey } from './passkey.ts';
import { createUseRecoveryCode } from './recovery_code.ts';

/** A factor as a request presents it. */
export type ShownFactor =
  | { readonly kind: 'totp'; readonly code: string }
  | { readonly kind: 'recoveryCode'; readonly code: string }
  | { readonly kind: 'passkey'; readonly response: unknown };

/** The account under its lock, and the request that presents the factor. */
export interface FactorAttempt {
  readonly user: User;
  readonly shown: ShownFactor;
  readonly request: RequestInfo;
  /** The ticket of the sign-in that the factor continues; null for a confirmation within a session. */
  readonly ticket: string | null;
}

/** The result of a factor. A `wrong` one was counted, so the transaction is committed whatever the verdict. */
export type FactorVerdict =
  | { readonly verdict: 'right'; readonly methods: readonly AuthenticationMethod[] }
  | { readonly verdict: 'wrong' }
  /** Too many wrong ones; this one was not looked at. */
  | { readonly verdict: 'refused'; readonly refusal: Refusal };

/** Verifies a second factor in the transaction that it permits, and spends it. */
export type VerifyFactor = (db: Db, attempt: FactorAttempt) => Promise<FactorVerdict>;

type FactorServices = Pick<Services, 'totp' | 'devices' | 'quotas' | 'outbox' | 'proofs' | 'clock' | 'settings'>;

export function createVerifyFactor(services: FactorServices): VerifyFactor {
  const { totp, devices, quotas, clock } = services;
  const useRecoveryCode = createUseRecoveryCode(services);

  /** A known device has guesses of its own, so that an attacker who knows the password cannot lock its user out. */
  const isKnown = ({ user, request }: FactorAttempt) => trustedDevice({ devices }, request, user) !== null;

  /** A right passkey is accepted always. A wrong one beyond the quota leaves no trace, so that it cannot fill the log. */
  async function verifyPasskey(db: Db, attempt: FactorAttempt, response: unknown): Promise<FactorVerdict> {
    const methods = await passkeyMethods(db, attempt, response);
    if (methods) return { verdict: 'right', methods };
    const isLeft = await quotas.take('wrongPasskeys', `${attempt.user.id}:${isKnown(attempt) ? 'known' : 'stranger'}`);
    return isLeft
      ? { verdict: 'wrong' }
      : { verdict: 'refused', refusal: invalidInput({ field: 'passkey', code: 'WRONG' }) };
  }

  /** Returns the methods that a passkey proves, and spends it; null for a wrong one. */
  async function passkeyMethods(
    db: Db,
    { user, ticket }: FactorAttempt,
    response: unknown,
  ): Promise<readonly AuthenticationMethod[] | null> {
    try {
      const presented = readPasskey(services, response, ticket);
      const proven = await provePasskey(services, db, { presented, owner: user.id });
      const isSpent = await spendPasskey(services, db, { ...proven, at: new Date(clock()) });
      return isSpent ? proven.methods : null;
    } catch (error) {
      if (error instanceof PasskeyFault) return null;
      throw error;
    }
  }

  return async (db, attempt) => {
    const { user, shown } = attempt;
    switch (shown.kind) {
      case 'totp': {
        const verdict = await totp.verify(db, { userId: user.id, code: shown.code, known: isKnown(attempt) });
        // Not a failure. Threat: nothing counts it, and each failure is a row of the log.
        if (verdict.kind === 'none')
          return { verdict: 'refused', refusal: invalidInput({ field: 'totp', code: 'WRONG' }) };
        if (verdict.kind === 'held') return { verdict: 'refused', refusal: rateLimited(verdict.forMs) };
        return verdict.kind === 'right' ? { verdict: 'right', methods: ['otp'] } : { verdict: 'wrong' };
      }
      case 'recoveryCode': {
        const { request } = attempt;
        const result = await useRecoveryCode(db, { user, code: shown.code, known: isKnown(attempt), request });
        if (result instanceof Refusal) return { verdict: 'refused', refusal: result };
        return result ? { verdict: 'right', methods: ['otp'] } : { verdict: 'wrong' };
      }
      case 'passkey':
        return verifyPasskey(db, attempt, shown.response);
    }
  };
}
