import { createSecretKey } from 'node:crypto';
import { deriveKey, digest } from '../kernel/secret.ts';
import { query, type Db } from '../store/database/database.ts';
import type { SigningKey } from './key_pair.ts';

/** A key of HS256: derived from a secret, and published nowhere. */
export type SharedKey = SigningKey & { readonly algorithm: 'HS256' };

/** Seconds that a note covers beyond the token it is made for, so that not each one writes the row. */
const AHEAD_SECONDS = 300;

/** @param secret `JWT_SECRET_KEY`, or the previous one */
export async function sharedKeyOf(secret: string): Promise<SharedKey> {
  const bytes = deriveKey(secret, 'access-token');
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  return {
    // The id tells keys apart without telling anything of them: a digest of the derived key, under a label of its own.
    kid: digest(deriveKey(bytes, 'key-id')).toString('hex').slice(0, 16),
    algorithm: 'HS256',
    key,
    secret: createSecretKey(bytes),
  };
}

/**
 * Until when each of these keys verifies what it signed, in milliseconds since the epoch; one that signed nothing is
 * missing. Threat: the secret is in environments, backups and images. Where pairs sign, it alone must not make a token.
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
 * Notes that a key signs tokens which must verify until then, in milliseconds since the epoch. Answers until when it
 * verifies by this note.
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
