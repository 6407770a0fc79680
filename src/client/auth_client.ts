/** What `createAuthClient` is given. */
export interface AuthClientOptions {
  /** The gateway's address, such as `https://auth.example.com`; in a browser also `location.origin`. */
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

/** Why it became what it is. `ended`: the server took the session back; `elsewhere`: another tab did it. */
export type AuthChangeReason = 'login' | 'restored' | 'logout' | 'ended' | 'elsewhere';

export interface AuthEvents {
  /** Signed in, signed out, or signed in as somebody else. */
  change: { readonly state: AuthState; readonly reason: AuthChangeReason };
  /** Another access token, of the same session: here or in another tab. */
  refresh: { readonly expiresAt: Date };
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
  /** Ends the session here and in all tabs, also where the server cannot be told (then it throws, after forgetting). */
  logout(): Promise<void>;
  /**
   * A token with some time left, refreshed before where need be; undefined where nobody is signed in.
   * @param options.force another one even where the present one looks good: the server has refused it
   */
  getAccessToken(options?: { readonly force?: boolean }): Promise<string | undefined>;
  /** As the platform's, to the gateway's address alone: with the token, and once more with another after a 401. */
  fetch: typeof fetch;
  /** Answers what takes the listener off again. */
  on<Event extends keyof AuthEvents>(event: Event, listener: (detail: AuthEvents[Event]) => void): () => void;
  /** Lets go of the timer and the channel to other tabs. The session goes on. */
  close(): void;
}
