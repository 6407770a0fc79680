import { createHmac, type KeyObject, sign, type SignKeyObjectInput } from 'node:crypto';
import { promisify } from 'node:util';

/** The algorithms of signatures, as in `alg` (RFC 7518 section 3.1, RFC 8037). */
export type JwsAlgorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA';

/** The protected header of a signed JWT. */
export interface JwsHeader {
  readonly alg: JwsAlgorithm;
  readonly typ: string;
  readonly kid: string;
}

const signInPool = promisify<string | null, Buffer, SignKeyObjectInput, Buffer>(sign);

/** The digest of each algorithm (RFC 7518 section 3.1). Ed25519 includes its own (RFC 8037 section 3.1). */
const DIGESTS = { RS256: 'sha256', ES256: 'sha256', EdDSA: null } as const;

/**
 * Returns claims as a signed JWT (RFC 7515 section 7.1). It signs in this thread: an HMAC or an Ed25519 signature takes
 * no longer than the way to the thread pool, where passwords may be waiting.
 */
export function signJws(header: JwsHeader, claims: object, key: KeyObject): string {
  const input = signingInput(header, claims);
  const signature =
    header.alg === 'HS256'
      ? createHmac('sha256', key).update(input).digest()
      : sign(DIGESTS[header.alg], Buffer.from(input), parametersOf(key));
  return `${input}.${signature.toString('base64url')}`;
}

/**
 * Returns claims as a JWT that is signed in the thread pool: an RSA signature would block this thread for a
 * millisecond.
 */
export async function signJwsInPool(
  header: JwsHeader & { readonly alg: keyof typeof DIGESTS },
  claims: object,
  key: KeyObject,
): Promise<string> {
  const input = signingInput(header, claims);
  const signature = await signInPool(DIGESTS[header.alg], Buffer.from(input), parametersOf(key));
  return `${input}.${signature.toString('base64url')}`;
}

/** An ECDSA signature is r and s, not DER (RFC 7518 section 3.4). */
const parametersOf = (key: KeyObject): SignKeyObjectInput => ({ key, dsaEncoding: 'ieee-p1363' });

function signingInput(header: JwsHeader, claims: object): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}
