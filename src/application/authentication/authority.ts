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
 * Refuses to grant scopes that the actor's own token lacks. Threat: an app with `users:write` would make itself an
 * admin with `*`, and an app with `clients` would register a client with `*`.
 * @throws FORBIDDEN
 */
export function checkAuthority(actor: Actor, scopes: readonly string[]): void {
  if (!scopes.every((scope) => may(actor, scope))) throw new Refusal('FORBIDDEN');
}

/** Refuses to change an account whose role has scopes that the actor lacks. @throws FORBIDDEN */
export function checkAuthorityOver(roles: Roles, actor: Actor, role: string): void {
  checkAuthority(actor, scopesToManage(roles, role));
}
