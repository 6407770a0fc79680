import { foldEmail } from '../kernel/email.ts';
import { conflict } from '../kernel/errors.ts';
import { isDuplicate, query, type Db } from '../store/database/database.ts';
import type { User } from './user.entity.ts';

/** The account whose address an e-mail address is. */
export interface EmailHolder {
  readonly id: string;
  readonly username: string;
  /** The spelling to which mail goes. */
  readonly email: string;
  readonly isVerified: boolean;
}

/**
 * Returns the account whose address an e-mail address is, or null.
 * @param email any spelling, as `normalEmail` returns it
 */
export async function findEmailHolder(db: Db, email: string): Promise<EmailHolder | null> {
  const [row] = await query<EmailHolder>(
    db,
    `select id, username, email, email_verified_at is not null as "isVerified" from users
     where email_key = ? and deleted_at is null`,
    [foldEmail(email)],
  );
  return row ?? null;
}

/** Returns whether the address of an account is its own, and not that of another account. */
export function ownsEmail({ email, emailKey }: Pick<User, 'email' | 'emailKey'>): boolean {
  return email != null && emailKey === foldEmail(email);
}

/** Returns the key of an account whose address belongs to another account: no address has it. */
export function unownedKey(id: string): string {
  return `unowned:${id}`;
}

/**
 * Makes an address that was just proven the address of a locked account. Another account that has the address without a
 * proof keeps it as text only. Threat: a stranger would register with an address of somebody else, who could then never
 * use it.
 * @returns the id of the account that lost the address; null if there was none
 * @throws Refusal CONFLICT if another account has proven the address
 */
export async function claimEmail(
  db: Db,
  user: User,
  { email, at }: { readonly email: string; readonly at: Date },
): Promise<string | null> {
  const key = foldEmail(email);
  const [loser] = await query<{ id: string }>(
    db,
    `update users set email_key = 'unowned:' || id where email_key = ? and id <> ? and email_verified_at is null
     returning id`,
    [key, user.id],
  );
  Object.assign(user, { email, emailVerifiedAt: at });
  try {
    await db.flush();
    // After the address, because the trigger `users_email_changed` drops the key of a changed address.
    await query(db, 'update users set email_key = ? where id = ?', [key, user.id]);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw conflict({ field: 'email', code: 'TAKEN' });
  }
  return loser?.id ?? null;
}

/** An enabled account to which a person's name or address leads. */
export interface Addressee {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  /** False if the address belongs to another account, so that no link may be mailed to it. */
  readonly ownsEmail: boolean;
}

/**
 * Returns the enabled account of a name or an address as typed; null also for an invitation that is not accepted. One
 * row is read for every name, as in `findAccount`.
 */
export async function findAddressee(db: Db, typed: string): Promise<Addressee | null> {
  const isAddress = typed.includes('@');
  const key = isAddress ? foldEmail(typed) : typed.toLowerCase();
  const [row] = await query<{ id: string | null; username: string; email: string; emailKey: string | null }>(
    db,
    `select u.id, u.username, u.email, u.email_key as "emailKey" from (select 1) as one left join users u
     on ${isAddress ? 'u.email_key' : 'u.username'} = ? and u.deleted_at is null and not u.disabled and u.invited_at is null`,
    [key.replaceAll('\0', '')],
  );
  if (!row || row.id === null) return null;
  const { id, username, email } = row;
  return { id, username, email, ownsEmail: ownsEmail(row) };
}

/** Returns any account, on which work is done that is rolled back; null if there is none. */
export async function findStandIn(db: Db): Promise<Omit<Addressee, 'ownsEmail'> | null> {
  const [row] = await query<Omit<Addressee, 'ownsEmail'>>(
    db,
    'select id, username, email from users where deleted_at is null order by id limit 1',
  );
  return row ?? null;
}
