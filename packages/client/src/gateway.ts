import { AuthError, errorOfStatus, type GraphqlErrorLike, readAuthErrors } from './auth_error.ts';
import { type AccessToken, readAccessToken } from './access_token.ts';
import { createDeadline } from './deadline.ts';
import { SignInDocument, SignOutDocument, StaySignedInDocument, type TypedDocumentString } from './operations.ts';

export interface Tokens {
  readonly access: AccessToken;
  /** Null where the cookie carries it. */
  readonly refresh: string | null;
}

export interface LoginTokens extends Tokens {
  /** Makes this device known at its next sign-in; null where the cookie carries it, or a proxy took the header out. */
  readonly device: string | null;
}

/** The operations that make, prolong and end a session. All throw an AuthError. */
export interface GatewayApi {
  /** @param device the device token of an earlier sign-in, where this program keeps one */
  login(username: string, password: string, device?: string): Promise<LoginTokens>;
  /** @param refreshToken null: the cookie's */
  refresh(refreshToken: string | null, signal?: AbortSignal): Promise<Tokens>;
  /** Ends the sessions that are shown. @param cookie false: spares the one in the cookie, which is another by now */
  logout(shown: { refreshToken: string | null; accessToken: string | undefined; cookie: boolean }): Promise<void>;
}

interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: 'include' | 'omit';
  readonly signal?: AbortSignal | undefined;
}

/** A gateway that says nothing for so long is away: other tabs wait for their turn meanwhile. */
const PATIENCE_MS = 30_000;

const DEVICE = 'gatehouse-device';

/**
 * A refused silent refresh is no fault, but a browser's console prints every answer of 400 and more as one. Under this type
 * an executed operation is answered 200, and its code says the rest.
 */
const WITHOUT_STATUS = { accept: 'application/json' };

/** @param url the address of the GraphQL door @param cookie whether the refresh token is in the cookie */
export function createGateway(url: URL, cookie: boolean, send: typeof fetch): GatewayApi {
  const credentials = cookie ? 'include' : 'omit';

  async function ask<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    { headers, signal, ...how }: Sending = {},
  ): Promise<{ data: Data; headers: Headers }> {
    const deadline = createDeadline(PATIENCE_MS, signal);
    const request = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...headers,
      },
      body: JSON.stringify({ query: document.toString(), variables }),
      credentials,
      // A page that is left right after signing out has its request go on.
      keepalive: true,
      redirect: 'error',
      signal: deadline.signal,
      ...how,
    } as const;
    const { response, text } = await receive(request).finally(deadline.clear);
    const answer: { data?: Data | null; errors?: readonly GraphqlErrorLike[] } | undefined = parse(text);
    const [refusal] = readAuthErrors(answer?.errors);
    if (refusal) throw refusal;
    if (answer?.data == null) throw errorOfStatus(response.status, response.headers);
    return { data: answer.data, headers: response.headers };
  }

  async function receive(request: RequestInit): Promise<{ response: Response; text: string }> {
    try {
      const response = await send(url, request);
      return { response, text: await response.text() };
    } catch (cause) {
      throw faultOf(cause, 'The gateway cannot be reached');
    }
  }

  return {
    async login(username, password, device) {
      const since = Date.now();
      const delivery = cookie ? 'COOKIE' : 'BODY';
      // A page that sends the header gets the new token as the same header.
      const shown = cookie ? {} : { [DEVICE]: device ?? 'none' };
      const { data, headers } = await ask(SignInDocument, { username, password, delivery }, { headers: shown });
      return { ...tokensOf(data.tokens, since), device: headers.get(DEVICE) };
    },
    async refresh(refreshToken, signal) {
      const since = Date.now();
      const { data } = await ask(StaySignedInDocument, { refreshToken }, { signal, headers: WITHOUT_STATUS });
      return tokensOf(data.tokens, since);
    },
    async logout({ refreshToken, accessToken, cookie: withCookie }) {
      const headers = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
      await ask(SignOutDocument, { refreshToken }, { headers, ...(withCookie ? {} : { credentials: 'omit' }) });
    },
  };
}

interface Delivered {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly refreshToken: string | null;
}

function tokensOf({ accessToken, expiresIn, refreshToken }: Delivered, since: number): Tokens {
  try {
    return { access: readAccessToken(accessToken, expiresIn * 1000, since), refresh: refreshToken };
  } catch (cause) {
    throw faultOf(cause, "The answer is not the gateway's");
  }
}

/** What a platform lacks says nothing about the gateway: it is thrown as it is. */
function faultOf(cause: unknown, message: string): Error {
  return cause instanceof ReferenceError ? cause : new AuthError('UNREACHABLE', message, { cause });
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
