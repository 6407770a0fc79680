import type { JwsAlgorithm } from '../kernel/jws.ts';
import { LONGEST_SCOPE } from '../kernel/token_limits.ts';

/** The settings that the length of an access token depends on. */
export interface TokenForm {
  readonly algorithm: JwsAlgorithm;
  readonly issuer: string;
  readonly audience: string;
}

/** Bytes of a signature; RSA with 2048 bits. */
const SIGNATURE_BYTES = { HS256: 32, RS256: 256, ES256: 64, EdDSA: 64 } as const;
const LONGEST_NAME = 64;
/** The claims of the longest authentication. */
const AUTHENTICATION = {
  auth_time: 1_000_000_000,
  amr: ['pwd', 'otp', 'hwk', 'user', 'mfa'],
  acr: 'urn:gatehouse:acr:2',
};

/**
 * Returns the characters of a role's longest access token: an app's, for the longest user name. A role with `*` may be
 * granted any requested scope beside those it lists.
 */
export function longestTokenOfRole(role: string, scopes: readonly string[], form: TokenForm): number {
  const asked = scopes.includes('*') ? [filler(LONGEST_SCOPE)] : [];
  const scope = [...scopes, ...asked].join(' ');
  return lengthOf({ sub: filler(LONGEST_NAME), role, sid: filler(36), scope, narrowed: true, ...AUTHENTICATION }, form);
}

/** Returns the characters of the longest token of a client itself, with as many scopes as a client may have. */
export function longestTokenOfClient(form: TokenForm): number {
  return lengthOf({ sub: filler(LONGEST_NAME + 'client:'.length), scope: filler(LONGEST_SCOPE) }, form);
}

/** Computes the length of a token. A test compares it with signed tokens. */
function lengthOf(subject: object, { algorithm, issuer, audience }: TokenForm): number {
  const header = { alg: algorithm, typ: 'at+jwt', kid: filler(algorithm === 'HS256' ? 16 : 43) };
  const times = { iat: 1_000_000_000, exp: 1_000_000_000 };
  const claims = { iss: issuer, aud: audience, ...subject, client_id: filler(LONGEST_NAME), ...times, jti: filler(32) };
  const parts = [JSON.stringify(header), JSON.stringify(claims)].map((part) => Buffer.byteLength(part));
  return [...parts, SIGNATURE_BYTES[algorithm]].reduce((sum, bytes) => sum + Math.ceil((bytes * 4) / 3), 2);
}

function filler(length: number): string {
  return 'x'.repeat(length);
}
