import { countRecoveryCodes } from '../../credentials/recovery/recovery_codes.ts';
import { hasTotp } from '../../credentials/totp/totp.ts';
import { countPasskeys } from '../../credentials/webauthn/passkeys.ts';
import type { FactorMethod } from '../../kernel/errors.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import type { FactorPolicy } from '../foundation/services.ts';

/** The ways into an account. */
export interface Factors {
  readonly password: boolean;
  readonly totp: boolean;
  readonly passkeys: number;
  readonly recoveryCodes: number;
}

/** Returns the factors of an account, as its rows have them. Under the account's lock, they do not change. */
export async function findFactors(db: Db, user: Pick<User, 'id' | 'passwordHash'>): Promise<Factors> {
  return {
    password: user.passwordHash != null,
    totp: await hasTotp(db, user.id),
    passkeys: await countPasskeys(db, user.id),
    recoveryCodes: await countRecoveryCodes(db, user.id),
  };
}

/** Returns whether an account has a second factor. Recovery codes only replace one. */
export function hasSecondFactor({ totp, passkeys }: Pick<Factors, 'totp' | 'passkeys'>): boolean {
  return totp || passkeys > 0;
}

/** Returns the methods that can continue a sign-in with a password. */
export function methodsOf({ totp, passkeys, recoveryCodes }: Factors): FactorMethod[] {
  return [
    ...(totp ? (['TOTP'] as const) : []),
    ...(passkeys > 0 ? (['PASSKEY'] as const) : []),
    ...(recoveryCodes > 0 ? (['RECOVERY_CODE'] as const) : []),
  ];
}

/**
 * Copies to the account whether it has a second factor, for the requests that read its cached state. Every change of a
 * factor calls it under the account's lock. Sign-ins do not read the copy.
 */
export async function noteFactors(db: Db, user: User): Promise<Factors> {
  await db.flush();
  const factors = await findFactors(db, user);
  user.secondFactor = hasSecondFactor(factors);
  return factors;
}

/** Returns whether the policy demands a second factor of an account that has none. Such a user may only set one up. */
export function mustEnrol(
  { required }: Pick<FactorPolicy, 'required'>,
  { role, secondFactor }: Pick<User, 'role' | 'secondFactor'>,
): boolean {
  return !secondFactor && (required === true || required.includes(role));
}
