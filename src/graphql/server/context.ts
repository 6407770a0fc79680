import type { Invocation, UserActor } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Caller, Principal } from '../../application/authentication/principal.ts';
import type { ListedSession } from '../../application/sessions/own_sessions.ts';
import type { LiveUser } from '../../users/live_users.ts';
import type { UserKey } from '../../users/users.ts';

/** One request, as resolvers and rules see it. Made anew for each; nothing of it outlives the answer. */
export interface Context {
  readonly origin: RequestInfo;
  /**
   * Who asks, found out at most once a request and only when a rule wants to know, so that a bad token beside a public
   * field fails nothing. Rejects with CREDENTIALS or SERVICE_UNAVAILABLE.
   */
  caller(): Promise<Caller>;
  /** The person who asks; rejects with FORBIDDEN too, where it is a program. */
  principal(): Promise<Principal>;
  /** The {@link principal} as the actor of a use case. */
  by(): Promise<Invocation<UserActor>>;
  /** A header of the request by its lower-case name; undefined where it was not sent. */
  header(name: string): string | undefined;
  /** The variables of a request that has them in its address, their numbers exact. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Told the name of the operation, once it is known to be valid; for the log and the metrics. */
  noteOperation?(name: string): void;
  /** Told the code of each error in the answer; for the log and the metrics. */
  noteCode?(code: string): void;
  readonly refreshCookie: RefreshCookie;
  /** Gives the device that asks the token it is known by from now on. */
  giveDevice(token: string): void;
  /** The sessions of an account, by its id; those that a request asks for together in one query. */
  sessionsOf(id: string): Promise<readonly ListedSession[]>;
  /** Until when failed sign-ins hold an account back, looked up at most once a request; null where they do not. */
  lockedUntilOf(username: string): Promise<Date | null>;
  /** The account of a key, or null; those that a request asks for together in one query. */
  userOf(key: UserKey): Promise<LiveUser | null>;
  /** Whether a router forwards this, found out at most once a request. Whose request it is, {@link principal} says. */
  fromRouter(): Promise<boolean>;
}

/** The refresh token's cookie. Reading it is what makes a request a cookie request. */
export interface RefreshCookie {
  /** The token it carries, or null. Throws ORIGIN_NOT_ALLOWED where it came with a foreign origin or none. */
  read(): string | null;
  /** Whether a page of a foreign origin sent the request. Threat: it would plant a session of a stranger's account. */
  readonly isForeignPage: boolean;
  write(token: string, expiresAt: Date): void;
  clear(): void;
}
