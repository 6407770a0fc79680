/** Who a request is for, as the gateway found. */
export type Identity = AnonymousIdentity | KnownIdentity;

/** The gateway asks for nobody who signed in, or for itself (`{ _service { sdl } }`). */
export interface AnonymousIdentity {
  readonly anonymous: true;
}

export interface KnownIdentity {
  readonly anonymous: false;
  /** The username, which never changes and is never given out twice; `client:<id>` for a program of its own. */
  readonly subject: string;
  /** The person's role at the time of the request; null for a program. */
  readonly role: string | null;
  /** What the request may do. `*` stands for every scope: ask {@link hasScopes}. */
  readonly scopes: readonly string[];
  /**
   * The registered client that acts for the person, or under its own name; null for a sign-in at the gateway itself. An
   * app has the person's role and its own scopes: decide by {@link hasScopes} or {@link hasRole}, never by `role` alone.
   */
  readonly clientId: string | null;
  /** The session the person signed in to; null for a program. */
  readonly sessionId: string | null;
}

/** What the helpers for GraphQL servers put into the context. */
export interface IdentityContext {
  readonly identity: Identity;
}

const EVERYTHING = '*';

/** Whether all of these scopes were granted. Nobody who is anonymous has any. */
export function hasScopes(identity: Identity, ...required: readonly string[]): boolean {
  if (identity.anonymous) return required.length === 0;
  return identity.scopes.includes(EVERYTHING) || required.every((scope) => identity.scopes.includes(scope));
}

/**
 * Whether somebody acts in a role: the person has it, and what acts for them is no app, or one that may do everything. An
 * app that an admin allowed a part of what they may is no admin.
 */
export function hasRole(identity: Identity, role: string): boolean {
  if (identity.anonymous || identity.role !== role) return false;
  return identity.clientId === null || identity.scopes.includes(EVERYTHING);
}
