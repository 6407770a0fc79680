import DataLoader from 'dataloader';
import { Refusal } from '../../kernel/errors.ts';
import { random } from '../../kernel/secret.ts';
import { type Database, lockAcrossReplicas, lockSharedAcrossReplicas, type Db } from '../database/database.ts';
import type { KeyValue } from '../keyvalue/keyvalue.ts';

/**
 * A cache of rows that requests need without a query to PostgreSQL: denials and the state of accounts. Threat: a cache
 * that lost its latest entries and went on would let an ended session come back. So the entries live in *generations*.
 * The store names the complete one, and every key of it carries that name. A generation is valid only on the server
 * where it was made. After a flush, a restart, or a failover to a replica that lagged, the next reader makes a new one
 * from PostgreSQL before it reads.
 */
export interface StateCache {
  /**
   * Returns the values of `keys` in the complete generation. Concurrent reads share one round trip.
   * @throws Refusal SERVICE_UNAVAILABLE
   */
  read(keys: readonly string[]): Promise<CachedValues>;
  /**
   * Pins the generation until the transaction ends: no other one replaces it before. Returns null if there is none;
   * then the next reader waits for the transaction before it makes one.
   * @throws Refusal SERVICE_UNAVAILABLE
   */
  pin(db: Db): Promise<Generation | null>;
}

export interface CachedValues {
  readonly values: readonly (string | null)[];
  readonly generation: Generation;
}

/** The entries of one generation. Writes to a replaced generation have no effect. */
export type Generation = Pick<KeyValue, 'set' | 'setMany' | 'setIfAbsent' | 'replaceIf'>;

export interface StateCacheOptions {
  readonly database: Pick<Database, 'transaction'>;
  readonly keyValue: Pick<KeyValue, 'getWithReplicationId' | keyof Generation>;
  /** Writes to a new generation the entries that its readers do not look up in PostgreSQL themselves. */
  readonly fill: (db: Db, generation: Generation) => Promise<void>;
}

const PURPOSE = 'mirror';
/** The braces keep all keys on one node of a Redis Cluster, so that a lost node loses the name as well. */
const WHOLE = '{mirror}:whole';
/** The lifetime of a generation in milliseconds: every entry of the store expires. */
const KEPT_MS = 30 * 86_400_000;
const TRIES = 5;
/** Requests that share a round trip. The store does nothing else while it serves one. */
const TOGETHER = 100;

export function createStateCache({ database, keyValue, fill }: StateCacheOptions): StateCache {
  let current = '';
  let making: Promise<void> | undefined;

  async function make(): Promise<void> {
    await database.transaction(async (db) => {
      // Waits for transactions that pinned a lost generation. Later transactions wait for this one.
      await lockAcrossReplicas(db, PURPOSE);
      const { replicationId, values } = await keyValue.getWithReplicationId([WHOLE]);
      // Another replica made a generation first.
      if (isOf(replicationId, values[0])) return;
      const name = `${replicationId}.${random(8).toString('base64url')}`;
      const unfinished = `?${name}`;
      await keyValue.set(WHOLE, unfinished, KEPT_MS);
      await fill(db, generationOf(keyValue, name));
      // If this fails, the store was emptied meanwhile, and some of the new entries are lost.
      await keyValue.replaceIf({ key: WHOLE, value: name, ttlMs: KEPT_MS }, unfinished);
    });
  }

  /** Returns the values for each of several requests. */
  async function readTogether(asked: readonly (readonly string[])[]): Promise<CachedValues[]> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const name = current;
      const { replicationId, values } = await keyValue.getWithReplicationId([
        WHOLE,
        ...asked.flat().map((key) => keyIn(name, key)),
      ]);
      const [whole, ...found] = values;
      if (!isOf(replicationId, whole)) {
        making ??= make().finally(() => (making = undefined));
        await making;
      } else if (whole === name) {
        const generation = generationOf(keyValue, name);
        return asked.map(({ length }) => ({ values: found.splice(0, length), generation }));
      } else {
        current = whole;
      }
    }
    throw new Refusal('SERVICE_UNAVAILABLE', { cause: new Error('the key-value store lost its data repeatedly') });
  }

  // Nothing is cached here: every request reads. `setImmediate` runs after all requests that arrived together.
  const reader = new DataLoader(readTogether, {
    cache: false,
    maxBatchSize: TOGETHER,
    batchScheduleFn: (batch) => void setImmediate(batch),
  });

  return {
    read: (keys) => reader.load(keys),

    async pin(db) {
      await lockSharedAcrossReplicas(db, PURPOSE);
      const { replicationId, values } = await keyValue.getWithReplicationId([WHOLE]);
      const [whole] = values;
      return isOf(replicationId, whole) ? generationOf(keyValue, whole) : null;
    },
  };
}

function isOf(replicationId: string, name: string | null | undefined): name is string {
  return name?.startsWith(`${replicationId}.`) ?? false;
}

function keyIn(name: string, key: string): string {
  return `{mirror}:${name}:${key}`;
}

function generationOf(keyValue: Generation, name: string): Generation {
  return {
    set: (key, value, ttlMs) => keyValue.set(keyIn(name, key), value, ttlMs),
    setMany: (entries) => keyValue.setMany(entries.map((entry) => ({ ...entry, key: keyIn(name, entry.key) }))),
    setIfAbsent: (key, value, ttlMs) => keyValue.setIfAbsent(keyIn(name, key), value, ttlMs),
    replaceIf: (entry, expected) => keyValue.replaceIf({ ...entry, key: keyIn(name, entry.key) }, expected),
  };
}
