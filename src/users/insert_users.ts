import { randomUUID } from 'node:crypto';
import { foldEmail } from '../kernel/email.ts';
import { query, type Db } from '../store/database/database.ts';
import type { NewUser } from './users.ts';

export interface StoredUser extends NewUser {
  readonly passwordHash: string;
  readonly disabled: boolean;
}

/** An account that already holds a name. */
export interface ExistingAccount {
  readonly username: string;
  readonly passwordHash: string | null;
  readonly deleted: boolean;
}

/**
 * Adds accounts in one statement, with names as `checkProfile` returns them.
 * @returns in the order of the accounts, true for each one that was added. It was not if its name (also a deleted
 * account's) or its e-mail address was taken, also by an earlier one of the list
 */
export async function insertUsers(db: Db, users: readonly StoredUser[], now: Date): Promise<boolean[]> {
  const rows = users.map((user) => ({ id: randomUUID(), emailKey: foldEmail(user.email), ...user }));
  const added = await query<{ id: string }>(
    db,
    `insert into users (id, username, email, email_key, full_name, role, disabled, password_hash, created_at)
     select id, username, email, "emailKey", "fullName", role, disabled, "passwordHash", ?::timestamptz
     from json_to_recordset(?::json) as r(
       id uuid, username text, email text, "emailKey" text, "fullName" text, role text, disabled boolean,
       "passwordHash" text)
     on conflict do nothing
     returning id`,
    [now, JSON.stringify(rows)],
  );
  const ids = new Set(added.map(({ id }) => id));
  return rows.map(({ id }) => ids.has(id));
}

/** Returns the accounts with these names, by name, including deleted ones. */
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
