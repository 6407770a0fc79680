import DataLoader from 'dataloader';
import { Refusal } from '../../kernel/errors.ts';
import { random } from '../../kernel/secret.ts';
import { type Database, lockAcrossReplicas, lockSharedAcrossReplicas, type Db } from '../database/database.ts';
import type { KeyValue } from '../keyvalue/keyvalue.ts';

/**
 * What requests are told of rows in PostgreSQL without asking it: denials, accounts' live state. Unlike a counter, such
 * a mirror must not lose its latest entries and go on: whoever was signed out a moment ago would be back. So it lives in
 * *copies*. The store names the one that is whole, every key of it carries its name, and one counts only on the server
 * it was made on: after a flush, a restart, or a failover to a replica that was behind, there is none, and the next
 * reader makes another from PostgreSQL before it is told anything.
 */
export interface Mirror {
  /**
   * What stands under `keys` in the copy that is whole: one round trip, unless it has to be made, for all who ask at the
   * same moment. Throws SERVICE_UNAVAILABLE.
   */
  read(keys: readonly string[]): Promise<Found>;
  /**
   * For a change that is about to commit: the copy that no other replaces before that; null where there is none, and
   * then who makes one waits for the change, and so knows of it. Throws SERVICE_UNAVAILABLE.
   */
  hold(db: Db): Promise<Copy | null>;
}

export interface Found {
  readonly values: readonly (string | null)[];
  readonly copy: Copy;
}

/** One copy. What is written to one that is over is read by nobody. */
export type Copy = Pick<KeyValue, 'set' | 'setMany' | 'setIfAbsent' | 'replaceIf'>;

export interface MirrorOptions {
  readonly database: Pick<Database, 'transaction'>;
  readonly keyValue: Pick<KeyValue, 'getWithLineage' | keyof Copy>;
  /** Writes into a new copy what its readers would not look up in PostgreSQL by themselves. */
  readonly fill: (db: Db, copy: Copy) => Promise<void>;
}

const PURPOSE = 'mirror';
/** The braces keep all of it on one node of a Redis Cluster: a node that is lost takes the name with it. */
const WHOLE = '{mirror}:whole';
/** A copy is made anew at least so often: everything in the store has an end. */
const KEPT_MS = 30 * 86_400_000;
const TRIES = 5;
/** Requests that share a round trip: the store does nothing else while it answers one. */
const TOGETHER = 100;

export function createMirror({ database, keyValue, fill }: MirrorOptions): Mirror {
  let current = '';
  let making: Promise<void> | undefined;

  async function make(): Promise<void> {
    await database.transaction(async (db) => {
      // Changes that announced themselves to a copy that is gone are waited for; those that come later wait for us.
      await lockAcrossReplicas(db, PURPOSE);
      const { lineage, values } = await keyValue.getWithLineage([WHOLE]);
      // Another replica was here first.
      if (isOf(lineage, values[0])) return;
      const name = `${lineage}.${random(8).toString('base64url')}`;
      const unfinished = `?${name}`;
      await keyValue.set(WHOLE, unfinished, KEPT_MS);
      await fill(db, copyOf(keyValue, name));
      // Where this fails the store was emptied meanwhile, and with it some of what was filled in.
      await keyValue.replaceIf(WHOLE, unfinished, name, KEPT_MS);
    });
  }

  /** What each of several asks for. */
  async function readTogether(asked: readonly (readonly string[])[]): Promise<Found[]> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const name = current;
      const { lineage, values } = await keyValue.getWithLineage([
        WHOLE,
        ...asked.flat().map((key) => keyIn(name, key)),
      ]);
      const [whole, ...found] = values;
      if (!isOf(lineage, whole)) {
        making ??= make().finally(() => (making = undefined));
        await making;
      } else if (whole === name) {
        const copy = copyOf(keyValue, name);
        return asked.map(({ length }) => ({ values: found.splice(0, length), copy }));
      } else {
        current = whole;
      }
    }
    throw new Refusal('SERVICE_UNAVAILABLE', { cause: new Error('the key-value store lost its data repeatedly') });
  }

  // Nothing is kept: every request asks. `setImmediate` comes after everything that arrived with it was read.
  const reader = new DataLoader(readTogether, {
    cache: false,
    maxBatchSize: TOGETHER,
    batchScheduleFn: (batch) => void setImmediate(batch),
  });

  return {
    read: (keys) => reader.load(keys),

    async hold(db) {
      await lockSharedAcrossReplicas(db, PURPOSE);
      const { lineage, values } = await keyValue.getWithLineage([WHOLE]);
      const [whole] = values;
      return isOf(lineage, whole) ? copyOf(keyValue, whole) : null;
    },
  };
}

function isOf(lineage: string, name: string | null | undefined): name is string {
  return name?.startsWith(`${lineage}.`) ?? false;
}

function keyIn(name: string, key: string): string {
  return `{mirror}:${name}:${key}`;
}

function copyOf(keyValue: Copy, name: string): Copy {
  return {
    set: (key, value, ttlMs) => keyValue.set(keyIn(name, key), value, ttlMs),
    setMany: (entries) => keyValue.setMany(entries.map((entry) => ({ ...entry, key: keyIn(name, entry.key) }))),
    setIfAbsent: (key, value, ttlMs) => keyValue.setIfAbsent(keyIn(name, key), value, ttlMs),
    replaceIf: (key, expected, value, ttlMs) => keyValue.replaceIf(keyIn(name, key), expected, value, ttlMs),
  };
}
