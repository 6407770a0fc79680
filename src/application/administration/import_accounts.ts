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

/** An account as another system knew it: its password only as a hash, Argon2 (a PHC string) or bcrypt. */
export interface ImportedAccount {
  readonly username: string;
  readonly email: string;
  readonly fullName: string | null;
  readonly role: string;
  readonly disabled: boolean;
  readonly passwordHash: string;
}

/** What came of one: added, there from an import before, or what is wrong with it. */
export type ImportOutcome = 'imported' | 'present' | RefusedAccount;

interface RefusedAccount {
  readonly fields: FieldFaults;
  /** Set where the hash cannot be verified here: its scheme, `unrecognised` where none is known by its marks. */
  readonly scheme?: string;
}

/**
 * Adds accounts, in one transaction with their events in the audit log: all that are right, or none. Answers what came of
 * each, in their order. An account that was imported before with the same hash is left as it is, so that an import that
 * was interrupted is simply done again; any other of that name is never overwritten. Throws SERVICE_UNAVAILABLE.
 */
export type ImportAccounts = (accounts: readonly ImportedAccount[], by: Invocation) => Promise<ImportOutcome[]>;

const BOUNDLESS: Caps = {
  memoryKib: Infinity,
  timeCost: Infinity,
  parallelism: Infinity,
  work: Infinity,
  bcryptCost: Infinity,
};

/** @param hashing what a hash costs here: one that costs many times as much is refused */
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
    // Threat: whoever has the file names the price of a login here, four terabytes perhaps.
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

/** Why these could not be added, in their order. */
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
  // A login has hashed the password anew since, perhaps: the log still knows what was imported.
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

/** The scheme of a hash that cannot be verified here; undefined where it can. */
function unknownScheme(passwordHash: string): string | undefined {
  return readRecipe(passwordHash, BOUNDLESS) ? undefined : (foreignScheme(passwordHash) ?? UNRECOGNISED);
}
