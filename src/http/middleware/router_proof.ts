import type { IncomingMessage } from 'node:http';
import type { Verifier } from 'gatehouse-subgraph';
import { digest, equal } from '../../kernel/secret.ts';
import { headerLines } from './header_lines.ts';

/** Whether a request comes from a router: every way of proving that has this form. */
export type RouterProof = (request: IncomingMessage & WithBytes) => Promise<boolean>;

/** The bytes of a body, for whoever has to see them as they came. */
export interface WithBytes {
  bytes?: Uint8Array;
}

/** Whether a request may need its bytes later. */
export function showsIdentity(request: IncomingMessage): boolean {
  return request.headers[IDENTITY] !== undefined;
}

const IDENTITY = 'gatehouse-identity';

/**
 * A gateway of our own, of another deployment with the same secret and issuer, signs who it is for over the body.
 * @param verifier of the identities that are for our own subgraph
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

/** Any one of several proofs. */
export function anyProof(...proofs: readonly RouterProof[]): RouterProof {
  return async (request) => {
    for (const proves of proofs) if (await proves(request)) return true;
    return false;
  };
}

/**
 * Another team's router proves itself with `Gatehouse-Router: <ROUTER_SECRET>`. Without a secret nobody can; two headers
 * prove nothing, because one of them is a client's that some router passed on beside its own.
 */
export function routerSecretProof(secret: string | undefined): RouterProof {
  const expected = secret === undefined ? undefined : digest(secret);
  return async (request) => {
    const [shown, ...more] = headerLines(request, 'gatehouse-router');
    // Digests are of one length, so that not even the secret's own is told.
    return expected !== undefined && shown !== undefined && more.length === 0 && equal(digest(shown), expected);
  };
}
