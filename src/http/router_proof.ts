import type { IncomingMessage } from 'node:http';
import { digest, equal } from '../kernel/secret.ts';
import { headerLines } from './header_lines.ts';

/** Whether a request comes from a router: every way of proving that has this form. */
export type RouterProof = (request: IncomingMessage) => Promise<boolean>;

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
