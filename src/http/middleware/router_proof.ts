import type { IncomingMessage } from 'node:http';
import type { Verifier } from 'gatehouse-subgraph';
import { digest, equal } from '../../kernel/secret.ts';
import { headerLines } from './header_lines.ts';

/** Resolves to true if a request proves that it comes from a router. */
export type RouterProof = (request: IncomingMessage & WithBytes) => Promise<boolean>;

/** A request that keeps the bytes of its body, for the check of a signature. */
export interface WithBytes {
  bytes?: Uint8Array;
}

/** Returns whether a request may need its bytes later. */
export function showsIdentity(request: IncomingMessage): boolean {
  return request.headers[IDENTITY] !== undefined;
}

const IDENTITY = 'gatehouse-identity';

/**
 * Creates the proof by signed identity. A Gatehouse gateway of another deployment, with the same secret and issuer,
 * signs the identity together with the body.
 * @param verifier verifies identities whose audience is this server's subgraph
 */
export function identityProof(verifier: Pick<Verifier, 'verifyIdentity'>): RouterProof {
  return async (request) => {
    const { method, bytes } = request;
    if (!bytes) return false;
    const headers = { [IDENTITY]: headerLines(request, IDENTITY) };
    return verifier.verifyIdentity({ method, headers, body: bytes }).then(
      () => true,
      () => false,
    );
  };
}

/** Creates a proof that holds if one of several holds. */
export function anyProof(...proofs: readonly RouterProof[]): RouterProof {
  return async (request) => {
    for (const proves of proofs) if (await proves(request)) return true;
    return false;
  };
}

/**
 * Creates the proof by `Gatehouse-Router: <ROUTER_SECRET>`, for routers of other teams. Without a secret no request
 * passes. Threat: one of two headers is from a client, and a router forwarded it beside its own. Two headers prove
 * nothing.
 */
export function routerSecretProof(secret: string | undefined): RouterProof {
  const expected = secret === undefined ? undefined : digest(secret);
  return async (request) => {
    const [shown, ...more] = headerLines(request, 'gatehouse-router');
    // Digests have one length, so that the comparison does not leak the length of the secret.
    return expected !== undefined && shown !== undefined && more.length === 0 && equal(digest(shown), expected);
  };
}
