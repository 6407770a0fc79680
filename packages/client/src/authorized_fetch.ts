import { isBelow, resolveAddress } from './address.ts';
import { type AskedOperation, operationOfBody } from './asked_operation.ts';
import { type AuthError, type AuthErrorCode, readAuthErrors } from './auth_error.ts';
import type { AuthClient } from './auth_client.ts';
import { mayRepeat, type Refused, stepUpOf } from './may_repeat.ts';

/** The default `Accept` header. With `application/json` alone, the GraphQL door answers refusals with status 200. */
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9, */*;q=0.8';

type AuthorizedFetchParts = Pick<AuthClient, 'getAccessToken' | 'dropSession' | 'noteAnswer' | 'stepUp'>;

/**
 * Creates a `fetch` that sends the token, only to addresses below the gateway's. Relative addresses resolve to the
 * gateway, with or without a leading slash. Threat: another address or a redirect would send the token to another
 * server, so both reject with a TypeError. It rejects with an AuthError if a token must be refreshed first and cannot
 * be.
 */
export function createAuthorizedFetch(
  base: URL,
  { getAccessToken, dropSession, noteAnswer, stepUp }: AuthorizedFetchParts,
  send: typeof fetch,
): typeof fetch {
  /** The time at which a new token was refused like the old one, by the monotonic clock. */
  let helplessSince = -Infinity;

  return async (input, init) => {
    const isRequest = input instanceof Request;
    const url = resolveAddress(isRequest ? input.url : input, base);
    if (!isBelow(url, base)) {
      throw new TypeError(`The token is for ${base.href} alone: ask ${url.origin}${url.pathname} by another fetch`);
    }
    const request = new Request(isRequest ? input : url, init);
    // A request with its own header keeps it.
    if (request.headers.has('authorization')) return send(request);

    const isRepeatable = !isOnce(init?.body);
    const attempt = (token: string | undefined) => {
      const from = isRepeatable ? request.clone() : request;
      const headers = new Headers(from.headers);
      if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
      if (headers.get('accept') === null || headers.get('accept') === '*/*') headers.set('accept', ACCEPT);
      return send(new Request(from, { headers, redirect: from.redirect === 'follow' ? 'error' : from.redirect }));
    };

    const token = await getAccessToken();
    const response = await attempt(token);
    if (token === undefined) return response;
    noteAnswer(response, token);
    if (response.status === 400 && (await saysDisabled(response))) dropSession(token);
    if (!isRepeatable) return response;
    const answered = await renew({ response, token });
    return confirm(answered);

    /** Repeats the request with a new token if the first one was refused. */
    async function renew(first: Answered): Promise<Answered> {
      const { response, token } = first;
      if (performance.now() - helplessSince < HELPLESS_MS || !(await refusesToken(response))) return first;
      const repeats = await mayAskAgain(request, response);
      const another = await getAccessToken({ refused: token }).catch((error: unknown) => {
        // Without a repetition, the refresh only finds out whether the session has ended.
        if (repeats) throw error;
      });
      if (!repeats || another === undefined || another === token) return first;
      await response.body?.cancel();
      const second = await attempt(another);
      if (await refusesToken(second)) helplessSince = performance.now();
      return { response: second, token: another };
    }

    /** Repeats the request once the user has confirmed who they are, if it was refused for that. */
    async function confirm({ response, token }: Answered): Promise<Response> {
      const refusal = await readStepUp(request, response);
      if (!refusal || !(await stepUp(refusal, token))) return response;
      const confirmed = await getAccessToken({ refused: token });
      if (confirmed === undefined) return response;
      await response.body?.cancel();
      return attempt(confirmed);
    }
  };
}

/** A response, and the token of its request. */
interface Answered {
  readonly response: Response;
  readonly token: string;
}

/** Returns whether a body is a stream, which can be read only once. A copy would keep all of it in memory. */
function isOnce(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body);
}

/** Milliseconds without another refresh after one that did not help: the token is not the cause of the refusal. */
const HELPLESS_MS = 10_000;

/** A GET request. GraphQL over HTTP allows only queries in a URL. */
const A_QUERY: AskedOperation = { isMutation: false, fields: 1 };

/** Returns whether a request may be repeated after this answer refused its token, because nothing was executed. */
async function mayAskAgain(request: Request, response: Response): Promise<boolean> {
  const errors = (await readJson(response))?.errors;
  // The REST door refuses a token before it does anything.
  if (!errors) return true;
  return mayRepeat({ operation: await operationIn(request), errors, unauthorized: true });
}

/** Returns the refusal with which a response asks for a newer or stronger authentication. */
async function readStepUp(request: Request, response: Response): Promise<AuthError | undefined> {
  if (response.status !== 401) return undefined;
  const errors = (await readJson(response))?.errors;
  return errors && stepUpOf({ operation: await operationIn(request), errors });
}

async function operationIn(request: Request): Promise<AskedOperation | undefined> {
  return request.method === 'GET' ? A_QUERY : operationOfBody(await request.clone().text());
}

/**
 * Returns whether a 401 refuses the token: by its challenge (RFC 6750 section 3.1), or by the code and the reason of
 * the GraphQL door. Any other 401 means a wrong password, or is from another program on the same origin.
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
    // The RFCs have no code for a disabled account, so the REST door adds the gateway's code.
    answer?.code === ('INACTIVE_USER' satisfies AuthErrorCode) ||
    readAuthErrors(answer?.errors).some(({ accountDisabled }) => accountDisabled)
  );
}

/** Returns the JSON of an answer; null for other content. */
async function readJson(response: Response): Promise<Refusing | null> {
  if (!/[/+]json\b/.test(response.headers.get('content-type') ?? '')) return null;
  // Cloned only for JSON: the body of a response cannot be cancelled while a clone is unread.
  return (await response
    .clone()
    .json()
    .catch(() => null)) as Refusing | null;
}

interface Refusing {
  readonly errors?: NonNullable<Refused['errors']>;
  readonly code?: unknown;
}
