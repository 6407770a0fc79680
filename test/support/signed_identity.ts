import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A signing key of identities, with its published form. */
export interface IdentityKey {
  readonly kid: string;
  readonly alg: string;
  readonly key: CryptoKey;
  readonly published: JWK;
}

export interface SignedIdentity {
  readonly key: IdentityKey;
  readonly issuer: string;
  readonly subgraph: string;
  readonly body: string | Uint8Array;
  /** Milliseconds since the epoch; default: now. */
  readonly at?: number;
  /** Replaces or adds claims; `undefined` leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** The claims of a user's identity. */
export const KANDI = { sub: 'kandi', role: 'user', scope: 'account', sid: 'the session of kandi' };

export async function makeIdentityKey(kid: string, alg = 'EdDSA'): Promise<IdentityKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, key: privateKey, published: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Signs an identity as the gateway would. Without claims it is an anonymous caller's. */
export function signIdentity(options: SignedIdentity): Promise<string> {
  const { key, issuer, subgraph, body, at = Date.now(), claims = {}, header = {} } = options;
  const iat = Math.floor(at / 1000);
  const bsh = createHash('sha256').update(body).digest('base64url');
  const all = { iss: issuer, aud: subgraph, bsh, iat, exp: iat + 60, jti: randomUUID(), ...claims };
  return new SignJWT(all)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'gatehouse-identity+jwt', ...header })
    .sign(key.key);
}

/** A gateway with only `/.well-known/jwks.json`. */
export interface KeyServer {
  readonly url: string;
  /** The published keys; null for responses of 503. */
  keys: readonly JWK[] | null;
  /** The number of requests for the keys. */
  asked: number;
  close(): Promise<void>;
}

export async function startKeyServer(...keys: readonly IdentityKey[]): Promise<KeyServer> {
  const server: Server = createServer((request, response) => {
    keyServer.asked += 1;
    const found = request.url === '/.well-known/jwks.json' && keyServer.keys;
    response.writeHead(found ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: found }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const keyServer: KeyServer = {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    keys: keys.map(({ published }) => published),
    asked: 0,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return keyServer;
}
