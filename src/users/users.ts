import { randomUUID } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import { z } from 'zod';
import { foldEmail, LONGEST_EMAIL, normalEmail } from '../kernel/email.ts';
import { Refusal } from '../kernel/errors.ts';
import { isDuplicate, isUuid, query, type Db } from '../store/database/database.ts';
import { failsWith, schemaFaults } from '../kernel/schema_faults.ts';
import { unownedKey } from './email_claims.ts';
import { type User, UserEntity } from './user.entity.ts';

/** Matched before lower-casing. Threat: the Kelvin sign becomes a plain `k`, and one name would have two spellings. */
const USERNAME = /^[a-z0-9._-]{3,64}$/i;
const USERNAME_CHARACTERS = /^[a-z0-9._-]*$/i;

/**
 * The flags of England, Scotland and others (UTS #51, ED-14a). Threat: other tag characters are invisible and can spell
 * any text.
 */
const SUBDIVISION_FLAG = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}/gu;

/** The rules for names and addresses; they are returned as they are stored. */
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
    // Control characters and lone surrogates cannot be stored or logged as sent. Threat: with direction marks, a name
    // reads as another one in an admin's list. Persian, Hindi and other languages need the two joiners.
    .refine((name) => name.isWellFormed(), failsWith({ code: 'NOT_UNICODE' }))
    .refine(
      (name) => !/(?![\u200c\u200d])[\p{Cc}\p{Cf}]/u.test(name.replace(SUBDIVISION_FLAG, '')),
      failsWith({ code: 'CONTROL_CHARACTERS' }),
    )
    .nullable()
    .transform((name) => name || null),
});

/** The profile of an account, as it is stored. */
export type Profile = Readonly<z.output<typeof profile>>;

type NullableField = { [name in keyof Profile]: null extends Profile[name] ? name : never }[keyof Profile];

/** A profile as it is entered: a field that may be null may also be missing. */
export type ProfileInput = Readonly<Omit<z.input<typeof profile>, NullableField>> & {
  readonly [name in NullableField]?: Profile[name] | undefined;
};

export interface NewUser extends Profile {
  readonly role: string;
  /** Null for an account that was invited. */
  readonly passwordHash: string | null;
}

/** A new account, and what else is stored of it. */
export interface NewAccount extends NewUser {
  /** False if the address belongs to another account; true by default. */
  readonly ownsEmail?: boolean;
  readonly emailVerifiedAt?: Date;
  /** The time of its invitation. */
  readonly invitedAt?: Date;
}

/** The names of the profile's fields. */
export const PROFILE_FIELDS = Object.keys(profile.shape) as readonly (keyof Profile)[];

const EMPTY = Object.fromEntries(
  PROFILE_FIELDS.filter((name) => profile.shape[name].safeParse(null).success).map((name) => [name, null]),
);

/**
 * Returns a profile as it is stored.
 * @throws Refusal BAD_USER_INPUT with all faults
 */
export function checkProfile(input: ProfileInput): Profile {
  return checked(profile.safeParse({ ...EMPTY, ...withoutUndefined(input) }));
}

/** Profile fields to change; `undefined` leaves a field as it is. The e-mail address is required. */
export type ProfileChange = {
  readonly [name in Exclude<keyof Profile, 'username'>]?: Profile[name] | null | undefined;
};

const profileChange = profile.omit({ username: true }).partial();

/**
 * Returns changed fields as they are stored, as {@link checkProfile} does.
 * @throws Refusal BAD_USER_INPUT with all faults
 */
export function checkProfileChange(change: ProfileChange): z.output<typeof profileChange> {
  return checked(profileChange.safeParse(withoutUndefined(change)));
}

function withoutUndefined(input: object): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function checked<T>(result: z.ZodSafeParseResult<T>): T {
  if (result.success) return result.data;
  throw new Refusal('BAD_USER_INPUT', { fields: schemaFaults(result.error) });
}

/** Returns whether a text has the form of a user name. */
export function isUsername(text: string): boolean {
  return USERNAME.test(text);
}

