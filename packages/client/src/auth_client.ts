import type { AuthError } from './auth_error.ts';
import type { OnReauthentication, OnSecondFactor, Reauthentication, SecondFactor } from './factors.ts';

/** The options of `createAuthClient`. */
export interface AuthClientOptions {
  /**
   * The gateway's address without `/graphql`, such as `https://auth.example.com`. Its own pages use `location.origin`.
   */
  readonly url: string;
  /**
   * The place of the refresh token: the HttpOnly cookie, which no script can read, or this program. The default is
   * `cookie` in a browser without a `storage`, and `memory` otherwise.
   */
  readonly refreshToken?: 'cookie' | 'memory';
  /**
   * Stores the refresh token and the device token of a program between two runs. Without it, both are only in memory.
   */
  readonly storage?: AuthStorage;
  /**
   * Asks for the second factor of an account that has one. Without it, `login` of such an account fails with
   * `SECOND_FACTOR_REQUIRED`.
   */
  readonly onSecondFactor?: OnSecondFactor;
  /**
   * Asks the user to confirm who they are, once for all operations that were refused with `REAUTHENTICATION_REQUIRED`.
   * Each of them is then repeated once. Without it, they fail.
   */
  readonly onReauthentication?: OnReauthentication;
  /** The `fetch` to use; by default that of the platform. */
  readonly fetch?: typeof fetch;
}

/** The used part of the Web Storage API. Threat: its tokens allow sign-in, so use a keychain or a file of mode 0600. */
export interface AuthStorage {
  getItem(key: string): Promise<string | null | undefined> | string | null | undefined;
  setItem(key: string, value: string): Promise<unknown> | void;
  removeItem(key: string): Promise<unknown> | void;
}

/** The state of the client; `unknown` until the first silent refresh is answered. */
export type AuthState = 'unknown' | 'signed-in' | 'signed-out';

/**
 * The cause of a change. `restored`: the first silent refresh is answered, with or without a session. `ended`: the
 * server ended the session or disabled the account. `elsewhere`: another tab changed it. `role`: the session has a new
 * role.
 */
export type AuthChangeReason = 'login' | 'restored' | 'logout' | 'ended' | 'elsewhere' | 'role';

/**
 * The state of an unfinished sign-out. `sending`: the request is under way. `owed`: the gateway could not be reached,
 * so the session still exists there and in the cookie of the browser.
 */
export type PendingLogout = 'sending' | 'owed';

