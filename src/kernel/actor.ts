import type { RequestInfo } from './request_info.ts';

/** The party that acts, as far as it is known and proven. */
export type Actor = UserActor | ClientActor | OperatorActor | SystemActor;

/** A person with an account. */
export interface UserActor {
  readonly kind: 'user';
  readonly userId: string;
  readonly username: string;
  /** The scopes of the access token; empty after another proof, such as a password or a refresh token. */
  readonly scopes: readonly string[];
}

/** A registered client under its own name. */
export interface ClientActor {
  readonly kind: 'client';
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/**
 * A person at the command line. Access to the configuration is access to the database and the secrets, so no scope
 * bounds an operator. An operator has no account.
 */
export interface OperatorActor {
  readonly kind: 'operator';
  /** The name of the operating system's user. */
  readonly name: string;
}

/** The server itself: start-up, timed work, limits. */
export interface SystemActor {
  readonly kind: 'system';
}

export const SYSTEM: SystemActor = { kind: 'system' };

/** An actor and its request. The actor is null if an event has no known actor. */
export interface Invocation<A extends Actor | null = Actor> {
  readonly actor: A;
  readonly request: RequestInfo;
}

/**
 * Returns the actor of an account.
 * @param scopes the scopes of the presented access token
 */
export function userActor(
  { id, username }: { readonly id: string; readonly username: string },
  scopes: readonly string[] = [],
): UserActor {
  return { kind: 'user', userId: id, username, scopes };
}

/** Returns the actor of a registered client. */
export function clientActor({ id, scopes }: { readonly id: string; readonly scopes: readonly string[] }): ClientActor {
  return { kind: 'client', clientId: id, scopes };
}

/** The name of a registered client in `sub` and in the audit log. No user name contains a colon. */
export function clientName(clientId: string): `client:${string}` {
  return `client:${clientId}`;
}

/** The name of an actor in the audit log; null for the server itself. No user name contains a colon. */
export function actorName(actor: Exclude<Actor, SystemActor>): string;
export function actorName(actor: Actor | null): string | null;
export function actorName(actor: Actor | null): string | null {
  switch (actor?.kind) {
    case 'user':
      return actor.username;
    case 'client':
      return clientName(actor.clientId);
    case 'operator':
      return `cli:${actor.name}`;
    case 'system':
    case undefined:
      return null;
  }
}
