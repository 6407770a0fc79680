import { lockAcrossReplicas, type Db } from '../store/database/database.ts';
import { type KeyMaker, makePair } from './key_pair.ts';
import { type KeyState, type SigningKey, SigningKeyEntity } from './signing_key.entity.ts';

/** The seconds for which caches may keep a JWKS. */
export const JWKS_SECONDS = 300;
/**
 * The seconds for which a key is published before it signs: the lifetime of caches and the lag of a replica. Otherwise
 * a resource server would refuse a valid token whose key it has not seen.
 */
export const PUBLISHED_SECONDS = JWKS_SECONDS + 60;
/**
 * The seconds for which a key verifies after it stopped signing. They exceed the lifetime of access tokens (60 minutes)
 * and the difference of clocks.
 */
export const RETIRING_SECONDS = 2 * 3600;

/** The stored keys under their lock. */
export interface LockedKeys {
  readonly db: Db;
  readonly keys: readonly SigningKey[];
  readonly at: Date;
}

/** Returns all stored keys, newest first, under the lock for changes of keys. */
export async function lockKeys(db: Db): Promise<SigningKey[]> {
  await lockAcrossReplicas(db, 'signing-keys');
  return findKeys(db);
}

/** Returns all stored keys, newest first. */
export async function findKeys(db: Db): Promise<SigningKey[]> {
  return db.find(SigningKeyEntity, {}, { orderBy: [{ createdAt: 'desc' }, { kid: 'asc' }] });
}

/** Returns the key of an algorithm that is in a state. */
export function keyIn(keys: readonly SigningKey[], state: KeyState, algorithm: string): SigningKey | undefined {
  return keys.find((key) => key.state === state && key.algorithm === algorithm);
}

/** Promotes or makes keys so that one key signs and another one comes next. Returns the keys it made. */
export async function completeKeys({ db, keys, at }: LockedKeys, maker: KeyMaker): Promise<SigningKey[]> {
  const { algorithm } = maker;
  const next = keyIn(keys, 'next', algorithm);
  const signs = keyIn(keys, 'current', algorithm) !== undefined;
  if (!signs && next) enter(next, 'current', at);
  const missing: KeyState[] = [
    ...(signs || next ? [] : ['current' as const]),
    ...(signs && next ? [] : ['next' as const]),
  ];
  const made: SigningKey[] = [];
  for (const state of missing) made.push(db.create(SigningKeyEntity, await makePair(maker, state, at)));
  made.forEach((key) => db.persist(key));
  await db.flush();
  return made;
}

/**
 * Rotates the keys: the next key signs; the keys that signed before, of any algorithm, verify for another {@link
 * RETIRING_SECONDS}; a new key comes next. Returns the new and the removed keys.
 */
export async function advanceKeys({ db, keys, at }: LockedKeys, maker: KeyMaker) {
  const next = keyIn(keys, 'next', maker.algorithm);
  if (!next) throw new Error('advanceKeys needs a next key');
  const removed = keys.filter((key) => key.state === 'next' && key !== next);
  removed.forEach((key) => db.remove(key));
  for (const key of keys) if (key.state === 'current') enter(key, 'retiring', at);
  // The retiring keys are written first: a unique index allows one current key of each algorithm.
  await db.flush();
  enter(next, 'current', at);
  const made = db.create(SigningKeyEntity, await makePair(maker, 'next', at));
  db.persist(made);
  await db.flush();
  return { made, removed };
}

/** Removes keys whose last token has expired, and returns them. */
export async function forgetKeys(db: Db, keys: readonly SigningKey[], now: Date): Promise<SigningKey[]> {
  const gone = keys.filter(({ state, stateSince }) => state === 'retiring' && age(stateSince, now) > RETIRING_SECONDS);
  gone.forEach((key) => db.remove(key));
  await db.flush();
  return gone;
}

/** Returns the seconds from `since` to `now`. */
export function age(since: Date, now: Date): number {
  return (now.getTime() - since.getTime()) / 1000;
}

function enter(key: SigningKey, state: KeyState, now: Date): void {
  key.state = state;
  key.stateSince = now;
}