/** Returns an account's name for the audit log; its id if the account does not exist any more. */
export async function nameOf(db: Db, id: string): Promise<string> {
  return (await findUserById(db, id))?.username ?? id;
}

/** Returns the account of a name in any case, or null. Deleted accounts are not found. */
export async function findUser(db: Db, username: string): Promise<User | null> {
  return USERNAME.test(username) ? db.findOne(UserEntity, { username: username.toLowerCase(), deletedAt: null }) : null;
}

/** The part of an account that a sign-in checks before it takes the account's lock. */
export interface SignInAccount extends Pick<User, 'id' | 'username' | 'passwordHash' | 'disabled' | 'deviceEpoch'> {
  readonly isEmailVerified: boolean;
  /** Milliseconds since the epoch. */
  readonly breachCheckedAt: number | null;
}

/**
 * Returns an account as {@link findUser} does, for a sign-in: one row for every name, and no entity. Threat: making an
 * entity takes 0.1 to 0.4 ms, and a hundred failed logins reveal by their time whether a name exists.
 */
export async function findAccount(db: Db, username: string): Promise<SignInAccount | null> {
  const typed = USERNAME.test(username) ? username.toLowerCase() : '';
  const [row] = await query<SignInAccount | { readonly id: null }>(
    db,
    `select u.id, u.username, u.password_hash as "passwordHash", u.disabled, u.device_epoch as "deviceEpoch",
      u.email_verified_at is not null as "isEmailVerified",
      (extract(epoch from u.breach_checked_at) * 1000)::float8 as "breachCheckedAt"
    from (select 1) as one left join users u on u.username = ? and u.deleted_at is null`,
    [typed],
  );
  return row && row.id !== null ? row : null;
}

/**
 * Returns the user name of a name as typed at a sign-in. A verified e-mail address stands for its account's name, so
 * that limits, devices and the log know the account by one name. Any other address is returned as its key, which no
 * account has as its name.
 */
export async function signInName(db: Db, typed: string): Promise<string> {
  if (!typed.includes('@')) return typed;
  const key = foldEmail(typed);
  if (normalEmail(typed) === undefined) return key;
  const [row] = await query<{ username: string | null }>(
    db,
    `select u.username from (select 1) as one left join users u
     on u.email_key = ? and u.email_verified_at is not null and u.deleted_at is null`,
    [key],
  );
  return row?.username ?? key;
}

/**
 * Notes that the password of an account is looked up among those of breaches now. Returns false if another sign-in has
 * noted it since `before`, or if the password was changed meanwhile.
 */
export async function noteBreachCheck(
  db: Db,
  { id, deviceEpoch }: Pick<SignInAccount, 'id' | 'deviceEpoch'>,
  { now, before }: { readonly now: Date; readonly before: Date },
): Promise<boolean> {
  const noted = await query(
    db,
    `update users set breach_checked_at = ? where id = ? and device_epoch = ? and deleted_at is null
      and (breach_checked_at is null or breach_checked_at <= ?)
    returning id`,
    [now, id, deviceEpoch, before],
  );
  return noted.length > 0;
}

/** Returns the account of an id, or null if it was deleted. */
export async function findUserById(db: Db, id: string): Promise<User | null> {
  return db.findOne(UserEntity, { id, deletedAt: null });
}

/** Returns the ids of those of the accounts that have a password. */
export async function findPasswordHolders(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const rows = await query<{ id: string }>(
    db,
    `select id from users where password_hash is not null
     and id in (select json_array_elements_text(?::json)::uuid)`,
    [JSON.stringify(ids)],
  );
  return new Set(rows.map(({ id }) => id));
}

/** The reference to an account: its name as typed, its id, or both, which must then be of the same account. */
export interface UserKey {
  readonly username?: string | undefined;
  readonly id?: string | undefined;
}

/** Returns the accounts of these keys in their order, in one query; null for a key without an account. */
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

/** Returns a key as the columns hold it; null if no account can have it. */
function storedKey({ username, id }: UserKey): UserKey | null {
  if ((username !== undefined && !USERNAME.test(username)) || (id !== undefined && !isUuid(id))) return null;
  return { username: username?.toLowerCase(), id: id?.toLowerCase() };
}

