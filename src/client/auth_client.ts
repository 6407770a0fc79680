/** What `createAuthClient` is given. */
export interface AuthClientOptions {
  /** The gateway's address, such as `https://auth.example.com`, without `/graphql`; in its own pages `location.origin`. */
  readonly url: string;
  /**
   * Where the refresh token is kept: in the HttpOnly cookie, which no script can read, or in this program's memory.
   * A browser's default is the cookie, any other program's its memory.
   */
  readonly refreshToken?: 'cookie' | 'memory';
  /** What speaks HTTP; the platform's own unless given. */
  readonly fetch?: typeof fetch;
}

/** `unknown` until the first silent refresh has been answered. */
export type AuthState = 'unknown' | 'signed-in' | 'signed-out';

/**
 * Why it became what it is. `restored`: the first silent refresh has been answered, so or so; `ended`: the server took the
 * session back, or disabled the account; `elsewhere`: another tab did it.
 */
export type AuthChangeReason = 'login' | 'restored' | 'logout' | 'ended' | 'elsewhere';

/**
 * What a sign-out has still to do: `sending`, or `owed` where the gateway could not be told, so that the session lives on
 * there and in the browser's cookie.
 */
export type PendingLogout = 'sending' | 'owed';

export interface AuthEvents {
  /** Signed in, signed out, or signed in as somebody else. */
  change: { readonly state: AuthState; readonly reason: AuthChangeReason };
  /** Another access token, of the same session: here or in another tab. */
  refresh: { readonly expiresAt: Date };
  /** Where the refresh token is in the cookie: another `pendingLogout`. */
  logout: { readonly pending: PendingLogout | undefined };
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
  /** Resolves once the first silent refresh has been answered: to what it came to. Never rejects. */
  readonly ready: Promise<AuthState>;
  /** Who is signed in, as the access token says; undefined where nobody is. Not proof of anything: the server decides. */
  readonly user: { readonly username: string; readonly role: string } | undefined;
  /** Throws an AuthError: a wrong password, a limit (`retryAfter`), a server that is away. */
  login(credentials: Credentials): Promise<void>;
  /**
   * Ends the session here and in all tabs, also where the server cannot be told: then it throws, after forgetting. Calling
   * it again tells the server again; a browser's next client does so by itself before anything else.
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
  /** Whether an address is of the gateway's origin, the only one that the token is for. A page's relative ones are its own. */
  isFor(url: string | URL): boolean;
  /**
   * For transports of your own: the server has answered INACTIVE_USER to this token. Whoever it is of is signed out, here
   * and in all tabs; nothing happens where another token is in use by now.
   */
  dropSession(token: string): void;
  /**
   * As the platform's, for the gateway's origin alone, which relative addresses are of: with the token, and once more with
   * another after a 401, unless the body is a stream. Rejects with a TypeError for any other origin and for a redirect,
   * and with an AuthError where a token must be refreshed first and cannot be.
   */
  fetch: typeof fetch;
  /** Answers what takes the listener off again. */
  on<Event extends keyof AuthEvents>(event: Event, listener: (detail: AuthEvents[Event]) => void): () => void;
  /** Lets go of the timer and the channel to other tabs. The session goes on. */
  close(): void;
}
