import { type GraphqlErrorLike, readAuthErrors } from './auth_error.ts';
import type { AuthClient } from './auth_client.ts';

/** `application/json` alone would have the GraphQL door answer 200 to everything; this has refusals say their status. */
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9, */*;q=0.8';

/**
 * `fetch` for the gateway's origin alone. Rejects with a TypeError for any other address, and for a redirect, so that no
 * token is sent where it does not belong; with an AuthError where a token has to be refreshed first and cannot be.
 * Addresses are relative to the gateway's.
 */
export function createAuthorizedFetch(
  base: URL,
  { getAccessToken, dropSession }: Pick<AuthClient, 'getAccessToken' | 'dropSession'>,
  send: typeof fetch,
): typeof fetch {
  return async (input, init) => {
    const isRequest = input instanceof Request;
    const url = new URL(isRequest ? input.url : input, base);
    if (url.origin !== base.origin) {
      throw new TypeError(`The token is for ${base.origin} alone: ask ${url.origin} by another fetch`);
    }
    const request = new Request(isRequest ? input : url, init);
    // Whoever brings their own knows why.
    if (request.headers.has('authorization')) return send(request);

    const attempt = (from: Request, token: string | undefined) => {
      const headers = new Headers(from.headers);
      if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
      if (headers.get('accept') === null || headers.get('accept') === '*/*') headers.set('accept', ACCEPT);
      return send(new Request(from, { headers, redirect: from.redirect === 'follow' ? 'error' : from.redirect }));
    };

    const token = await getAccessToken();
    const again = isOnce(init?.body) ? undefined : request.clone();
    const response = await attempt(request, token);
    if (token === undefined) return response;
    if (response.status === 400 && (await saysDisabled(response.clone()))) dropSession(token);
    if (response.status !== 401 || !again) return response;

    const another = await getAccessToken({ refused: token });
    if (another === undefined || another === token) return response;
    await response.body?.cancel();
    return attempt(again, another);
  };
}

/** A stream is read once: a copy of it would be all of it in memory. */
function isOnce(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body);
}

/** What the REST door says where the GraphQL door has a code: RFC 6749 has none for it. */
const INACTIVE = 'Inactive user';

async function saysDisabled(response: Response): Promise<boolean> {
  if (!/[/+]json\b/.test(response.headers.get('content-type') ?? '')) return false;
  const answer = (await response.json().catch(() => null)) as Refusing | null;
  return (
    answer?.error_description === INACTIVE ||
    readAuthErrors(answer?.errors).some(({ accountDisabled }) => accountDisabled)
  );
}

interface Refusing {
  readonly errors?: readonly GraphqlErrorLike[];
  readonly error_description?: unknown;
}
