import type { Client } from '../../clients/client.entity.ts';
import { isScopeList } from '../../clients/clients.ts';
import { invalidInput, Refusal } from '../../kernel/errors.ts';
import type { AccessTokenClaims } from '../../tokens/access_token.ts';

/** The scopes of each role, from `ROLES`. `*` stands for every scope. */
export type Roles = Readonly<Record<string, readonly string[]>>;

const EVERYTHING = '*';

/** Returns the scopes of a `scope` parameter or claim (RFC 6749 section 3.3), without duplicates. */
export function parseScope(text: string): string[] {
  return [...new Set(text.split(' ').filter(Boolean))];
}

/** Returns the requested scopes. @throws INVALID_SCOPE for a malformed scope, which `*` would otherwise cover */
export function readScope(asked: string): string[] {
  if (!isScopeList(asked)) throw new Refusal('INVALID_SCOPE');
  return parseScope(asked);
}

/** Returns whether the granted scopes include a scope. */
export function covers(granted: readonly string[], scope: string): boolean {
  return granted.includes(scope) || granted.includes(EVERYTHING);
}

/** Returns the scopes that both lists allow. */
function intersect(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a.filter((scope) => covers(b, scope)), ...b.filter((scope) => covers(a, scope))])];
}

/** Checks that a role is configured. @throws BAD_USER_INPUT with the configured roles, which only admins can see */
export function checkRole(roles: Roles, role: string): void {
  if (Object.hasOwn(roles, role)) return;
  throw invalidInput({ field: 'role', code: 'UNKNOWN', allowed: Object.keys(roles) });
}

/** Returns the scopes of a role; none if the role is not configured (any more). */
function scopesOf(roles: Roles, role: string): readonly string[] {
  return roles[role] ?? [];
}

/** Returns the scopes that an actor needs to change accounts of a role; `*` for an unknown role, which may return. */
export function scopesToManage(roles: Roles, role: string): readonly string[] {
  return Object.hasOwn(roles, role) ? scopesOf(roles, role) : [EVERYTHING];
}

/** Tells whether a role may change the accounts of others. */
export function managesUsers(roles: Roles, role: string): boolean {
  return covers(scopesOf(roles, role), 'users:write');
}

/** Returns the roles that have at least the scopes of a role, the role itself among them. */
export function rolesThatCover(roles: Roles, role: string): string[] {
  const needed = scopesOf(roles, role);
  return Object.keys(roles).filter((name) => needed.every((scope) => covers(scopesOf(roles, name), scope)));
}

/** Returns the current scopes of a session: those it was granted and the role still has. */
export function sessionScopes(roles: Roles, role: string, granted: string | null | undefined): readonly string[] {
  const ofRole = scopesOf(roles, role);
  return granted == null ? ofRole : intersect(parseScope(granted), ofRole);
}

/**
 * Returns the scope of a new session, as stored; null for all scopes that the role has, now and later. A client that
 * names no scope gets all for which it is registered.
 * @throws INVALID_SCOPE for a named scope that the client or the role lacks (RFC 6749 section 5.2)
 */
export function grantScope(
  roles: Roles,
  role: string,
  { client, scope: asked }: { readonly client: Client | null; readonly scope: string | null },
): string | null {
  if (asked === null) return client && client.scopes.join(' ');
  const wanted = readScope(asked);
  const ofRole = scopesOf(roles, role);
  const grantable = client ? intersect(client.scopes, ofRole) : ofRole;
  if (!wanted.every((scope) => covers(grantable, scope))) throw new Refusal('INVALID_SCOPE');
  return wanted.join(' ');
}

/**
 * Returns the scope of a client's own token: all its registered scopes, or the requested part.
 * @throws INVALID_SCOPE
 */
export function grantClientScope(client: Client, asked: string | null): string {
  const wanted = asked === null ? client.scopes : readScope(asked);
  if (!wanted.every((scope) => covers(client.scopes, scope))) throw new Refusal('INVALID_SCOPE');
  return wanted.join(' ');
}

/** Returns whether a token has no client and all scopes that its role had at its issue. */
function carriesAll(roles: Roles, { scope, role, clientId }: AccessTokenClaims): boolean {
  return clientId === undefined && parseScope(scope ?? '').join(' ') === scopesOf(roles, role ?? '').join(' ');
}

/** Returns whether a token was issued for an app, or requested with a scope. */
export function isNarrowed(roles: Roles, claims: AccessTokenClaims): boolean {
  return claims.narrowed === true || !carriesAll(roles, claims);
}

/**
 * Returns the current scopes of a token: those it carries and the live role still has. A token that is not narrowed has
 * all scopes of the live role, so that a promotion takes effect at the next request, as a demotion does. The claim
 * `narrowed` is needed because all scopes of a small role look like a part that was requested by name.
 */
export function effectiveScopes(roles: Roles, claims: AccessTokenClaims, liveRole: string): readonly string[] {
  const live = scopesOf(roles, liveRole);
  return isNarrowed(roles, claims) ? intersect(parseScope(claims.scope ?? ''), live) : live;
}
