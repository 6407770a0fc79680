import { AuthError, errorOfStatus, type GraphqlErrorLike, readAuthErrors } from './auth_error.ts';
import { type AccessToken, readAccessToken } from './access_token.ts';
import { SignInDocument, SignOutDocument, StaySignedInDocument, type TypedDocumentString } from './operations.ts';

export interface Tokens {
  readonly access: AccessToken;
  /** Null where the cookie carries it. */
  readonly refresh: string | null;
}

/** The operations that make, prolong and end a session. All throw an AuthError. */
export interface Gateway {
  login(username: string, password: string): Promise<Tokens>;
  /** @param refreshToken null: the cookie's */
  refresh(refreshToken: string | null, signal: AbortSignal): Promise<Tokens>;
  /** Ends the sessions that are shown. @param cookie false: spares the one in the cookie, which is another by now */
  logout(shown: { refreshToken: string | null; accessToken: string | undefined; cookie: boolean }): Promise<void>;
}

interface Sending {
  readonly accessToken?: string | undefined;
  readonly credentials?: 'include' | 'omit';
  readonly signal?: AbortSignal;
}

/** A gateway that says nothing for so long is away: other tabs wait for their turn meanwhile. */
const PATIENCE_MS = 30_000;

/** @param url the address of the GraphQL door @param cookie whether the refresh token is in the cookie */
export function createGateway(url: URL, cookie: boolean, send: typeof fetch): Gateway {
  const credentials = cookie ? 'include' : 'omit';

  async function ask<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    { accessToken, signal, ...how }: Sending = {},
  ): Promise<Data> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    let response: Response;
    let answer: { data?: Data | null; errors?: readonly GraphqlErrorLike[] } | undefined;
    try {
      response = await send(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
          ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
        },
        body: JSON.stringify({ query: document.toString(), variables }),
        credentials,
        // A page that is left right after signing out has its request go on.
        keepalive: true,
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        ...how,
      });
      answer = parse(await response.text());
    } catch (cause) {
      throw new AuthError('UNREACHABLE', 'The gateway cannot be reached', { cause });
    }
    const [refusal] = readAuthErrors(answer?.errors);
    if (refusal) throw refusal;
    if (answer?.data == null) throw errorOfStatus(response.status, response.headers);
    return answer.data;
  }

  async function tokens(asking: Promise<{ tokens: Delivered }>, since: number): Promise<Tokens> {
    const { accessToken, expiresIn, refreshToken } = (await asking).tokens;
    try {
      return { access: readAccessToken(accessToken, expiresIn * 1000, since), refresh: refreshToken };
    } catch (cause) {
      throw new AuthError('UNREACHABLE', "The answer is not the gateway's", { cause });
    }
  }

  return {
    login: (username, password) =>
      tokens(ask(SignInDocument, { username, password, delivery: cookie ? 'COOKIE' : 'BODY' }), Date.now()),
    refresh: (refreshToken, signal) => tokens(ask(StaySignedInDocument, { refreshToken }, { signal }), Date.now()),
    async logout({ refreshToken, accessToken, cookie: withCookie }) {
      await ask(SignOutDocument, { refreshToken }, { accessToken, ...(withCookie ? {} : { credentials: 'omit' }) });
    },
  };
}

interface Delivered {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly refreshToken: string | null;
}

/** Undefined for what is no JSON object. */
function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
