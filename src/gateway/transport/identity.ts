import { createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { type Clock, toSeconds } from '../../kernel/clock.ts';
import { deriveKey, digestText } from '../../kernel/secret.ts';

/** For whom a subgraph is asked. All absent: nobody in particular. */
export interface Asker {
  /** The username, or `client:<id>`. */
  readonly sub?: string;
  readonly role?: string;
  /** Space-separated. */
  readonly scope?: string;
  /** The registered client that acts for the person, or for itself. */
  readonly client_id?: string;
  readonly sid?: string;
}

/** Who asks, told to subgraphs in a JWT of each request's own. */
export interface Identities {
  /**
   * The value of a `Gatehouse-Identity` header.
   * @param body exactly what is sent: the JWT is good for nothing else
   */
  sign(asker: Asker, subgraph: string, body: string): string;
  /** The public halves (RFC 7517): of what signs, and of what signed before `JWT_SECRET_KEY` was replaced. */
  readonly jwks: readonly JWK[];
}

export const IDENTITY_HEADER = 'gatehouse-identity';

const TYPE = 'gatehouse-identity+jwt';
/** As long as a request may be under way, and clocks differ. */
const LIFETIME_SECONDS = 30;
/** RFC 8410 section 7: what stands before the 32 bytes of an Ed25519 private key. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The keys of identities: Ed25519 pairs (RFC 8032) whose private half is derived from the secret under a label of its
 * own, so that all replicas have the same and nothing is stored. No token of ours is signed with them, nor verified.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 */
export async function createIdentities(
  secrets: readonly string[],
  { issuer }: { readonly issuer: string },
  clock: Clock,
): Promise<Identities> {
  const [current, ...previous] = await Promise.all(secrets.map(pairOf));
  const header = encode({ alg: 'EdDSA', typ: TYPE, kid: current!.jwk.kid });
  return {
    // Here rather than in the thread pool: it takes as long as handing it over.
    sign(asker, subgraph, body) {
      const iat = toSeconds(clock());
      const claims = {
        iss: issuer,
        aud: subgraph,
        ...asker,
        bsh: digestText(body),
        iat,
        exp: iat + LIFETIME_SECONDS,
        jti: randomUUID(),
      };
      const input = `${header}.${encode(claims)}`;
      return `${input}.${sign(null, Buffer.from(input), current!.key).toString('base64url')}`;
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

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
