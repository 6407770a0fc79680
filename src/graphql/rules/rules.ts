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
 * Returns the rule of a field: authenticated, a user who has no second factor to set up yet, and then each layer. It is
 * one rule, because a chain of shield's rules waits a dozen times for each field. If a store is away, it refuses with
 * SERVICE_UNAVAILABLE and not with FORBIDDEN.
 */
function guard(name: string, { standing, assurance, forEnrollees }: AccessRequirements): ShieldRule {
  const layers = [...standing, ...assurance];
  // `no_cache`: shield's cache ignores arguments and parents. The principal is looked up only once a request anyway.
  return rule(name, { cache: 'no_cache' })(async (parent: unknown, _args: unknown, context: Context) => {
    try {
      const principal = await (forEnrollees ? context.enrollee() : context.principal());
      for (const layer of layers) {
        const refusal = layer(principal, parent);
        if (refusal) return await withStepUp(refusal, context);
      }
      return true;
    } catch (error) {
      // Shield would turn a throw into its own "Not Authorised!".
      return toRefusal(error);
    }
  });
}

/** Tells a client that has to authenticate again how it can. */
async function withStepUp(refusal: Refusal, context: Context): Promise<Refusal> {
  if (refusal.kind !== 'REAUTHENTICATION_REQUIRED') return refusal;
  return new Refusal('REAUTHENTICATION_REQUIRED', { stepUp: await context.stepUp() });
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

const fresh: RuleLayer = (principal) => (principal.fresh ? null : new Refusal('REAUTHENTICATION_REQUIRED'));

/** Requires two factors. A user without a second one cannot authenticate again by it, but has to set one up. */
const mfa: RuleLayer = ({ assurance, user }) => {
  if (assurance === 2) return null;
  return new Refusal(user.secondFactor ? 'REAUTHENTICATION_REQUIRED' : 'SECOND_FACTOR_ENROLMENT_REQUIRED');
};

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

/**
 * The state of the account that a field requires. `enrolling` is `active`, and also permits users who may only set up a
 * second factor.
 */
type State = 'authenticated' | 'active' | 'enrolling';

/** The authentication that a field requires, beside the scope: the fourth layer. */
type AssuranceWord =
  /** Within `FRESH_MINUTES`, and by two factors if the account has a second one. */
  | 'fresh'
  /** By two factors. */
  | 'mfa'
  | 'fresh, mfa';

/** The access that a field requires: the only words of `permissions.ts`. */
export type Access =
  | 'public'
  | `${State}, ${Scope}`
  | `${State}, ${Scope}, ${AssuranceWord}`
  /** The user of the account with `account`, and others with `users:read`. */
  | 'self or users:read'
  /** A user with `account` for an object of their own, and a user with `users:write` for any. */
  | 'own or users:write'
  /** Everyone, while `REGISTRATION` is open. */
  | 'registration'
  /** Everyone, while `PASSWORD_RESET` is on. */
  | 'password reset'
  /** Only routers, for any client. Threat: others could find out which accounts exist, and read a hidden schema. */
  | 'router';

export interface RuleOptions {
  readonly registrationOpen: boolean;
  readonly passwordReset: boolean;
}

const LAYERS: Readonly<Record<string, readonly RuleLayer[]>> = {
  authenticated: [],
  active: [active],
  enrolling: [active],
  'self or users:read': [active, selfOrReader],
  'own or users:write': [active, ownOrWriter],
};

const ASSURANCE: Readonly<Record<string, RuleLayer>> = { fresh, mfa };

/** The requirements of a word. */
interface AccessRequirements {
  /** The layers of the account and its scopes. */
  readonly standing: readonly RuleLayer[];
  /** The layers of the authentication, which the caller can meet by authenticating again. */
  readonly assurance: readonly RuleLayer[];
  /** True if users who may only set up a second factor are permitted. */
  readonly forEnrollees: boolean;
}

/** Returns the requirements of a word: the state of the account, its role and scope, and its authentication. */
function requirementsOf(access: Access): AccessRequirements {
  const [state = '', scope, ...assurance] = access.split(', ');
  return {
    standing: [...LAYERS[state]!, ...(scope === undefined ? [] : [roleAndScope(scope)])],
    assurance: assurance.map((word) => ASSURANCE[word]!),
    forEnrollees: state === 'enrolling',
  };
}

/** Returns a function that maps each word to its rule. */
export function createRules({ registrationOpen, passwordReset }: RuleOptions): (access: Access) => ShieldRule {
  const closed = rule('closed', { cache: 'no_cache' })(async () => new Refusal('FORBIDDEN'));
  const known: Record<string, ShieldRule> = {
    public: allow,
    registration: registrationOpen ? allow : closed,
    'password reset': passwordReset ? allow : closed,
    router,
  };
  // Shield identifies rules by name, so a name must stand for one rule.
  return (access) => (known[access] ??= guard(access, requirementsOf(access)));
}

/**
 * Returns whether the principal can ever read a field of this word. If the word depends on the account, its own account
 * counts. If it depends on the authentication, the principal can authenticate again. The role-based introspection uses
 * it, so that it follows the same layers as the rules.
 */
export function mayAccess(access: Access, principal: Principal | null, options: RuleOptions): boolean {
  if (access === 'public') return true;
  if (access === 'registration') return options.registrationOpen;
  if (access === 'password reset') return options.passwordReset;
  if (access === 'router' || principal === null) return false;
  const { standing, forEnrollees } = requirementsOf(access);
  if (principal.mustEnrol && !forEnrollees) return false;
  return standing.every((layer) => layer(principal, principal.user) === null);
}
