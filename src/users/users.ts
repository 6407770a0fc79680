import { randomUUID } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import { z } from 'zod';
import { LONGEST_EMAIL, normalEmail } from '../kernel/email.ts';
import { Refusal } from '../kernel/errors.ts';
import { isDuplicate, isUuid, query, type Db } from '../store/database/database.ts';
import { failsWith, schemaFaults } from '../kernel/schema_faults.ts';
import { type User, UserEntity } from './user.entity.ts';

export interface NewUser {
  readonly username: string;
  readonly email: string;
  readonly fullName: string | null;
  readonly role: string;
  readonly passwordHash: string;
}

/** As typed: lower case would make a plain `k` of the Kelvin sign, and two spellings of one name. */
const USERNAME = /^[a-z0-9._-]{3,64}$/i;
const USERNAME_CHARACTERS = /^[a-z0-9._-]*$/i;

/** The flags of England, Scotland and others (UTS #51, ED-14a). Other tags say anything, and are seen by nobody. */
const SUBDIVISION_FLAG = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}/gu;

/** What a new account's names must look like; names and addresses come out as they are stored. */
const profile = z.object({
  username: z
    .string()
    .min(3)
    .max(64)
    .refine(
      (name) => USERNAME_CHARACTERS.test(name),
      failsWith({ code: 'INVALID_CHARACTERS', allowed: 'a-z 0-9 . _ -' }),
    )
    .transform((name) => name.toLowerCase()),
  email: z
    .string()
    .max(LONGEST_EMAIL)
    .transform((text, { addIssue }) => {
      const email = normalEmail(text);
      if (email === undefined) addIssue(failsWith({ code: 'MALFORMED', expected: 'EMAIL_ADDRESS' }));
      return email ?? z.NEVER;
    }),
  fullName: z
    .string()
    .trim()
    .max(200)
    // Neither store nor log could carry control characters and lone surrogates as sent, and marks of direction would let a
    // name be read as another in an admin's list; the two joiners are how Persian, Hindi and others are spelt.
    .refine((name) => name.isWellFormed(), failsWith({ code: 'NOT_UNICODE' }))
    .refine(
      (name) => !/(?![\u200c\u200d])[\p{Cc}\p{Cf}]/u.test(name.replace(SUBDIVISION_FLAG, '')),
      failsWith({ code: 'CONTROL_CHARACTERS' }),
    )
    .nullable()
    .transform((name) => name || null),
});

/**
 * Names as they are stored. Throws BAD_USER_INPUT with every fault.
 */
export function checkProfile(input: { username: string; email: string; fullName?: string | null | undefined }): {
  username: string;
  email: string;
  fullName: string | null;
} {
  return checked(profile.safeParse({ ...input, fullName: input.fullName ?? null }));
}

/** What is to be another of an account's names: undefined where it stays; nobody is without an e-mail address. */
export interface ProfileChange {
  readonly email?: string | null | undefined;
  readonly fullName?: string | null | undefined;
}

const profileChange = profile.pick({ email: true, fullName: true }).partial();

/** As {@link checkProfile}, of some of the names. Throws BAD_USER_INPUT. */
export function checkProfileChange({ email, fullName }: ProfileChange): z.output<typeof profileChange> {
  return checked(
    profileChange.safeParse({
      ...(email === undefined ? {} : { email }),
      ...(fullName === undefined ? {} : { fullName }),
    }),
  );
}

function checked<T>(result: z.ZodSafeParseResult<T>): T {
  if (result.success) return result.data;
  throw new Refusal('BAD_USER_INPUT', { fields: schemaFaults(result.error) });
}

/** Whether it can be a user name at all. */
export function isUsername(text: string): boolean {
  return USERNAME.test(text);
}

/** What the audit log calls the account of an id: its name; the id where there is no account any more. */
export async function nameOf(db: Db, id: string): Promise<string> {
  return (await findUserById(db, id))?.username ?? id;
}

/** The account of a name as somebody typed it, or null. Deleted accounts are not found. */
export async function findUser(db: Db, username: string): Promise<User | null> {
  return USERNAME.test(username) ? db.findOne(UserEntity, { username: username.toLowerCase(), deletedAt: null }) : null;
}

/** What a sign-in judges an account by, before it takes its lock. */
export type Account = Pick<User, 'id' | 'username' | 'passwordHash' | 'disabled' | 'deviceEpoch'>;

/**
 * As {@link findUser}, for a sign-in: one row whoever is named, and no entity made of it. Threat: making one took 0.1 to
 * 0.4 ms, which some hundred failed logins were enough to see, and to tell a name that exists by.
 */
