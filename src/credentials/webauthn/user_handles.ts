import { random } from '../../kernel/secret.ts';
import { query, type Db } from '../../store/database/database.ts';

/** The length that WebAuthn recommends and the longest that it allows (level 3, section 5.4.3). */
const HANDLE_BYTES = 64;

interface HandleRow {
  readonly handle: Uint8Array;
}

/**
 * Returns the handle under which authenticators know an account. The first call makes it. Threat: authenticators show it
 * to anyone who holds them, so that it must not tell who the account is.
 */
export async function userHandle(db: Db, userId: string): Promise<Buffer> {
  const found = await findUserHandle(db, userId);
  if (found) return found;
  await query(db, 'insert into passkey_handles (user_id, handle) values (?, ?) on conflict (user_id) do nothing', [
    userId,
    random(HANDLE_BYTES),
  ]);
  return (await findUserHandle(db, userId))!;
}

/** Returns the handle of an account, or null if it never had a passkey. */
export async function findUserHandle(db: Db, userId: string): Promise<Buffer | null> {
  const [row] = await query<HandleRow>(db, 'select handle from passkey_handles where user_id = ?', [userId]);
  return row ? Buffer.from(row.handle) : null;
}

/** Removes the handle of a deleted account. */
export async function removeUserHandle(db: Db, userId: string): Promise<void> {
  await query(db, 'delete from passkey_handles where user_id = ?', [userId]);
}
