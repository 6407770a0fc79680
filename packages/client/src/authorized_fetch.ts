import { isBelow, resolveAddress } from './address.ts';
import { type AskedOperation, operationOfBody } from './asked_operation.ts';
import { type AuthErrorCode, readAuthErrors } from './auth_error.ts';
import type { AuthClient } from './auth_client.ts';
import { mayRepeat, type Refused } from './may_repeat.ts';

/** `application/json` alone would have the GraphQL door answer 200 to everything; this has refusals say their status. */
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9, */*;q=0.8';

/**
 * `fetch` for addresses below the gateway's alone. Rejects with a TypeError for any other address, and for a redirect, so
 * that no token is sent where it does not belong; with an AuthError where a token has to be refreshed first and cannot be.
 * Addresses are relative to the gateway's, with a slash in front or without.
 */
export function createAuthorizedFetch(
  base: URL,
  { getAccessToken, dropSession, noteAnswer }: Pick<AuthClient, 'getAccessToken' | 'dropSession' | 'noteAnswer'>,
  send: typeof fetch,
): typeof fetch {
  /** When another token was refused as the first one was: by the clock that nobody sets. */
  let helplessSince = -Infinity;

  return async (input, init) => {
    const isRequest = input instanceof Request;
    const url = resolveAddress(isRequest ? input.url : input, base);
    if (!isBelow(url, base)) {
      throw new TypeError(`The token is for ${base.href} alone: ask ${url.origin}${url.pathname} by another fetch`);
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
    noteAnswer(response, token);
    if (response.status === 400 && (await saysDisabled(response))) dropSession(token);
    if (!again || performance.now() - helplessSince < HELPLESS_MS) return response;
    if (!(await refusesToken(response))) return response;

    const repeats = await mayAskAgain(again, response);
    const another = await getAccessToken({ refused: token }).catch((error: unknown) => {
      // Where nothing is repeated, it was asked for to find out whether the session is over.
      if (repeats) throw error;
    });
    if (!repeats || another === undefined || another === token) return response;
    await response.body?.cancel();
    const second = await attempt(again, another);
    if (await refusesToken(second)) helplessSince = performance.now();
    return second;
  };
}

/** A stream is read once: a copy of it would be all of it in memory. */
function isOnce(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body);
}

/** For so long after a refresh that did not help, no other is made: whatever refuses is not about the token. */
const HELPLESS_MS = 10_000;

/** GraphQL over HTTP serves nothing but queries in an address. */
const A_QUERY: AskedOperation = { isMutation: false, fields: 1 };

/** Whether a request may be sent once more after this answer, by which its token was refused: nothing was done. */
async function mayAskAgain(request: Request, response: Response): Promise<boolean> {
  const errors = (await readJson(response))?.errors;
  // The REST door refuses a token before it does anything.
  if (!errors) return true;
  const operation = request.method === 'GET' ? A_QUERY : operationOfBody(await request.clone().text());
  return mayRepeat({ operation, errors, unauthorized: true });
}

/**
 * Whether a 401 is the gateway's about the token: by its challenge (RFC 6750 section 3.1), or by the code and reason of
 * the GraphQL door. Any other is of something else on the same origin, or of a wrong password.
 */
async function refusesToken(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  if (/^Bearer\b.*\berror="?invalid_token\b/i.test(response.headers.get('www-authenticate') ?? '')) return true;
  const answer = await readJson(response);
  return readAuthErrors(answer?.errors).some(({ tokenRefused }) => tokenRefused);
}

async function saysDisabled(response: Response): Promise<boolean> {
  const answer = await readJson(response);
  return (
    // At the REST door the gateway's own code is beside the RFC's, which has none for a disabled account.
    answer?.code === ('INACTIVE_USER' satisfies AuthErrorCode) ||
    readAuthErrors(answer?.errors).some(({ accountDisabled }) => accountDisabled)
  );
}

/** Null for what is no JSON. */
async function readJson(response: Response): Promise<Refusing | null> {
  if (!/[/+]json\b/.test(response.headers.get('content-type') ?? '')) return null;
  // Not cloned before: of a clone that nobody reads, the body can never be cancelled.
  return (await response
    .clone()
    .json()
    .catch(() => null)) as Refusing | null;
}

interface Refusing {
  readonly errors?: NonNullable<Refused['errors']>;
  readonly code?: unknown;
}
