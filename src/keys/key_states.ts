import { lockAcrossReplicas, type Db } from '../store/database/database.ts';
import { makePair, type PairAlgorithm } from './key_pair.ts';
import { type KeyState, type SigningKey, SigningKeyEntity } from './signing_key.entity.ts';

/**
 * How long caches may keep a JWKS, in seconds, and with what a replica may be behind: so long a key is published before
 * it signs, or a resource server would refuse a good token of a key that it has not heard of.
 */
export const JWKS_SECONDS = 300;
export const PUBLISHED_SECONDS = JWKS_SECONDS + 60;
/** Longer than any access token lives (60 minutes) and clocks differ: so long a key verifies after it has signed. */
export const RETIRING_SECONDS = 2 * 3600;

/** What makes a key. */
export interface KeyMaker {
  readonly algorithm: PairAlgorithm;
  readonly sealing: readonly Buffer[];
}

/** Every stored key, newest first, under the lock of whoever changes one. */
export async function lockKeys(db: Db): Promise<SigningKey[]> {
  await lockAcrossReplicas(db, 'signing-keys');
  return findKeys(db);
}

export async function findKeys(db: Db): Promise<SigningKey[]> {
  return db.find(SigningKeyEntity, {}, { orderBy: [{ createdAt: 'desc' }, { kid: 'asc' }] });
}

/** The key that signs, or is about to, of an algorithm. */
export function keyIn(keys: readonly SigningKey[], state: KeyState, algorithm: string): SigningKey | undefined {
  return keys.find((key) => key.state === state && key.algorithm === algorithm);
}

/** Sees to it that there is a key that signs and one that comes after it. Answers those it made. */
export async function completeKeys(
  db: Db,
  keys: readonly SigningKey[],
  { algorithm, sealing }: KeyMaker,
  now: Date,
): Promise<SigningKey[]> {
  const next = keyIn(keys, 'next', algorithm);
  const signs = keyIn(keys, 'current', algorithm) !== undefined;
  if (!signs && next) enter(next, 'current', now);
  const missing: KeyState[] = [
    ...(signs || next ? [] : ['current' as const]),
    ...(signs && next ? [] : ['next' as const]),
  ];
  const made: SigningKey[] = [];
  for (const state of missing) made.push(db.create(SigningKeyEntity, await makePair(algorithm, state, sealing, now)));
  made.forEach((key) => db.persist(key));
  await db.flush();
  return made;
}

/**
 * The next key signs from now on; those that signed before, of whatever algorithm, verify for {@link RETIRING_SECONDS}
 * more; another comes next. Answers what was made and what was removed.
 */
export async function advanceKeys(db: Db, keys: readonly SigningKey[], maker: KeyMaker, now: Date) {
  const next = keyIn(keys, 'next', maker.algorithm);
  if (!next) throw new Error('advanceKeys needs a next key');
  const removed = keys.filter((key) => key.state === 'next' && key !== next);
  removed.forEach((key) => db.remove(key));
  for (const key of keys) if (key.state === 'current') enter(key, 'retiring', now);
  // First those that leave: there is one that signs of each algorithm at a time.
  await db.flush();
  enter(next, 'current', now);
  const made = db.create(SigningKeyEntity, await makePair(maker.algorithm, 'next', maker.sealing, now));
  db.persist(made);
  await db.flush();
  return { made, removed };
}

/** Removes keys whose last token has expired. Answers them. */
export async function forgetKeys(db: Db, keys: readonly SigningKey[], now: Date): Promise<SigningKey[]> {
  const gone = keys.filter(({ state, stateSince }) => state === 'retiring' && age(stateSince, now) > RETIRING_SECONDS);
  gone.forEach((key) => db.remove(key));
  await db.flush();
  return gone;
}

/** Seconds since something. */
export function age(since: Date, now: Date): number {
  return (now.getTime() - since.getTime()) / 1000;
}

function enter(key: SigningKey, state: KeyState, now: Date): void {
  key.state = state;
  key.stateSince = now;
}
