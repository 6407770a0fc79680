import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Principal } from '../../application/authentication/principal.ts';

/** The caller, with its current state in the stores. Anonymous callers and disabled accounts never reach a policy. */
export interface Subject {
  /** The username, or `client:<id>`. */
  readonly sub: string;
  /** Null for a client that acts under its own name. */
  readonly role: string | null;
  readonly scopes: readonly string[];
  /** The registered client that has the token; null for a sign-in through our own pages or API. */
  readonly clientId: string | null;
  /** True if the token may do less than its user: every app's token, and a token that was requested with a `scope`. */
  readonly narrowed: boolean;
  /** The level of the last authentication: 1 for one factor, 2 for two; null for a client under its own name. */
  readonly assurance: Principal['assurance'] | null;
  /** True if that authentication is within `FRESH_MINUTES`, and of two factors if the account has a second one. */
  readonly fresh: boolean;
  /** Returns the seconds since the sign-in, regardless of refreshes; Infinity for a client under its own name. */
  sessionAge(): Promise<number>;
}

/** A named rule for access. An error denies access, except an unavailable store. */
export type Policy = (subject: Subject) => boolean | Promise<boolean>;

const RECENT_SECONDS = 15 * 60;

/**
 * The policies that `@policy` can name. An unknown policy denies access. `POLICIES_FILE` adds policies, and replaces
 * those with the same name.
 */
export const policies: Readonly<Record<string, Policy>> = {
  /** Requires a user whose role and token have every scope. */
  admin: ({ role, scopes }) => role !== null && scopes.includes('*'),
  /** Requires a recent sign-in with the password, for operations that a stolen token must not reach. */
  recent_sign_in: async (subject) => actsInFull(subject) && (await subject.sessionAge()) <= RECENT_SECONDS,
  /** Requires two factors. It judges the authentication alone; scopes say what an app may do. */
  second_factor: ({ assurance }) => assurance === 2,
  /** Requires a fresh authentication. It judges the authentication alone, like `second_factor`. */
  fresh: (subject) => subject.fresh,
  /** Excludes clients under their own name. */
  person: (subject) => actsInFull(subject) && subject.role !== null,
};

/**
 * Returns true if a token has all rights of its user: a sign-in without an app, or a token with the scope `*`. A user's
 * role does not extend an app's scopes: an admin's app with the scope `account` is not an admin.
 */
function actsInFull({ clientId, narrowed, scopes }: Subject): boolean {
  return (clientId === null && !narrowed) || scopes.includes('*');
}

/**
 * Returns the built-in policies and those of a module's default export.
 * @throws a plain Error for the operator if the file does not load or exports something else
 */
export async function loadPolicies(file: string | undefined): Promise<ReadonlyMap<string, Policy>> {
  const all = new Map(Object.entries(policies));
  if (file === undefined) return all;
  let own: unknown;
  try {
    ({ default: own } = (await import(pathToFileURL(resolve(file)).href)) as { default: unknown });
  } catch (error) {
    throw new Error(`POLICIES_FILE: cannot be loaded (${(error as Error).message})`, { cause: error });
  }
  const entries = typeof own === 'object' && own !== null ? Object.entries(own) : [];
  if (entries.length === 0) throw new Error('POLICIES_FILE: the default export must be an object of functions');
  for (const [name, policy] of entries) {
    if (typeof policy !== 'function') throw new Error(`POLICIES_FILE: ${name} is not a function`);
    all.set(name, policy as Policy);
  }
  return all;
}
