import type { AuthError } from './auth_error.ts';

/** What `createAuthClient` is given. */
export interface AuthClientOptions {
  /** The gateway's address, such as `https://auth.example.com`, without `/graphql`; in its own pages `location.origin`. */
  readonly url: string;
  /**
   * Where the refresh token is kept: in the HttpOnly cookie, which no script can read, or by this program. A browser's
   * default is the cookie, that of any other program, and of a page with a `storage`, is `memory`.
   */
  readonly refreshToken?: 'cookie' | 'memory';
  /** Where a program keeps its refresh token and its device token between two runs; without it, both are in memory alone. */
  readonly storage?: AuthStorage;
  /** What speaks HTTP; the platform's own unless given. */
  readonly fetch?: typeof fetch;
}

/** The part of the Web Storage API that is used. The tokens in it sign in: use a keychain, or a file of mode 0600. */
export interface AuthStorage {
  getItem(key: string): Promise<string | null | undefined> | string | null | undefined;
  setItem(key: string, value: string): Promise<unknown> | void;
  removeItem(key: string): Promise<unknown> | void;
}

/** `unknown` until the first silent refresh has been answered. */
export type AuthState = 'unknown' | 'signed-in' | 'signed-out';

/**
 * The cause of a change. `restored`: the first silent refresh has been answered, by a session or by none; `ended`: the
 * server ended the session, or disabled the account; `elsewhere`: another tab did it; `role`: the same session has another
 * role.
 */
export type AuthChangeReason = 'login' | 'restored' | 'logout' | 'ended' | 'elsewhere' | 'role';

/**
 * What a sign-out has still to do: `sending`, or `owed` where the gateway could not be told, so that the session lives on
 * there and in the browser's cookie.
 */
export type PendingLogout = 'sending' | 'owed';

export interface AuthEvents {
  /** Signed in, signed out, signed in as somebody else, or with another role. */
  change: { readonly state: AuthState; readonly reason: AuthChangeReason };
  /** Another access token, of the same session and role: here or in another tab. */
  refresh: { readonly expiresAt: Date };
  /** Another `pendingLogout`. */
  logout: { readonly pending: PendingLogout | undefined };
  /** Another `failure`. */
  failure: { readonly error: AuthError | undefined };
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Signs a person or a program in, and keeps an access token fresh for as long as the session lasts. The access token is in
 * memory only; one refresh at a time, over all tabs of a browser.
 */
export interface AuthClient {
  readonly state: AuthState;
  /**
   * Resolves to the state once the first silent refresh has been answered, or to `unknown` where that has failed or takes
   * more than ten seconds: then `failure` says why, and it is tried again. Never rejects.
   */
  readonly ready: Promise<AuthState>;
  /** What keeps the kit from refreshing, or a storage from keeping; undefined where nothing does. */
  readonly failure: AuthError | undefined;
  /** Who is signed in, as the access token says; undefined where nobody is. Not proof of anything: the server decides. */
  readonly user: { readonly username: string; readonly role: string } | undefined;
  /**
   * Throws an AuthError: a wrong password, a limit (`retryAfter`), a server that is away, a browser that keeps no cookie
   * of the gateway (`COOKIE_NOT_KEPT`). Calls with the same credentials at the same time are one.
   */
  login(credentials: Credentials): Promise<void>;
  /**
   * Ends the session here and in all tabs, also where the server cannot be told: then it throws, after forgetting. It is
   * tried again after a while, at the `online` event, and by the next client in the same browser or of the same storage.
   */
  logout(): Promise<void>;
  /** What a sign-out has still to do; undefined where nothing. */
  readonly pendingLogout: PendingLogout | undefined;
  /**
   * A token with some time left, refreshed before where need be; undefined where nobody is signed in.
   * Throws an AuthError where there is none that lives and none to be had at the moment.
   * @param options.force another one even where the present one looks good: the server has refused it
   * @param options.refused the one that the server has refused: any other of the same person will do,
   * and of somebody else, who has signed in meanwhile, none
   */
  getAccessToken(options?: { readonly force?: boolean; readonly refused?: string }): Promise<string | undefined>;
  /** Whether an address is below the gateway's, which alone the token is for. A page's relative ones are its own. */
  isFor(url: string | URL): boolean;
  /**
   * For transports of your own: the server has answered INACTIVE_USER to this token. Whoever it is of is signed out, here
   * and in all tabs; nothing happens where another token is in use by now.
   */
  dropSession(token: string): void;
  /**
   * For transports of your own: what the server has answered to this token. Its header `Gatehouse-Token` says where another
   * one is to be asked for: the role has changed, or the session ended.
   */
  noteAnswer(answer: { readonly headers: Pick<Headers, 'get'> }, token: string): void;
  /**
   * As the platform's, for addresses below the gateway's alone, to which relative ones are resolved, with a slash in front
   * or without: with the token, and once more with another after a 401, unless the body is a stream. Rejects with a
   * TypeError for any other address and for a redirect, and with an AuthError where a token must be refreshed first and
   * cannot be.
   */
  fetch: typeof fetch;
  /** Answers what takes the listener off again. */
  on<Event extends keyof AuthEvents>(event: Event, listener: (detail: AuthEvents[Event]) => void): () => void;
  /**
   * Takes up again what `close` let go of, and may be called as often as you like. A listener that is added does so by
   * itself: effects that run twice close a client that is still in use.
   */
  open(): void;
  /** Lets go of the timer and the channel to other tabs. The session goes on, and every call still works. */
  close(): void;
}
