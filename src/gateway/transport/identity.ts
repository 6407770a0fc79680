import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { type Clock, toSeconds } from '../../kernel/clock.ts';
import { signJws } from '../../kernel/jws.ts';
import { deriveKey, digestText } from '../../kernel/secret.ts';

/** The caller that a request to a subgraph is made for. Empty for requests without a caller. */
export interface CallerIdentity {
  /** The username, or `client:<id>`. */
  readonly sub?: string;
  readonly role?: string;
  /** Space-separated. */
  readonly scope?: string;
  /** The registered client that acts for the user or for itself. */
  readonly client_id?: string;
  readonly sid?: string;
  /** The level of the user's last authentication, and its time in seconds since the epoch. */
  readonly acr?: string;
  readonly auth_time?: number;
}

/** Signs the caller's identity for subgraphs, in a new JWT for each request. */
export interface Identities {
  /**
   * Returns the value of a `Gatehouse-Identity` header.
   * @param body the exact text of the request; the JWT is valid only for this body
   */
  sign(caller: CallerIdentity, subgraph: string, body: string): string;
  /** The public keys (RFC 7517): the current one, and the one from before `JWT_SECRET_KEY` was replaced. */
  readonly jwks: readonly JWK[];
}

export const IDENTITY_HEADER = 'gatehouse-identity';

const TYPE = 'gatehouse-identity+jwt';
/** Covers the longest request and the difference between clocks. */
const LIFETIME_SECONDS = 30;
/** The DER prefix of a 32-byte Ed25519 private key (RFC 8410, section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Creates the keys of identities: Ed25519 pairs (RFC 8032). The private key is derived from the secret with a separate
 * label, so that all replicas have the same key and none is stored. No access token is signed or verified with these
 * keys.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 */
export async function createIdentities(
  secrets: readonly string[],
  { issuer }: { readonly issuer: string },
  clock: Clock,
): Promise<Identities> {
  const [current, ...previous] = await Promise.all(secrets.map(pairOf));
  const header = { alg: 'EdDSA', typ: TYPE, kid: current!.jwk.kid } as const;
  return {
    sign(caller, subgraph, body) {
      const iat = toSeconds(clock());
      const claims = {
        iss: issuer,
        aud: subgraph,
        ...caller,
        bsh: digestText(body),
        iat,
        exp: iat + LIFETIME_SECONDS,
        jti: randomUUID(),
      };
      return signJws(header, claims, current!.key);
    },
    jwks: [current!, ...previous].map(({ jwk }) => jwk),
  };
}

async function pairOf(secret: string) {
  const seed = deriveKey(secret, 'subgraph-identity');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const jwk = createPublicKey(key).export({ format: 'jwk' }) as JWK;
  return { key, jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'EdDSA', use: 'sig' } };
}
