import { Refusal, toRefusal } from '../../kernel/errors.ts';
import type { Principal } from '../../application/authentication/principal.ts';
import { covers } from '../../application/foundation/scopes.ts';
import type { Context } from '../server/context.ts';
import { allow, rule, type ShieldRule } from './shield.ts';

/**
 * One requirement of a field. Layers are checked in order, and each relies on those before it. The first requirement,
 * to be authenticated, is that there is a principal at all.
 * @returns the refusal, or null if the principal meets the requirement
 */
type RuleLayer = (principal: Principal, parent: unknown) => Refusal | null;

/**
 * Returns the rule of a field: authenticated, and then each layer. It is one rule, because a chain of shield's rules
 * waits a dozen times for each field. If a store is away, it refuses with SERVICE_UNAVAILABLE and not with FORBIDDEN.
 */
function guard(name: string, ...layers: RuleLayer[]): ShieldRule {
  // `no_cache`: shield's cache ignores arguments and parents. The principal is looked up only once a request anyway.
  return rule(name, { cache: 'no_cache' })(async (parent: unknown, _args: unknown, context: Context) => {
    try {
      const principal = await context.principal();
      for (const layer of layers) {
        const refusal = layer(principal, parent);
        if (refusal) return refusal;
      }
      return true;
    } catch (error) {
      // Shield would turn a throw into its own "Not Authorised!".
      return toRefusal(error);
    }
  });
}

const unless = (holds: boolean): Refusal | null => (holds ? null : new Refusal('FORBIDDEN'));

const active: RuleLayer = ({ user }) => (user.disabled ? new Refusal('INACTIVE_USER') : null);

/**
 * Requires a scope of the role and of the token. A principal has the scopes that its account's present role and its
 * token have both: a client that acts for an admin may do only what it was granted.
 */
const roleAndScope =
  (required: string): RuleLayer =>
  ({ scopes }) =>
    unless(covers(scopes, required));

const selfOrReader: RuleLayer = ({ user, scopes }, parent) => {
  const own = (parent as { username?: unknown } | null)?.username === user.username;
  return unless(covers(scopes, own ? 'account' : 'users:read'));
};

const ownOrWriter: RuleLayer = ({ scopes }) => unless(covers(scopes, 'account') || covers(scopes, 'users:write'));

/** Requires that a router forwards the request, for any caller. */
const router = rule('router', { cache: 'no_cache' })(async (_parent: unknown, _args: unknown, context: Context) =>
  context.fromRouter().then((proven) => unless(proven) ?? true, toRefusal),
);

/** The scopes that the fields require. `ROLES` and the registrations of clients grant them. */
export const SCOPES = {
  account: 'Your account: read and change it, and end its sessions',
  'users:read': 'All users: read accounts, sessions and totals',
  'users:write': 'All users: create, change, disable and delete accounts, and end sessions',
  'audit:read': 'Read the audit log and sign-in activity',
  clients: 'Registered clients: list, add and remove them',
  keys: 'Signing keys: list, rotate and retire them',
  mail: 'The outbox of mails: list them, and send them again',
  supergraph: 'Read the state of the supergraph and its subgraphs',
} as const;

export type Scope = keyof typeof SCOPES;

/** The access that a field requires: the only words of `permissions.ts`. */
export type Access =
  | 'public'
  | `authenticated, ${Scope}`
  | `active, ${Scope}`
  /** The user of the account with `account`, and others with `users:read`. */
  | 'self or users:read'
  /** A user with `account` for an object of their own, and a user with `users:write` for any. */
  | 'own or users:write'
  /** Everyone, while `REGISTRATION` is open. */
  | 'registration'
  /** Only routers, for any client. Threat: others could find out which accounts exist, and read a hidden schema. */
  | 'router';

export interface RuleOptions {
  readonly registrationOpen: boolean;
}

const LAYERS: Readonly<Record<string, readonly RuleLayer[]>> = {
  authenticated: [],
  active: [active],
  'self or users:read': [active, selfOrReader],
  'own or users:write': [active, ownOrWriter],
};

/** Returns the layers of a word: the state of the account, then its role and scope if the word names a scope. */
function layersOf(access: Access): readonly RuleLayer[] {
  const [state = '', required] = access.split(', ');
  return [...LAYERS[state]!, ...(required === undefined ? [] : [roleAndScope(required)])];
}

/** Returns a function that maps each word to its rule. */
export function createRules({ registrationOpen }: RuleOptions): (access: Access) => ShieldRule {
  const closed = rule('registration closed', { cache: 'no_cache' })(async () => new Refusal('FORBIDDEN'));
  const known: Record<string, ShieldRule> = {
    public: allow,
    registration: registrationOpen ? allow : closed,
    router,
  };
  // Shield identifies rules by name, so a name must stand for one rule.
  return (access) => (known[access] ??= guard(access, ...layersOf(access)));
}

/**
 * Returns whether the principal can ever read a field of this word. If the word depends on the account, its own account
 * counts. The role-based introspection uses it, so that it follows the same layers as the rules.
 */
export function mayAccess(access: Access, principal: Principal | null, { registrationOpen }: RuleOptions): boolean {
  if (access === 'public') return true;
  if (access === 'registration') return registrationOpen;
  if (access === 'router' || principal === null) return false;
  return layersOf(access).every((layer) => layer(principal, principal.user) === null);
}
