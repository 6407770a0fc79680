import type { Client } from '../../clients/client.entity.ts';
import { isScopeList } from '../../clients/clients.ts';
import { invalidInput, Refusal } from '../../kernel/errors.ts';
import type { AccessTokenClaims } from '../../tokens/access_token.ts';

/** Role to scopes, of `ROLES`. `*` is every scope. */
export type Roles = Readonly<Record<string, readonly string[]>>;

const EVERYTHING = '*';

/** The scopes of a `scope` parameter or claim (RFC 6749 section 3.3), each once. */
export function parseScope(text: string): string[] {
  return [...new Set(text.split(' ').filter(Boolean))];
}

/** The scopes that somebody asks for. Throws INVALID_SCOPE where `*` would cover what is no scope at all. */
export function readScope(asked: string): string[] {
  if (!isScopeList(asked)) throw new Refusal('INVALID_SCOPE');
  return parseScope(asked);
}

/** Whether a scope is among those granted. */
export function covers(granted: readonly string[], scope: string): boolean {
  return granted.includes(scope) || granted.includes(EVERYTHING);
}

/** What two lists both allow. */
function intersect(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a.filter((scope) => covers(b, scope)), ...b.filter((scope) => covers(a, scope))])];
}

/** Throws BAD_USER_INPUT where a role is not configured, with those that are: only admins and operators ask for one. */
export function checkRole(roles: Roles, role: string): void {
  if (Object.hasOwn(roles, role)) return;
  throw invalidInput({ field: 'role', code: 'UNKNOWN', allowed: Object.keys(roles) });
}

/** What a role may do. A role that is not configured (any more) may nothing. */
function scopesOf(roles: Roles, role: string): readonly string[] {
  return roles[role] ?? [];
}

/** What somebody must be allowed to change accounts of a role. One that is not configured may be again: everything. */
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

/** What a session may do now: what it was granted, as far as the role still has it. */
export function sessionScopes(roles: Roles, role: string, granted: string | null | undefined): readonly string[] {
  const ofRole = scopesOf(roles, role);
  return granted == null ? ofRole : intersect(parseScope(granted), ofRole);
}

/**
 * What a session is granted, as it is kept: null for all that the role has, now and later. A client that asks for
 * nothing in particular gets what it is registered for; what it lacks, or the role, is refused when asked for by name.
 * Throws INVALID_SCOPE (RFC 6749 section 5.2).
 */
export function grantScope(roles: Roles, role: string, client: Client | null, asked: string | null): string | null {
  if (asked === null) return client && client.scopes.join(' ');
  const wanted = readScope(asked);
  const ofRole = scopesOf(roles, role);
  const grantable = client ? intersect(client.scopes, ofRole) : ofRole;
  if (!wanted.every((scope) => covers(grantable, scope))) throw new Refusal('INVALID_SCOPE');
  return wanted.join(' ');
}

/** What a program's own token may do: what it is registered for, or the part it asks for. Throws INVALID_SCOPE. */
export function grantClientScope(client: Client, asked: string | null): string {
  const wanted = asked === null ? client.scopes : readScope(asked);
  if (!wanted.every((scope) => covers(client.scopes, scope))) throw new Refusal('INVALID_SCOPE');
  return wanted.join(' ');
}

/** Whether a token carries all that its role had when it was made, for no client. */
function carriesAll(roles: Roles, { scope, role, clientId }: AccessTokenClaims): boolean {
  return clientId === undefined && parseScope(scope ?? '').join(' ') === scopesOf(roles, role ?? '').join(' ');
}

/** Whether a token is for less than everything: one for an app is, and one that was asked for with a scope. */
export function isNarrowed(roles: Roles, claims: AccessTokenClaims): boolean {
  return claims.narrowed === true || !carriesAll(roles, claims);
}

/**
 * The scopes that a token has now: those it carries, as far as the live role still has them. A whole token follows the
 * role, so that a promotion counts at the next request, as a demotion does. Its scopes alone do not tell all of a small
 * role from a part that was asked for by name, hence the claim.
 */
export function effectiveScopes(roles: Roles, claims: AccessTokenClaims, liveRole: string): readonly string[] {
  const live = scopesOf(roles, liveRole);
  return isNarrowed(roles, claims) ? intersect(parseScope(claims.scope ?? ''), live) : live;
}
