import { Refusal, toRefusal } from '../kernel/errors.ts';
import type { Principal } from '../signin/authenticate.ts';
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

const selfOrAdmin = ask('self or admin', async (context, parent) => {
  const { user }: Principal = await context.principal();
  const own = (parent as { username?: unknown } | null)?.username === user.username;
  return own || user.role === 'admin' ? true : new Refusal('FORBIDDEN');
});

/** Who may read a field: the only words `permissions.ts` knows. */
export type Access =
  | 'public'
  | 'authenticated'
  | 'active'
  | 'admin'
  /** The account's own, and admins'. */
  | 'self or admin'
  /** Anybody, while `REGISTRATION` is open. */
  | 'registration';

export interface RuleOptions {
  readonly registrationOpen: boolean;
}

export function createRules({ registrationOpen }: RuleOptions): Readonly<Record<Access, ShieldRule>> {
  return {
    public: allow,
    authenticated,
    active: chain(authenticated, active),
    admin: chain(authenticated, active, role('admin')),
    'self or admin': chain(authenticated, active, selfOrAdmin),
    registration: registrationOpen ? allow : ask('registration open', async () => new Refusal('FORBIDDEN')),
  };
}