/** Locks an account's row and returns it. Changes of an account, and new sessions on it, take this lock. */
export async function lockUser(db: Db, id: string): Promise<User | null> {
  return db.findOne(UserEntity, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

/** The account that already has a name or an address. */
export interface NameHolder {
  readonly username: string;
  /** A deleted account keeps its name. */
  readonly deleted: boolean;
}

/** Returns the account that would make {@link createUser} throw CONFLICT, by the name first; null if there is none. */
export async function findNameHolder(
  db: Db,
  { username, email }: Pick<NewUser, 'username' | 'email'>,
): Promise<NameHolder | null> {
  const [row] = await query<NameHolder>(
    db,
    `select username, deleted_at is not null as deleted from users
     where username = ? or email_key = ? order by username = ? desc limit 1`,
    [username, foldEmail(email), username],
  );
  return row ?? null;
}

/**
 * Adds an account.
 * @throws Refusal CONFLICT if the name (also a deleted account's) or the e-mail address is taken
 */
export async function createUser(db: Db, account: NewAccount, now: Date): Promise<User> {
  const { ownsEmail = true, emailVerifiedAt = null, invitedAt = null, ...input } = account;
  const id = randomUUID();
  const user = db.create(UserEntity, {
    id,
    ...input,
    emailKey: ownsEmail ? foldEmail(input.email) : unownedKey(id),
    emailVerifiedAt,
    invitedAt,
    disabled: false,
    deviceEpoch: 0,
    breachCheckedAt: null,
    secondFactor: false,
    createdAt: now,
    lastLoginAt: null,
    deletedAt: null,
  });
  db.persist(user);
  await flushNames(db);
  return user;
}

/**
 * Changes the full name or the e-mail address of an account. A new address is not verified.
 * @throws Refusal CONFLICT if the address is taken
 */
export async function changeProfile(db: Db, user: User, change: ReturnType<typeof checkProfileChange>): Promise<void> {
  const { email } = change;
  const emailKey = email === undefined || email === user.email ? null : foldEmail(email);
  Object.assign(user, change, emailKey === null ? {} : { emailKey, emailVerifiedAt: null });
  await flushNames(db);
  // The trigger `users_email_changed` drops the key of another spelling with the same key.
  if (emailKey !== null) await setEmailKey(db, user.id, emailKey);
}

async function flushNames(db: Db): Promise<void> {
  await refusingTaken(db.flush());
}

async function setEmailKey(db: Db, id: string, key: string): Promise<void> {
  await refusingTaken(query(db, 'update users set email_key = ? where id = ?', [key, id]));
}

async function refusingTaken(change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const field = /email/.test((error as { constraint?: string }).constraint ?? '') ? 'email' : 'username';
    throw new Refusal('CONFLICT', { fields: [{ field, code: 'TAKEN' }], cause: error });
  }
}

/**
 * The columns that a deleted account keeps: its name, which is never given out again, and those without personal data.
 */
const KEPT: readonly string[] = [
  'id',
  'username',
  'role',
  'disabled',
  'deviceEpoch',
  'secondFactor',
  'createdAt',
  'deletedAt',
] satisfies (keyof User)[];

/**
 * Erases an account: it clears all columns except the listed ones, so that a new column cannot be overlooked. The
 * caller ends its sessions.
 */
export function eraseUser(user: User, now: Date): void {
  user.deletedAt = now;
  const personal = Object.keys(UserEntity.meta.properties).filter((name) => !KEPT.includes(name));
  Object.assign(user, Object.fromEntries(personal.map((name) => [name, null])));
}

/** Returns the number of accounts, without deleted ones. */
export async function countUsers(
  db: Db,
  {
    roles,
    ...where
  }: { readonly roles?: readonly string[]; readonly disabled?: boolean; readonly invitedAt?: null } = {},
): Promise<number> {
  return db.count(UserEntity, { ...where, ...(roles && { role: { $in: [...roles] } }), deletedAt: null });
}
