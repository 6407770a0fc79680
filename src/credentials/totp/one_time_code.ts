import { Secret, TOTP } from 'otpauth';
import { random } from '../../kernel/secret.ts';

/** The parameters that every authenticator app supports (RFC 6238 section 4 and Key URI format). */
export const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;

/** Steps before and after the current one whose code is accepted (RFC 6238 section 5.2 recommends one). */
const DRIFT_STEPS = 1;
/** 160 bits, as RFC 4226 section 4 recommends. */
const SECRET_BYTES = 20;

/** Returns a new shared secret. */
export function newSecret(): Buffer {
  return random(SECRET_BYTES);
}

/** Returns a secret in the form of the library. It copies the bytes, because a Buffer may be a part of a larger one. */
export function librarySecret(secret: Buffer): Secret {
  return new Secret({ buffer: Uint8Array.from(secret).buffer });
}

/**
 * Returns the time step whose code was entered, or undefined if it is none of those that are accepted now. Blanks in the
 * code are ignored: apps show it in two groups.
 */
export function stepOfCode(secret: Buffer, entered: string, at: Date): number | undefined {
  const token = entered.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const timestamp = at.getTime();
  const { algorithm, digits, period } = PARAMETERS;
  const delta = TOTP.validate({
    token,
    secret: librarySecret(secret),
    algorithm,
    digits,
    period,
    timestamp,
    window: DRIFT_STEPS,
  });
  return delta === null ? undefined : TOTP.counter({ period, timestamp }) + delta;
}
