import { Refusal } from '../../kernel/errors.ts';
import type { Actor } from '../../kernel/actor.ts';
import { covers, type Roles, scopesToManage } from '../foundation/scopes.ts';

/** Tells whether an actor has a scope. Operators and the server itself have every scope. */
export function may(actor: Actor, scope: string): boolean {
  switch (actor.kind) {
    case 'user':
    case 'client':
      return covers(actor.scopes, scope);
    case 'operator':
    case 'system':
      return true;
  }
}

/**
 * Nothing is given out beyond what the giver's own token may do. An app that was allowed `users:write` would make itself
 * an admin with `*` otherwise, and one that was allowed `clients` a client with `*`. Throws FORBIDDEN.
 */
export function checkAuthority(actor: Actor, scopes: readonly string[]): void {
  if (!scopes.every((scope) => may(actor, scope))) throw new Refusal('FORBIDDEN');
}

/** The same for an account of a role: a change of it reaches all that the role may do. Throws FORBIDDEN. */
export function checkAuthorityOver(roles: Roles, actor: Actor, role: string): void {
  checkAuthority(actor, scopesToManage(roles, role));
}