export async function findAccount(db: Db, username: string): Promise<Account | null> {
  const typed = USERNAME.test(username) ? username.toLowerCase() : '';
  const [row] = await query<Account | { readonly id: null }>(
    db,
    `select u.id, u.username, u.password_hash as "passwordHash", u.disabled, u.device_epoch as "deviceEpoch"
    from (select 1) as one left join users u on u.username = ? and u.deleted_at is null`,
    [typed],
  );
  return row && row.id !== null ? row : null;
}

/** The account a session belongs to, or null where it was deleted. */
export async function findUserById(db: Db, id: string): Promise<User | null> {
  return db.findOne(UserEntity, { id, deletedAt: null });
}

/** What an account is referred to by: its name as somebody typed it, its id, or both, which must be one account's. */
export interface UserKey {
  readonly username?: string | undefined;
  readonly id?: string | undefined;
}

/** The accounts of these keys, in their order: one query, however many. Null where {@link findUser} would find none. */
export async function findUsersByKey(db: Db, keys: readonly UserKey[]): Promise<(User | null)[]> {
  const wanted = keys.map(storedKey);
  const names = wanted.flatMap((key) => key?.username ?? []);
  const ids = wanted.flatMap((key) => key?.id ?? []);
  const found = await db.find(UserEntity, {
    deletedAt: null,
    $or: [{ username: { $in: names } }, { id: { $in: ids } }],
  });
  const byName = new Map(found.map((user) => [user.username, user]));
  const byId = new Map(found.map((user) => [user.id, user]));
  return wanted.map((key) => {
    const { username, id } = key ?? {};
    const user = id === undefined ? byName.get(username ?? '') : byId.get(id);
    return user && user.username === (username ?? user.username) ? user : null;
  });
}

/** A key as the columns hold it; null where it can be nobody's. */
function storedKey({ username, id }: UserKey): UserKey | null {
  if ((username !== undefined && !USERNAME.test(username)) || (id !== undefined && !isUuid(id))) return null;
  return { username: username?.toLowerCase(), id: id?.toLowerCase() };
}

/** The account under its row's lock: whoever changes it, or starts a session on it, waits for the other. */
export async function lockUser(db: Db, id: string): Promise<User | null> {
  return db.findOne(UserEntity, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

/** An account that has a name or an address already. */
export interface NameHolder {
  readonly username: string;
  /** A deleted account keeps its name. */
  readonly deleted: boolean;
}

/** The account for which {@link createUser} would throw CONFLICT, by the name first; null where there is none. */
export async function findNameHolder(
  db: Db,
  { username, email }: Pick<NewUser, 'username' | 'email'>,
): Promise<NameHolder | null> {
  const [row] = await query<NameHolder>(
    db,
    `select username, deleted_at is not null as deleted from users
     where username = ? or lower(email) = lower(?) order by username = ? desc limit 1`,
    [username, email, username],
  );
  return row ?? null;
}

/** Adds an account. Throws CONFLICT where the name (also a deleted account's) or the e-mail address is taken. */
export async function createUser(db: Db, input: NewUser, now: Date): Promise<User> {
  const user = db.create(UserEntity, {
    id: randomUUID(),
    ...input,
    disabled: false,
    deviceEpoch: 0,
    createdAt: now,
    lastLoginAt: null,
    deletedAt: null,
  });
  db.persist(user);
  await flushNames(db);
  return user;
}

/** Gives an account another full name, another e-mail address. Throws CONFLICT where the address is taken. */
export async function changeProfile(db: Db, user: User, change: ReturnType<typeof checkProfileChange>): Promise<void> {
  Object.assign(user, change);
  await flushNames(db);
}

async function flushNames(db: Db): Promise<void> {
  try {
    await db.flush();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const field = /email/.test((error as { constraint?: string }).constraint ?? '') ? 'email' : 'username';
    throw new Refusal('CONFLICT', { fields: [{ field, code: 'TAKEN' }], cause: error });
  }
}

/** The columns that a deleted account keeps: its name, which is never given out again, and those without personal data. */
const KEPT: readonly string[] = [
  'id',
  'username',
  'role',
  'disabled',
  'deviceEpoch',
  'createdAt',
  'deletedAt',
] satisfies (keyof User)[];

/**
 * Deletes an account for good: every column goes but those that are kept by name, so that a new one cannot be forgotten.
 * Its sessions are the caller's to end.
 */
export function eraseUser(user: User, now: Date): void {
  user.deletedAt = now;
  const personal = Object.keys(UserEntity.meta.properties).filter((name) => !KEPT.includes(name));
  Object.assign(user, Object.fromEntries(personal.map((name) => [name, null])));
}

export async function countUsers(db: Db, where: { role?: string; disabled?: boolean } = {}): Promise<number> {
  return db.count(UserEntity, { ...where, deletedAt: null });
}
