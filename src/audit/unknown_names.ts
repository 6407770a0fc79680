import { createHmac } from 'node:crypto';
import { deriveKey } from '../kernel/secret.ts';

/**
 * Names in the audit log that no account has. Threat: users type their password into the field of the name, and the log
 * is kept for a year. A keyed digest cannot be guessed from a stolen log, and still shows that two attempts are equal.
 */
export interface UnknownNames {
  /** Returns `unknown:` with 96 bits of the digest. No user name contains a colon. */
  digest(typed: string): string;
  /** Returns the digests under all secrets, for a search. */
  digests(typed: string): readonly string[];
}

const DIGEST_LENGTH = 16;

/**
 * Creates the digests of unknown names.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 */
export function createUnknownNames(secrets: readonly string[]): UnknownNames {
  const keys = secrets.map((secret) => deriveKey(secret, 'audit-unknown-names'));
  const digestUnder = (key: Buffer, typed: string) => {
    const whole = createHmac('sha256', key).update(typed.toLowerCase()).digest('base64url');
    return `unknown:${whole.slice(0, DIGEST_LENGTH)}`;
  };
  return {
    digest: (typed) => digestUnder(keys[0]!, typed),
    digests: (typed) => keys.map((key) => digestUnder(key, typed)),
  };
}
