import { digest, digestText, equal, random } from '../kernel/secret.ts';
import type { Db } from '../store/database/database.ts';
import { type AuthorizationCode, AuthorizationCodeEntity } from './authorization_code.entity.ts';

/**
 * The lifetime of a code in seconds. RFC 6749 section 4.1.2 allows ten minutes; clients exchange a code within a
 * second.
 */
export const CODE_SECONDS = 60;

/** The terms of the exchange of a code. */
export interface CodeTerms {
  readonly sessionId: string;
  readonly redirectUri: string;
  /** BASE64URL(SHA-256(verifier)) (RFC 7636 section 4.2); null if the client does not use PKCE. */
  readonly challenge: string | null;
}

/** Makes a code of 256 random bits. It is returned only here; its digest is stored. */
export function addCode(db: Db, terms: CodeTerms): string {
  const code = random(32).toString('base64url');
  db.persist(db.create(AuthorizationCodeEntity, { digest: digest(code), ...terms }));
  return code;
}

/**
 * Returns the row of a code; null if it was not issued. The row never changes: the session shows whether the code was
 * used.
 */
export async function findCode(db: Db, code: string): Promise<AuthorizationCode | null> {
  return db.findOne(AuthorizationCodeEntity, { digest: digest(code) });
}

/**
 * Returns whether a verifier matches a challenge (RFC 7636 section 4.6, S256). A verifier of another length or alphabet
 * than in section 4.1 does not. Without a challenge, there must be no verifier. Threat: PKCE downgrade (RFC 9700
 * section 4.8.2), where an attacker removes the challenge from the authorization request.
 */
export function verifies(verifier: string | undefined, challenge: string | null | undefined): boolean {
  if (challenge == null) return verifier === undefined;
  if (verifier === undefined) return false;
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false;
  return equal(Buffer.from(digestText(verifier)), Buffer.from(challenge));
}
