import { createHmac } from 'node:crypto';
import { deriveKey } from '../kernel/secret.ts';

/**
 * What the audit log calls a name that no account has. Threat: people type their password into the field of the name, and
 * the log is kept for a year; digested under a key, it cannot be guessed from a stolen log, and equal attempts are still
 * seen to be equal.
 */
export interface UnknownNames {
  /** `unknown:` with 96 bits of the digest: the colon keeps it apart from every user name. */
  digest(typed: string): string;
  /** As an earlier secret has it, too: what to look for. */
  digests(typed: string): readonly string[];
}

const DIGEST_LENGTH = 16;

/** @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced */
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
