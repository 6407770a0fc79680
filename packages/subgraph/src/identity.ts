/** The identity of a request, as the gateway verified it. */
export type Identity = AnonymousIdentity | KnownIdentity;

/** A request without a signed-in user, or by the gateway itself (`{ _service { sdl } }`). */
export interface AnonymousIdentity {
  readonly anonymous: true;
}

export interface KnownIdentity {
  readonly anonymous: false;
  /** The username, which never changes and is never assigned again; `client:<id>` for a client without a user. */
  readonly subject: string;
  /** The role of the user at the time of the request; null for a client without a user. */
  readonly role: string | null;
  /** The scopes of the request. `*` stands for every scope: use {@link hasScopes}. */
  readonly scopes: readonly string[];
  /**
   * The registered client that acts for the user, or without one; null for a direct sign-in. Threat: an app has the
   * role of the user and its own scopes. Decide by {@link hasScopes} or {@link hasRole}, never by `role` alone.
   */
  readonly clientId: string | null;
  /** The session of the user; null for a client without a user. */
  readonly sessionId: string | null;
  /** The time of the user's last authentication; null for a client without a user, and for tokens of an old gateway. */
  readonly authenticatedAt: Date | null;
  /**
   * The level of that authentication: `urn:gatehouse:acr:1` for one factor, `urn:gatehouse:acr:2` for two; null like
   * {@link authenticatedAt}.
   */
  readonly acr: string | null;
}

/** The part of a GraphQL context that the helpers provide. */
export interface IdentityContext {
  readonly identity: Identity;
}

const EVERYTHING = '*';

/** Returns whether all of these scopes are granted. An anonymous identity has none. */
export function hasScopes(identity: Identity, ...required: readonly string[]): boolean {
  if (identity.anonymous) return required.length === 0;
  return identity.scopes.includes(EVERYTHING) || required.every((scope) => identity.scopes.includes(scope));
}

/**
 * Returns whether a request acts in a role: the user has it, and no app acts for the user, unless the app has every
 * scope. Threat: an app with a part of an admin's scopes must not act as an admin.
 */
export function hasRole(identity: Identity, role: string): boolean {
  if (identity.anonymous || identity.role !== role) return false;
  return identity.clientId === null || identity.scopes.includes(EVERYTHING);
}
