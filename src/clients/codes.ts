import { digest, digestText, equal, random } from '../kernel/secret.ts';
import type { Db } from '../store/database/database.ts';
import { type AuthorizationCode, AuthorizationCodeEntity } from './authorization_code.entity.ts';

/** RFC 6749 section 4.1.2 allows ten minutes; programs exchange a code within the second. */
export const CODE_SECONDS = 60;

/** What a code can be exchanged with. */
export interface CodeTerms {
  readonly sessionId: string;
  readonly redirectUri: string;
  /** BASE64URL(SHA-256(verifier)), as RFC 7636 section 4.2 makes it; null where the client asked without PKCE. */
  readonly challenge: string | null;
}

/** Makes a code: 256 random bits, told here and kept as their digest alone. */
export function addCode(db: Db, terms: CodeTerms): string {
  const code = random(32).toString('base64url');
  db.persist(db.create(AuthorizationCodeEntity, { digest: digest(code), ...terms }));
  return code;
}

/** What a code stands for; null where nobody made it. Nothing in it changes: whether it was used, its session knows. */
export async function findCode(db: Db, code: string): Promise<AuthorizationCode | null> {
  return db.findOne(AuthorizationCodeEntity, { digest: digest(code) });
}

/**
 * Whether a verifier is the challenge's (RFC 7636 section 4.6, S256). A verifier of another length or alphabet than
 * section 4.1's is none. Without a challenge there must be no verifier: a request whose challenge was taken off on the way
 * would pass otherwise (PKCE downgrade, RFC 9700 section 4.8.2).
 */
export function verifies(verifier: string | undefined, challenge: string | null | undefined): boolean {
  if (challenge == null) return verifier === undefined;
  if (verifier === undefined) return false;
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false;
  return equal(Buffer.from(digestText(verifier)), Buffer.from(challenge));
}
