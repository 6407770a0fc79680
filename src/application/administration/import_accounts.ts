import { findCreationDetails, recordAll } from '../../audit/audit.ts';
import type { Invocation } from '../../kernel/actor.ts';
import { invalidInput, Refusal } from '../../kernel/errors.ts';
import { digestText } from '../../kernel/secret.ts';
import { foreignScheme } from '../../credentials/password/foreign_scheme.ts';
import { type Argon2Parameters, type Caps, capsAround, readRecipe } from '../../credentials/password/stored_hash.ts';
import type { Db } from '../../store/database/database.ts';
import { findExistingAccounts, insertUsers, type StoredUser } from '../../users/insert_users.ts';
import { checkProfile } from '../../users/users.ts';
import type { Services } from '../foundation/services.ts';
import { checkRole } from '../foundation/scopes.ts';
import type { FieldFaults } from '../../kernel/field_faults.ts';

/** An account of another system. Its password is a hash, Argon2 (a PHC string) or bcrypt. */
export type ImportedAccount = StoredUser;

/** The result for one account: added, present from an earlier import, or refused. */
export type ImportOutcome = 'imported' | 'present' | RefusedAccount;

interface RefusedAccount {
  readonly fields: FieldFaults;
  /** The scheme of a hash that cannot be verified here; `unrecognised` for an unknown format. */
  readonly scheme?: string;
}

/**
 * Adds all valid accounts and their audit events in one transaction. An account that was imported before with the same
 * hash stays unchanged, so that an interrupted import can be repeated. Other accounts of that name are never
 * overwritten.
 * @returns the outcome of each account, in their order
 * @throws SERVICE_UNAVAILABLE; nothing is imported then
 */
export type ImportAccounts = (accounts: readonly ImportedAccount[], by: Invocation) => Promise<ImportOutcome[]>;

const BOUNDLESS: Caps = {
  memoryKib: Infinity,
  timeCost: Infinity,
  parallelism: Infinity,
  work: Infinity,
  bcryptCost: Infinity,
};

/** Creates the import. @param hashing the cost of a hash here. A hash with many times that cost is refused */
export function createImportAccounts(
  { database, clock, settings }: Pick<Services, 'database' | 'clock' | 'settings'>,
  hashing: Argon2Parameters,
): ImportAccounts {
  const caps = capsAround(hashing);

  function check(account: ImportedAccount): StoredUser {
    const { role, disabled, passwordHash } = account;
    const profile = checkProfile(account);
    checkRole(settings.roles, role);
    const scheme = unknownScheme(passwordHash);
    if (scheme === UNRECOGNISED) {
      throw invalidInput({ field: 'passwordHash', code: 'MALFORMED', expected: 'PASSWORD_HASH' });
    }
    if (scheme) throw invalidInput({ field: 'passwordHash', code: 'UNSUPPORTED_SCHEME', scheme });
    // Threat: the author of the file chooses the cost of a sign-in, perhaps four terabytes.
    if (!readRecipe(passwordHash, caps)) {
      throw invalidInput({ field: 'passwordHash', code: 'TOO_COSTLY' });
    }
    return { ...profile, role, disabled, passwordHash };
  }

  return async (accounts, by) => {
    const outcomes: ImportOutcome[] = [];
    const right: { readonly user: StoredUser; readonly place: number }[] = [];
    for (const [place, account] of accounts.entries()) {
      try {
        right.push({ user: check(account), place });
      } catch (error) {
        if (!(error instanceof Refusal && error.fields)) throw error;
        const scheme = unknownScheme(account.passwordHash);
        outcomes[place] = { fields: error.fields, ...(scheme === undefined ? {} : { scheme }) };
      }
    }
    if (right.length === 0) return outcomes;

    await database.transaction(async (db) => {
      const at = new Date(clock());
      const users = right.map(({ user }) => user);
      const added = await insertUsers(db, users, at);
      const created = users
        .filter((_user, place) => added[place])
        .map(({ username, role, disabled, passwordHash }) => ({
          type: 'user.created' as const,
          subject: username,
          detail: { role, disabled, importedHash: digestText(passwordHash) },
          at,
        }));
      await recordAll(db, created, by);
      const refusals = await explain(
        db,
        users.filter((_user, place) => !added[place]),
      );
      for (const [at, { place }] of right.entries()) outcomes[place] = added[at] ? 'imported' : refusals.shift()!;
    });
    return outcomes;
  };
}

/** Returns the reasons why these accounts were not added, in their order. */
async function explain(db: Db, users: readonly StoredUser[]): Promise<ImportOutcome[]> {
  if (users.length === 0) return [];
  const existing = await findExistingAccounts(
    db,
    users.map(({ username }) => username),
  );
  const changed = users.filter(({ username, passwordHash }) => {
    const found = existing.get(username);
    return found && !found.deleted && found.passwordHash !== passwordHash;
  });
  // A sign-in may have upgraded the hash since. The log still has the digest of the imported one.
  const details = await findCreationDetails(
    db,
    changed.map(({ username }) => username),
  );
  return users.map(({ username, passwordHash }) => {
    const found = existing.get(username);
    if (!found) return { fields: [{ field: 'email', code: 'TAKEN' }] };
    if (found.deleted) return { fields: [{ field: 'username', code: 'TAKEN_BY_DELETED' }] };
    const same =
      found.passwordHash === passwordHash || details.get(username)?.['importedHash'] === digestText(passwordHash);
    return same ? 'present' : { fields: [{ field: 'username', code: 'TAKEN' }] };
  });
}

const UNRECOGNISED = 'unrecognised';

/** Returns the scheme of a hash that cannot be verified here; undefined if it can be verified. */
function unknownScheme(passwordHash: string): string | undefined {
  return readRecipe(passwordHash, BOUNDLESS) ? undefined : (foreignScheme(passwordHash) ?? UNRECOGNISED);
}
