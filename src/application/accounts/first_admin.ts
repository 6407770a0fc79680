import { record } from '../../audit/audit.ts';
import { SYSTEM } from '../../kernel/actor.ts';
import { random } from '../../kernel/secret.ts';
import { lockAcrossReplicas } from '../../store/database/database.ts';
import { checkProfile, countUsers, createUser, findNameHolder, type NameHolder } from '../../users/users.ts';
import { rolesThatCover } from '../foundation/scopes.ts';
import type { Services } from '../foundation/services.ts';

export interface FirstAdmin {
  readonly username: string;
  /** The generated password, shown once to the operator; null if a password was configured. */
  readonly generatedPassword: string | null;
}

/** The role of the first admin. `ROLES` always has it. */
const FIRST_ROLE = 'admin';
const START = { actor: SYSTEM, request: { address: 'localhost', userAgent: null, requestId: 'start' } };

type FirstAdminServices = Pick<Services, 'database' | 'hasher' | 'checkPassword' | 'clock' | 'settings'>;

/**
 * Creates the first admin, once for all replicas.
 * @returns null if there is an admin already
 * @throws Refusal if the configured name, address or password is invalid
 * @throws Error with a message for the operator if the name or the address is taken
 */
export async function createFirstAdmin(
  { database, hasher, checkPassword, clock, settings }: FirstAdminServices,
  config: { username: string; email: string; password: string | undefined },
): Promise<FirstAdmin | null> {
  return database.transaction(async (db) => {
    await lockAcrossReplicas(db, 'first-admin');
    if ((await countUsers(db, { roles: rolesThatCover(settings.roles, FIRST_ROLE) })) > 0) return null;
    const password = config.password ?? random(18).toString('base64url');
    const profile = checkProfile(config);
    if (config.password !== undefined) await checkPassword(config.password, profile, 'ADMIN_PASSWORD');
    const holder = await findNameHolder(db, profile);
    if (holder) throw new Error(adviceOn(holder, profile));
    const at = new Date(clock());
    const passwordHash = await hasher.hash(password);
    // The operator vouches for the address: without this account, no person could sign in to confirm it.
    const account = { ...profile, role: FIRST_ROLE, passwordHash, emailVerifiedAt: at };
    const user = await createUser(db, account, at);
    record(db, { type: 'user.created', subject: user.username, detail: { role: FIRST_ROLE }, at }, START);
    return { username: user.username, generatedPassword: config.password === undefined ? password : null };
  });
}

/** Returns advice if an account of another role has the name or the address. Only an operator may promote it. */
function adviceOn({ username, deleted }: NameHolder, wanted: { username: string; email: string }): string {
  const isName = username === wanted.username;
  const variable = isName ? 'ADMIN_USERNAME' : 'ADMIN_EMAIL';
  if (deleted) return `${variable}: there is no admin, and the account ${username} was deleted. Set another name`;
  const has = isName
    ? `the account ${username} has another role`
    : `the account ${username} has the address ${wanted.email}`;
  return (
    `${variable}: there is no admin, and ${has}. Promote it with ` +
    `"npm run cli -- users set-role ${username} admin", or set another ${isName ? 'name' : 'address'}`
  );
}
