import { record } from '../audit/audit.ts';
import { Refusal } from '../kernel/errors.ts';
import { random } from '../kernel/secret.ts';
import { checkPassword } from '../passwords/policy.ts';
import { lockAcrossReplicas } from '../store/database.ts';
import { checkProfile, countUsers, createUser } from '../users/users.ts';
import { ADMIN } from './accounts.ts';
import type { Parts } from './parts.ts';

export interface FirstAdmin {
  readonly username: string;
  /** To be shown once, to whoever started the server; null where it was configured. */
  readonly generatedPassword: string | null;
}

/**
 * Creates the first admin where there is none, once for all replicas; null where there was one.
 * Throws a Refusal where the configured name, address or password is not acceptable or taken.
 */
export async function createFirstAdmin(
  { database, hasher, clock }: Pick<Parts, 'database' | 'hasher' | 'clock'>,
  config: { username: string; email: string; password: string | undefined },
): Promise<FirstAdmin | null> {
  return database.transaction(async (db) => {
    await lockAcrossReplicas(db, 'first-admin');
    if ((await countUsers(db, { role: ADMIN })) > 0) return null;
    const password = config.password ?? random(18).toString('base64url');
    const profile = checkProfile(config);
    checkPassword(password, profile, 'ADMIN_PASSWORD');
    const at = new Date(clock());
    const passwordHash = await hasher.hash(password);
    const user = await createUser(db, { ...profile, role: ADMIN, passwordHash }, at).catch((error: unknown) => {
      throw isTaken(error) ? new Error(adviceOn(profile), { cause: error }) : error;
    });
    const start = { address: 'localhost', userAgent: null, requestId: 'start' };
    record(db, { type: 'user.created', actor: null, subject: user.username, detail: { role: ADMIN } }, start, at);
    return { username: user.username, generatedPassword: config.password === undefined ? password : null };
  });
}

function isTaken(error: unknown): boolean {
  return error instanceof Refusal && error.kind === 'CONFLICT';
}

/** There is no admin, and an account that is none has the name or the address: only an operator may promote it. */
function adviceOn({ username, email }: { username: string; email: string }): string {
  return (
    `ADMIN_USERNAME, ADMIN_EMAIL: there is no admin, and an account has the name ${username} or the address ${email} ` +
    `already. Make it an admin with "npm run cli -- users set-role ${username} admin", or set another name and address`
  );
}
