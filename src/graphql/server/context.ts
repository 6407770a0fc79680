import type { Invocation, UserActor } from '../../kernel/actor.ts';
import type { StepUp } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Caller, Principal } from '../../application/authentication/principal.ts';
import type { ListedFactors } from '../../application/factors/list_factors.ts';
import type { ListedSession } from '../../application/sessions/own_sessions.ts';
import type { LiveUser } from '../../users/live_users.ts';
import type { UserKey } from '../../users/users.ts';

/** One request, as resolvers and rules see it. Nothing in it is shared between requests. */
export interface Context {
  readonly origin: RequestInfo;
  /**
   * Returns the caller. The look-up runs at most once a request, and only when a rule needs it, so that a bad token
   * does not fail a public field.
   * @throws CREDENTIALS, or SERVICE_UNAVAILABLE if a store is away
   */
  caller(): Promise<Caller>;
  /** Returns the user of the caller. @throws as {@link caller}, and FORBIDDEN for a program without a user */
  principal(): Promise<Principal>;
  /** Returns the user of the caller, also one who may only set up a second factor. @throws as {@link caller}, FORBIDDEN */
  enrollee(): Promise<Principal>;
  /** Returns the authentication that a refused field asks the caller for. @throws as {@link enrollee} */
  stepUp(): Promise<StepUp>;
  /** The {@link principal} as the actor of a use case. */
  by(): Promise<Invocation<UserActor>>;
  /** Returns a header by its lower-case name; undefined if it was not sent. */
  header(name: string): string | undefined;
  /** The variables of a request that has them in its URL, with exact numbers. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Notes the name of a valid operation, for the log and the metrics. */
  noteOperation?(name: string): void;
  /** Notes the code of an error in the answer, for the log and the metrics. */
  noteCode?(code: string): void;
  readonly refreshCookie: RefreshCookie;
  /** Sends the device of the caller the token that recognises it from now on. */
  giveDevice(token: string): void;
  /** Returns the sessions of an account, by its id. Look-ups of one request share a query. */
  sessionsOf(id: string): Promise<readonly ListedSession[]>;
  /** Returns the factors of an account, by its id. Look-ups of one request share a query. */
  factorsOf(id: string): Promise<ListedFactors>;
  /** Returns the end of an account's lockout after failed sign-ins, or null. Looked up at most once a request. */
  lockedUntilOf(username: string): Promise<Date | null>;
  /** Returns the account of a key, or null. Look-ups of one request share a query. */
  userOf(key: UserKey): Promise<LiveUser | null>;
  /** Returns whether a router forwards this request, checked at most once. {@link principal} is still its client. */
  fromRouter(): Promise<boolean>;
}

/** The cookie with the refresh token. The origin is checked only when the cookie is read. */
export interface RefreshCookie {
  /** Returns the token in the cookie, or null. @throws ORIGIN_NOT_ALLOWED with a foreign origin or without one */
  read(): string | null;
  /** True if a page of a foreign origin sent the request. Threat: it would plant the session of another account. */
  readonly isForeignPage: boolean;
  write(token: string, expiresAt: Date): void;
  clear(): void;
}
