import { Refusal, toRefusal } from '../../kernel/errors.ts';
import { ADMIN } from '../../application/accounts/accounts.ts';
import type { Principal } from '../../application/authentication/principal.ts';
import { covers } from '../../application/foundation/scopes.ts';
import type { Context } from '../server/context.ts';
import { allow, rule, type ShieldRule } from './shield.ts';

/**
 * One of the tutorial's guards, as a layer: it stands on those below it, and asks one thing of whoever they let pass.
 * The lowest, authenticated, is that there is a principal at all. Answers why not, or null.
 */
type RuleLayer = (principal: Principal, parent: unknown) => Refusal | null;

/**
 * The rule that a field is guarded by: authenticated, and then layer on layer, in one rule of shield's. A chain of its
 * rules would wait a dozen times for each field. What cannot be answered, because a store is away, refuses with that and
 * never with "no".
 */
function guard(name: string, ...layers: RuleLayer[]): ShieldRule {
  // `no_cache`: shield's own cache forgets arguments and parents, and a principal is looked up once a request anyway.
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

const role =
  (required: string): RuleLayer =>
  ({ user }) =>
    unless(user.role === required);

/** The program that acts for somebody may do no more than it was allowed to, whatever the person's role is. */
const scope =
  (required: string): RuleLayer =>
  ({ scopes }) =>
    unless(covers(scopes, required));

const selfOrAdmin: RuleLayer = ({ user, scopes }, parent) => {
  const own = (parent as { username?: unknown } | null)?.username === user.username;
  return unless(own ? covers(scopes, 'account') : user.role === ADMIN && covers(scopes, 'users:read'));
};

const ownOrAdmin: RuleLayer = ({ user, scopes }) =>
  unless(covers(scopes, 'account') || (user.role === ADMIN && covers(scopes, 'users:write')));

/** Asks who forwards the request instead of whose it is. */
const router = rule('router', { cache: 'no_cache' })(async (_parent: unknown, _args: unknown, context: Context) =>
  context.fromRouter().then((proven) => unless(proven) ?? true, toRefusal),
);

/** What the local fields ask of a token, beside the role: `ROLES` and the clients' registrations give them out. */
export const SCOPES = {
  account: 'Your account: read and change it, and end its sessions',
  'users:read': 'All users: read accounts, sessions and totals',
  'users:write': 'All users: create, change, disable and delete accounts, and end sessions',
  'audit:read': 'Read the audit log and sign-in activity',
  clients: 'Registered clients: list, add and remove them',
  keys: 'Signing keys: list, rotate and retire them',
  supergraph: 'Read the state of the supergraph and its subgraphs',
} as const;

export type Scope = keyof typeof SCOPES;

/** Who may read a field: the only words `permissions.ts` knows. */
export type Access =
  | 'public'
  | `authenticated, ${Scope}`
  | `active, ${Scope}`
  | `admin, ${Scope}`
  /** The account's own with `account`, and admins' with `users:read`. */
  | 'self or admin'
  /** Whoever may change something of their own with `account`, or anybody's as an admin with `users:write`. */
  | 'own or admin'
  /** Anybody, while `REGISTRATION` is open. */
  | 'registration'
  /** Routers alone, whoever their client is: the rest could ask who exists, and read a schema that hides itself. */
  | 'router';

export interface RuleOptions {
  readonly registrationOpen: boolean;
}

const STANDING: Readonly<Record<string, readonly RuleLayer[]>> = {
  authenticated: [],
  active: [active],
  admin: [active, role(ADMIN)],
  'self or admin': [active, selfOrAdmin],
  'own or admin': [active, ownOrAdmin],
};

/** What a word asks of a principal: its standing, and where one is named its scope. */
function layersOf(access: Access): readonly RuleLayer[] {
  const [standing = '', required] = access.split(', ');
  return [...STANDING[standing]!, ...(required === undefined ? [] : [scope(required)])];
}

/** The rule of a word. */
export function createRules({ registrationOpen }: RuleOptions): (access: Access) => ShieldRule {
  const closed = rule('registration closed', { cache: 'no_cache' })(async () => new Refusal('FORBIDDEN'));
  const known: Record<string, ShieldRule> = {
    public: allow,
    registration: registrationOpen ? allow : closed,
    router,
  };
  // Shield takes each rule by its name: one of a name.
  return (access) => (known[access] ??= guard(access, ...layersOf(access)));
}

/**
 * Whether somebody may ever be answered a field of a word, of an account's own where it depends on whose it is: for a
 * schema that shows what the caller can reach, by the same layers as the rules.
 */
export function mayAccess(access: Access, principal: Principal | null, { registrationOpen }: RuleOptions): boolean {
  if (access === 'public') return true;
  if (access === 'registration') return registrationOpen;
  if (access === 'router' || principal === null) return false;
  return layersOf(access).every((layer) => layer(principal, principal.user) === null);
}
