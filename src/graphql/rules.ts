import { Refusal, toRefusal } from '../kernel/errors.ts';
import type { Principal } from '../signin/authenticate.ts';
import { covers } from '../signin/scopes.ts';
import type { Context } from './context.ts';
import { allow, chain, rule, type ShieldRule } from './shield.ts';

/**
 * The layers of the tutorial's guards: each rule asks one thing and stands on the ones below it.
 * A rule that cannot be answered, because a store is away, refuses with that and never with "no".
 */
function ask(name: string, holds: (context: Context, parent: unknown) => Promise<Refusal | true>): ShieldRule {
  // `no_cache`: shield's own cache forgets arguments and parents, and a principal is looked up once a request anyway.
  return rule(name, { cache: 'no_cache' })(async (parent: unknown, _args: unknown, context: Context) => {
    try {
      return await holds(context, parent);
    } catch (error) {
      // Shield would turn a throw into its own "Not Authorised!".
      return toRefusal(error);
    }
  });
}

const authenticated = ask('authenticated', async (context) => {
  await context.principal();
  return true;
});

const active = ask('active', async (context) => {
  const { user } = await context.principal();
  return user.disabled ? new Refusal('INACTIVE_USER') : true;
});

const role = (required: string) =>
  ask(`role ${required}`, async (context) => {
    const { user } = await context.principal();
    return user.role === required ? true : new Refusal('FORBIDDEN');
  });

/** The program that acts for somebody may do no more than it was allowed to, whatever the person's role is. */
const scope = (required: string) =>
  ask(`scope ${required}`, async (context) => {
    const { scopes } = await context.principal();
    return covers(scopes, required) ? true : new Refusal('FORBIDDEN');
  });

const selfOrAdmin = ask('self or admin', async (context, parent) => {
  const { user, scopes }: Principal = await context.principal();
  const own = (parent as { username?: unknown } | null)?.username === user.username;
  const holds = own ? covers(scopes, 'account') : user.role === 'admin' && covers(scopes, 'users:read');
  return holds ? true : new Refusal('FORBIDDEN');
});

const ownOrAdmin = ask('own or admin', async (context) => {
  const { user, scopes } = await context.principal();
  const holds = covers(scopes, 'account') || (user.role === 'admin' && covers(scopes, 'users:write'));
  return holds ? true : new Refusal('FORBIDDEN');
});

/** What the local fields ask of a token, beside the role: `ROLES` and the clients' registrations give them out. */
export const SCOPES = {
  account: 'Your own account: reading and changing it, and ending its sessions',
  'users:read': 'Everybody: accounts, their sessions, totals',
  'users:write': 'Everybody: creating, changing and locking accounts, ending sessions',
  'audit:read': 'The audit log',
  clients: 'Registered clients: seeing, adding and removing them',
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
  | 'registration';

export interface RuleOptions {
  readonly registrationOpen: boolean;
}

/** The rule of a word. */
export function createRules({ registrationOpen }: RuleOptions): (access: Access) => ShieldRule {
  const layers = {
    authenticated: [authenticated],
    active: [authenticated, active],
    admin: [authenticated, active, role('admin')],
  };
  // Shield takes each rule by its name: one of a name.
  const scopes = Object.fromEntries(Object.keys(SCOPES).map((name) => [name, scope(name)]));
  const known: Record<string, ShieldRule> = {
    public: allow,
    'self or admin': chain(authenticated, active, selfOrAdmin),
    'own or admin': chain(authenticated, active, ownOrAdmin),
    registration: registrationOpen ? allow : ask('registration open', async () => new Refusal('FORBIDDEN')),
  };
  return (access) =>
    (known[access] ??= ((): ShieldRule => {
      const [layer, required] = access.split(', ') as [keyof typeof layers, Scope];
      return chain(...layers[layer], scopes[required]!);
    })());
}
