import { createSecretKey } from 'node:crypto';
import { deriveKey, digest } from '../kernel/secret.ts';
import { query, type Db } from '../store/database/database.ts';
import type { SigningKeyPair } from './key_pair.ts';

/** An HS256 key: derived from a secret, never published. */
export type SharedKey = SigningKeyPair & { readonly algorithm: 'HS256' };

/** Seconds that a record extends past its token, so that not every token writes the row. */
const AHEAD_SECONDS = 300;

/**
 * Derives the HS256 key of a secret.
 * @param secret `JWT_SECRET_KEY`, or the previous one
 */
export async function sharedKeyOf(secret: string): Promise<SharedKey> {
  const bytes = deriveKey(secret, 'access-token');
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  return {
    // The id reveals nothing about the key: it is a digest of a value derived from the key, under its own label.
    kid: digest(deriveKey(bytes, 'key-id')).toString('hex').slice(0, 16),
    algorithm: 'HS256',
    key,
    secret: createSecretKey(bytes),
  };
}

/**
 * Returns the time until which each key verifies its tokens, in milliseconds since the epoch. A key that signed nothing
 * is missing. Threat: the secret is in environments, backups and images. While key pairs sign, it must not be enough to
 * make a token.
 */
export async function findEnds(db: Db, keys: readonly SharedKey[]): Promise<Map<string, number>> {
  const rows = await query<{ kid: string; verifies_until: string | Date }>(
    db,
    `select kid, verifies_until from shared_keys where kid in (${keys.map(() => '?').join(', ')})`,
    keys.map(({ kid }) => kid),
  );
  return new Map(rows.map(({ kid, verifies_until: end }) => [kid, new Date(end).getTime()]));
}

/**
 * Records that a key signed a token.
 * @param neededUntil the token's expiry, in milliseconds since the epoch
 * @returns the time until which the key verifies by this record
 */
export async function noteSigned(db: Db, { kid }: SharedKey, neededUntil: number): Promise<number> {
  const end = neededUntil + AHEAD_SECONDS * 1000;
  await query(
    db,
    `insert into shared_keys (kid, verifies_until) values (?, ?)
     on conflict (kid) do update set verifies_until = greatest(shared_keys.verifies_until, excluded.verifies_until)`,
    [kid, new Date(end)],
  );
  return end;
}
