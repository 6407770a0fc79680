import { AuthError, errorOfStatus, type GraphqlErrorLike, readAuthErrors } from './auth_error.ts';
import { type AccessToken, readAccessToken } from './access_token.ts';
import { createDeadline } from './deadline.ts';
import type { Credentials } from './auth_client.ts';
import type { Reauthentication, SecondFactor } from './factors.ts';
import {
  CompleteSignInDocument,
  ReauthenticateDocument,
  type RefreshTokenDelivery,
  SignInDocument,
  type SignInMutation,
  SignInWithPasskeyDocument,
  SignOutDocument,
  StartPasskeySignInDocument,
  StaySignedInDocument,
  type TypedDocumentString,
} from './operations.ts';

export interface Tokens {
  readonly access: AccessToken;
  /** Null if it is in the cookie. */
  readonly refresh: string | null;
}

export interface LoginTokens extends Tokens {
  /** Identifies this device at its next sign-in; null if it is in the cookie, or if a proxy removed the header. */
  readonly device: string | null;
}

/** A passkey's challenge, and the options for the browser that contain it. */
export interface PasskeyChallenge {
  readonly challenge: string;
  readonly options: unknown;
}

/** The response of a browser to the challenge of a passkey. */
export interface PasskeyResponse {
  readonly challenge: string;
  readonly response: unknown;
}

/** The operations that open, refresh and end a session. @throws AuthError */
export interface GatewayApi {
  /** Runs an operation that needs no session. */
  ask<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<Data>;
  /** Opens a session. @param device the device token of an earlier sign-in, if the program stores one */
  login(credentials: Credentials, device?: string): Promise<LoginTokens>;
  /** Continues a sign-in that was refused with a ticket. */
  completeLogin(shown: { ticket: string; factor: SecondFactor }, device?: string): Promise<LoginTokens>;
  /** Starts a sign-in with a passkey. @param ticket that of a sign-in for which the passkey is the second factor */
  startPasskey(ticket?: string): Promise<PasskeyChallenge>;
  /** Opens a session with a passkey alone. */
  loginWithPasskey(shown: PasskeyResponse, device?: string): Promise<LoginTokens>;
  /** Confirms who the user of an access token is. Returns a new one of the same session. */
  reauthenticate(factors: Reauthentication, accessToken: string): Promise<AccessToken>;
  /** Refreshes a session. @param refreshToken null for the one in the cookie */
  refresh(refreshToken: string | null, signal?: AbortSignal): Promise<Tokens>;
  /**
   * Ends the sessions of these tokens.
   * @param cookie false keeps the session in the cookie, which is another one by now
   */
  logout(shown: { refreshToken: string | null; accessToken: string | undefined; cookie: boolean }): Promise<void>;
}

interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: 'include' | 'omit';
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds after which a silent gateway counts as unreachable. Other tabs wait for their turn meanwhile. */
const PATIENCE_MS = 30_000;

const DEVICE = 'gatehouse-device';

/**
 * The header that makes executed operations answer with status 200. A browser console prints every status from 400 as
 * an error, but a refused silent refresh is normal. The error code identifies it.
 */
const WITHOUT_STATUS = { accept: 'application/json' };

/**
 * Creates the operations on a gateway.
 * @param url the address of the GraphQL door
 * @param cookie true if the refresh token is in the cookie
 */
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
      // Lets the request continue if the user leaves the page right after signing out.
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

  async function open<Variables>(
    document: TypedDocumentString<SignInMutation, Variables & { delivery: RefreshTokenDelivery }>,
    variables: Variables,
    device: string | undefined,
  ): Promise<LoginTokens> {
    const since = Date.now();
    // A client that sends the header gets the new token in the same header.
    const shown = cookie ? {} : { [DEVICE]: device ?? 'none' };
    const delivery = cookie ? 'COOKIE' : 'BODY';
    const { data, headers } = await ask(document, { ...variables, delivery }, { headers: shown });
    return { ...tokensOf(data.tokens, since), device: headers.get(DEVICE) };
  }

  return {
    login: ({ username, password }, device) => open(SignInDocument, { username, password }, device),
    ask: async (document, variables) => (await ask(document, variables)).data,
    async startPasskey(ticket) {
      return (await ask(StartPasskeySignInDocument, { ticket })).data.asked;
    },
    loginWithPasskey: ({ challenge, response }, device) =>
      open(SignInWithPasskeyDocument, { challenge, response }, device),
    async reauthenticate(factors, accessToken) {
      const since = Date.now();
      const headers = { authorization: `Bearer ${accessToken}` };
      const { data } = await ask(ReauthenticateDocument, factors, { headers });
      return tokensOf(data.tokens, since).access;
    },
    completeLogin: ({ ticket, factor }, device) => open(CompleteSignInDocument, { ticket, ...factor }, device),
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

/**
 * Returns the error to throw. A ReferenceError stays unchanged: the platform lacks an API, and the gateway is not at
 * fault.
 */
function faultOf(cause: unknown, message: string): Error {
  return cause instanceof ReferenceError ? cause : new AuthError('UNREACHABLE', message, { cause });
}

/** Returns the JSON object of a text; undefined for other text. */
function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