export interface AuthEvents {
  /** A sign-in, a sign-out, a change of the user or a change of the role. */
  change: { readonly state: AuthState; readonly reason: AuthChangeReason };
  /** A new access token of the same session and role, from this tab or another. */
  refresh: { readonly expiresAt: Date };
  /** A new value of `pendingLogout`. */
  logout: { readonly pending: PendingLogout | undefined };
  /** A new value of `failure`. */
  failure: { readonly error: AuthError | undefined };
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface PasskeySignInOptions {
  /** Offers passkeys in the autofill of a form, beside `autocomplete="username webauthn"`, instead of a dialog. */
  readonly autofill?: boolean;
  /** Ends the dialog or the offer. */
  readonly signal?: AbortSignal;
}

/** Passkeys of a browser. In a program, each call fails with `PASSKEY_FAILED`. */
export interface Passkeys {
  readonly isSupported: boolean;
  /** Returns whether a form can offer passkeys in its autofill. */
  hasAutofill(): Promise<boolean>;
  /**
   * Signs in with a passkey alone, without a name. An offer by autofill lasts until the user takes it.
   * @throws AuthError `PASSKEY_FAILED` if the browser gives none, and the refusals of the gateway
   */
  login(options?: PasskeySignInOptions): Promise<void>;
  /** Adds a passkey of this device to the account. It needs a fresh authentication. @throws AuthError */
  add(name: string): Promise<{ readonly id: string; readonly name: string }>;
}

/** The token of a mailed link, or the code that the mail shows beside it. */
export type MailedProof =
  | { readonly token: string }
  | {
      readonly code: string;
      /** The user name or the address; not needed for the account that is signed in. */
      readonly account?: string;
    };

/** Password reset and verification of the e-mail address. @throws AuthError */
export interface AccountHelp {
  /** Sends a mail for a new password. It succeeds in the same way for accounts that do not exist. */
  requestPasswordReset(account: string): Promise<void>;
  /** Sets a new password, by the token of the mailed link or by the code and the account. It ends all sessions. */
  resetPassword(
    reset: ({ readonly token: string } | { readonly code: string; readonly account: string }) & {
      readonly newPassword: string;
    },
  ): Promise<void>;
  /** Sends a mail that verifies the user's address. */
  requestEmailVerification(): Promise<void>;
  /** Verifies an address. */
  verifyEmail(proof: MailedProof): Promise<void>;
}

/**
 * Signs a user in and keeps the access token fresh while the session lasts. The access token is only in memory. All
 * tabs of a browser together run one refresh at a time.
 */
export interface AuthClient {
  readonly state: AuthState;
  /**
   * Resolves to the state once the first silent refresh is answered. Resolves to `unknown` if it fails or takes more
   * than ten seconds. `failure` then has the reason, and the client retries. Never rejects.
   */
  readonly ready: Promise<AuthState>;
  /** The current error of refreshing or of the storage; undefined without one. */
  readonly failure: AuthError | undefined;
  /** The user in the access token; undefined while signed out. Unverified: only the server decides. */
  readonly user: { readonly username: string; readonly role: string } | undefined;
  /**
   * Signs in with a password. Concurrent calls with the same credentials share one request.
   * @throws AuthError `SECOND_FACTOR_REQUIRED` if the account has a second factor and `onSecondFactor` gives none:
   *   `nextStep` continues the sign-in
   * @throws AuthError for a wrong password, a limit (`retryAfter`), a server that is away, and a browser that does not
   *   keep the cookie of the gateway (`COOKIE_NOT_KEPT`)
   */
  login(credentials: Credentials): Promise<void>;
  readonly passkeys: Passkeys;
  readonly account: AccountHelp;
  /**
   * Confirms who the user is, and gets a new access token of the same session.
   * @throws AuthError for a wrong factor, and while signed out
   */
  reauthenticate(factors: Reauthentication): Promise<void>;
  /**
   * Asks `onReauthentication` because the gateway refused an operation, and returns whether to repeat it once. All
   * refusals at a time share one question. Call it from custom transports.
   * @param token the token of the refused operation
   * @throws AuthError if the user cannot be confirmed
   */
  stepUp(refusal: AuthError, token: string): Promise<boolean>;
  /**
   * Continues a sign-in with its second factor. Concurrent calls with the same factor share one request.
   * @param ticket the ticket of `nextStep`
   * @throws AuthError `BAD_USER_INPUT` for a wrong factor, and for a ticket that is over: `fields` has `ticket` and
   *   `EXPIRED`, and the sign-in begins again. Otherwise as `login`
   */
  completeLogin(ticket: string, factor: SecondFactor): Promise<void>;
  /**
   * Ends the session here and in all tabs, even if the server cannot be reached. The request is then repeated later:
   * after a while, at the `online` event, and by the next client of the same browser or storage.
   * @throws AuthError if the server cannot be reached, after the session was forgotten here
   */
  logout(): Promise<void>;
  /** The state of an unfinished sign-out; undefined without one. */
  readonly pendingLogout: PendingLogout | undefined;
  /**
   * Returns an access token with some lifetime left, refreshed if necessary; undefined while signed out.
   * @param options.force requests a new token even if the current one looks valid, because the server refused it
   * @param options.refused the token that the server refused. Any other token of the same user is returned, and none if
   *   another user has signed in since
   * @throws AuthError if no token is valid and none can be obtained now
   */
  getAccessToken(options?: { readonly force?: boolean; readonly refused?: string }): Promise<string | undefined>;
  /** Returns whether an address is below the gateway's and may get the token. Relative addresses belong to the page. */
  isFor(url: string | URL): boolean;
  /**
   * Signs the user out here and in all tabs, after the server answered INACTIVE_USER to this token. It does nothing if
   * another token is in use by now. Call it from custom transports.
   */
  dropSession(token: string): void;
  /**
   * Reads the header `Gatehouse-Token` of an answer to this token, and requests a new token if the role has changed or
   * the session has ended. Call it from custom transports.
   */
  noteAnswer(answer: { readonly headers: Pick<Headers, 'get'> }, token: string): void;
  /**
   * Sends requests like the platform's `fetch`, with the token. Relative addresses resolve to the gateway, with or
   * without a leading slash. After a 401 it repeats the request once with a new token, unless the body is a stream.
   * @throws TypeError for an address that is not below the gateway's, and for a redirect
   * @throws AuthError if a token must be refreshed first and cannot be
   */
  fetch: typeof fetch;
  /** Adds a listener. @returns a function that removes it */
  on<Event extends keyof AuthEvents>(event: Event, listener: (detail: AuthEvents[Event]) => void): () => void;
  /**
   * Reopens a closed client. Repeated calls are harmless. Adding a listener reopens it too, because effects that run
   * twice close a client that is still in use.
   */
  open(): void;
  /** Releases the timer and the channel to other tabs. The session continues, and every call still works. */
  close(): void;
}
