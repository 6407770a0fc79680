import { digestText, equal } from '../kernel/secret.ts';

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
