import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { conflict, invalidInput, Refusal } from '../../kernel/errors.ts';
import { failsWith, schemaFaults } from '../../kernel/schema_faults.ts';
import { isDuplicate, isUuid, query, type Db } from '../../store/database/database.ts';
import { type Passkey, PasskeyEntity } from './passkey.entity.ts';

/** The most passkeys of an account. */
const MOST_PASSKEYS = 50;

/** A verified passkey that is not stored yet. */
export interface NewPasskey extends Pick<Passkey, 'counter' | 'backedUp'> {
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly transports: readonly string[];
  readonly deviceType: 'singleDevice' | 'multiDevice';
}

const named = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    // A lone surrogate cannot be stored or logged.
    .refine((name) => name.isWellFormed(), failsWith({ code: 'NOT_UNICODE' }))
    // Threat: with direction marks, a name reads as another one.
    .refine((name) => !/(?![\u200c\u200d])[\p{Cc}\p{Cf}]/u.test(name), failsWith({ code: 'CONTROL_CHARACTERS' })),
});

/** Returns the name of a passkey as it is stored. @throws Refusal BAD_USER_INPUT */
export function checkPasskeyName(name: string): string {
  const { success, data, error } = named.safeParse({ name });
  if (!success) throw new Refusal('BAD_USER_INPUT', { fields: schemaFaults(error) });
  return data.name;
}

const ORDER = { createdAt: 'asc', id: 'asc' } as const;

/** Returns the passkeys of an account, the oldest first. */
export async function findPasskeys(db: Db, userId: string): Promise<Passkey[]> {
  return db.find(PasskeyEntity, { userId }, { orderBy: ORDER });
}

/** Returns the passkeys of each of these accounts that has any, by the id of the account, in one query. */
export async function findPasskeysOf(db: Db, userIds: readonly string[]): Promise<Map<string, Passkey[]>> {
  const found = await db.find(PasskeyEntity, { userId: { $in: [...userIds] } }, { orderBy: ORDER });
  return Map.groupBy(found, ({ userId }) => userId);
}

/** Returns the number of an account's passkeys. */
export async function countPasskeys(db: Db, userId: string): Promise<number> {
  return db.count(PasskeyEntity, { userId });
}

/** Returns the passkey with a credential id, or null. */
export async function findPasskeyByCredential(db: Db, credentialId: Buffer): Promise<Passkey | null> {
  return db.findOne(PasskeyEntity, { credentialId });
}

/** Returns the passkeys as options name them, so that browsers recognise them. */
export function descriptorsOf(passkeys: readonly Passkey[]) {
  return passkeys.map(({ credentialId, transports }) => ({
    id: Buffer.from(credentialId).toString('base64url'),
    transports: transports.split(' ').filter(Boolean) as ('usb' | 'nfc' | 'ble' | 'internal' | 'hybrid')[],
  }));
}

/** A passkey for an account. */
export interface PasskeyAddition extends NewPasskey {
  readonly userId: string;
  /** As {@link checkPasskeyName} returns it. */
  readonly name: string;
}

/**
 * Adds a passkey. The caller holds the lock of its account.
 * @throws Refusal CONFLICT if an account, this one or another, has a passkey with this credential id
 * @throws Refusal BAD_USER_INPUT if the account has too many
 */
export async function addPasskey(db: Db, passkey: PasskeyAddition, now: Date): Promise<Passkey> {
  const { userId, transports, ...rest } = passkey;
  if ((await countPasskeys(db, userId)) >= MOST_PASSKEYS) {
    throw invalidInput({ field: 'passkeys', code: 'TOO_MANY', max: MOST_PASSKEYS });
  }
  const added = db.create(PasskeyEntity, {
    id: randomUUID(),
    userId,
    ...rest,
    transports: transports.join(' '),
    createdAt: now,
    lastUsedAt: null,
  });
  db.persist(added);
  try {
    await db.flush();
  } catch (error) {
    // Threat: an attacker registers the credential id of a victim for an account of their own (section 7.1).
    if (isDuplicate(error)) throw conflict({ field: 'response', code: 'TAKEN' });
    throw error;
  }
  return added;
}

/** A passkey, and the account that it must be of. Threat: the id of another account's passkey. */
export interface PasskeyKey {
  readonly id: string;
  readonly userId: string;
}

/** Renames a passkey. @throws Refusal BAD_USER_INPUT if the account has none with this id */
export async function renamePasskey(db: Db, key: PasskeyKey, name: string): Promise<Passkey> {
  const passkey = await findPasskey(db, key);
  passkey.name = name;
  return passkey;
}

/** Removes a passkey and returns it. @throws Refusal BAD_USER_INPUT if the account has none with this id */
export async function removePasskey(db: Db, key: PasskeyKey): Promise<Passkey> {
  const passkey = await findPasskey(db, key);
  db.remove(passkey);
  return passkey;
}

async function findPasskey(db: Db, { id, userId }: PasskeyKey): Promise<Passkey> {
  const passkey = isUuid(id) ? await db.findOne(PasskeyEntity, { id: id.toLowerCase(), userId }) : null;
  if (!passkey) throw invalidInput({ field: 'id', code: 'NOT_FOUND' });
  return passkey;
}

/** Removes the passkeys of an account that were added after a time, and returns their number. */
export async function removePasskeysSince(db: Db, userId: string, since: Date): Promise<number> {
  return db.nativeDelete(PasskeyEntity, { userId, createdAt: { $gt: since } });
}

/** Removes all passkeys of an account and returns their number. */
export async function removePasskeys(db: Db, userId: string): Promise<number> {
  return db.nativeDelete(PasskeyEntity, { userId });
}

/**
 * Stores the use of a passkey. One guarded statement, so that of two signatures with the same counter one counts.
 * @returns false if the counter went back meanwhile, or the passkey was removed
 */
export async function noteUse(
  db: Db,
  { id }: Pick<Passkey, 'id'>,
  { counter, backedUp, at }: Pick<Passkey, 'counter' | 'backedUp'> & { readonly at: Date },
): Promise<boolean> {
  const rows = await query(
    db,
    `update passkeys set counter = ?, backed_up = ?, last_used_at = ?
     where id = ? and (counter < ? or (counter = 0 and ? = 0)) returning id`,
    [counter, backedUp, at, id, counter, counter],
  );
  return rows.length === 1;
}
