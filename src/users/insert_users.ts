import { randomUUID } from 'node:crypto';
import { query, type Db } from '../store/database/database.ts';
import type { NewUser } from './users.ts';

export interface StoredUser extends NewUser {
  readonly disabled: boolean;
}

/** An account that was there before one could be added. */
export interface ExistingAccount {
  readonly username: string;
  readonly passwordHash: string | null;
  readonly deleted: boolean;
}

/**
 * Adds accounts in one statement, as `checkProfile` spells their names. Answers for each, in their order, whether it was
 * added: it was not where its name (also a deleted account's) or its e-mail address is taken, by one of those before it
 * too.
 */
export async function insertUsers(db: Db, users: readonly StoredUser[], now: Date): Promise<boolean[]> {
  const rows = users.map((user) => ({ id: randomUUID(), ...user }));
  const added = await query<{ id: string }>(
    db,
    `insert into users (id, username, email, full_name, role, disabled, password_hash, created_at)
     select id, username, email, "fullName", role, disabled, "passwordHash", ?::timestamptz
     from json_to_recordset(?::json) as r(
       id uuid, username text, email text, "fullName" text, role text, disabled boolean, "passwordHash" text)
     on conflict do nothing
     returning id`,
    [now, JSON.stringify(rows)],
  );
  const ids = new Set(added.map(({ id }) => id));
  return rows.map(({ id }) => ids.has(id));
}

/** Who has these names, by name; deleted accounts too. */
export async function findExistingAccounts(
  db: Db,
  usernames: readonly string[],
): Promise<Map<string, ExistingAccount>> {
  const rows = await query<ExistingAccount>(
    db,
    `select username, password_hash as "passwordHash", deleted_at is not null as deleted
     from users where username in (select json_array_elements_text(?::json))`,
    [JSON.stringify(usernames)],
  );
  return new Map(rows.map((row) => [row.username, row]));
}
