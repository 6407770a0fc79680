import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Whoever asks, as the stores know them now. Neither the anonymous nor a disabled account gets this far. */
export interface Subject {
  /** The username, or `client:<id>`. */
  readonly sub: string;
  /** Null for a program under its own name. */
  readonly role: string | null;
  readonly scopes: readonly string[];
  /** The registered client that the token was given to; null for a sign-in of our own pages and scripts. */
  readonly clientId: string | null;
  /** Whether the token may do less than its person: every app's, and one that was asked for with a `scope`. */
  readonly narrowed: boolean;
  /** Seconds since they signed in, however often that was refreshed; Infinity for a program. */
  sessionAge(): Promise<number>;
}

/** A named answer to whether somebody may. What it throws is a no, but for a store that is away. */
export type Policy = (subject: Subject) => boolean | Promise<boolean>;

const RECENT_SECONDS = 15 * 60;

/**
 * The policies that `@policy` can name. One that is not here is a no.
 * `POLICIES_FILE` adds to them, and replaces what has the same name.
 */
export const policies: Readonly<Record<string, Policy>> = {
  admin: (subject) => actsInFull(subject) && subject.role === 'admin',
  /** For what a stolen token should not open: signed in with the password a moment ago. */
  recent_sign_in: async (subject) => actsInFull(subject) && (await subject.sessionAge()) <= RECENT_SECONDS,
  /** Not for programs under their own name. */
  person: (subject) => actsInFull(subject) && subject.role !== null,
};

/**
 * Whether a token stands for all that its person is: a sign-in of our own, or one that may do everything. Who somebody is
 * says nothing of what they allowed an app: an admin's app with the scope `account` is no admin.
 */
function actsInFull({ clientId, narrowed, scopes }: Subject): boolean {
  return (clientId === null && !narrowed) || scopes.includes('*');
}

/**
 * Ours and those of a module's default export.
 * Throws a plain Error, fit for an operator, where the file does not load or holds something else.
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
