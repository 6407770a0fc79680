import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createStateCache, type StateCacheOptions } from '../../../src/store/state_cache/state_cache.ts';
import { query } from '../../../src/store/database/database.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openStores, type OpenStores } from '../../support/open_stores.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
const KEY = 'a key';
const WAITING = `select pid from pg_locks join pg_database on pg_database.oid = pg_locks.database
  where datname = current_database() and locktype = 'advisory' and not granted`;

describeOnStores('the state cache', (stores) => {
  let open: OpenStores;
  beforeAll(async () => {
    open = await openStores(stores);
  });
  afterAll(() => open.close());

  /** Creates the cache as a starting process does. By default `fill` writes the one key. */
  const stateCache = (options: Partial<StateCacheOptions> = {}) =>
    createStateCache({
      database: open.database,
      keyValue: open.keyValue,
      fill: (_db, generation) => generation.set(KEY, 'filled', MINUTE),
      ...options,
    });
  const valueOf = async (from = stateCache()) => (await from.read([KEY])).values[0];
  /** Empties the store, for a state cache made before or after. */
  const empty = async () => void (await open.keyValue.delete(['{mirror}:whole']), await open.emptied());

  it('is filled before its first reader gets a value, once for all readers', async () => {
    await empty();
    let fills = 0;
    const fill: StateCacheOptions['fill'] = async (_db, generation) => {
      fills += 1;
      await generation.set(KEY, 'filled', MINUTE);
    };
    const replicas = [stateCache({ fill }), stateCache({ fill })];
    const answers = await Promise.all([...replicas, ...replicas, ...replicas].map((replica) => valueOf(replica)));
    expect(new Set(answers)).toEqual(new Set(['filled']));
    expect(fills).toBe(1);
  });

  it('is the same for every process, and remembers what was written to it', async () => {
    const { generation } = await stateCache().read([]);
    await generation.set(KEY, 'written', MINUTE);
    expect(await valueOf()).toBe('written');
  });

  it('forgets what was written to a copy that is over', async () => {
    const reader = stateCache();
    const { generation } = await reader.read([]);
    await empty();
    expect(await valueOf()).toBe('filled');
    await generation.set(KEY, 'late', MINUTE);
    await generation.setIfAbsent(KEY, 'late', MINUTE);
    expect([await valueOf(reader), await valueOf()]).toEqual(['filled', 'filled']);
  });

  it('is made again where the store was emptied while it was filled', async () => {
    await empty();
    let fills = 0;
    const fill: StateCacheOptions['fill'] = async (_db, generation) => {
      fills += 1;
      await generation.set('first', 'filled', MINUTE);
      if (fills === 1) await empty();
      await generation.set('second', 'filled', MINUTE);
    };
    expect((await stateCache({ fill }).read(['first', 'second'])).values).toEqual(['filled', 'filled']);
    expect(fills).toBe(2);
  });

  it('is not believed by who finds it half filled, as by a process that died', async () => {
    await empty();
    const died = new Error('died');
    const fill: StateCacheOptions['fill'] = () => Promise.reject(died);
    await expect(stateCache({ fill }).read([])).rejects.toBe(died);
    expect(await valueOf()).toBe('filled');
  });

  it('gives up where the store is emptied again and again', async () => {
    await empty();
    await expect(stateCache({ fill: empty }).read([])).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('is another one on a server with another replication id, though that has all of its keys', async () => {
    const before = stateCache();
    const { generation } = await before.read([]);
    await generation.set(KEY, 'of before', MINUTE);
    const keyValue: StateCacheOptions['keyValue'] = {
      ...open.keyValue,
      getWithReplicationId: async (keys) => ({
        ...(await open.keyValue.getWithReplicationId(keys)),
        replicationId: 'another',
      }),
    };
    expect(await valueOf(stateCache({ keyValue }))).toBe('filled');
  });

  it('waits for a change that announced itself to the copy before', async () => {
    await empty();
    const told = randomUUID();
    let committed: string | null = null;
    const fill: StateCacheOptions['fill'] = (_db, generation) => generation.set(KEY, committed ?? 'not yet', MINUTE);
    const replica = stateCache({ fill });
    await replica.read([]);
    const reading = await open.database.transaction(async (db) => {
      const generation = await replica.pin(db);
      await generation!.set(KEY, 'pending', MINUTE);
      await empty();
      const missed = Promise.withResolvers<void>();
      const keyValue: StateCacheOptions['keyValue'] = {
        ...open.keyValue,
        async getWithReplicationId(keys) {
          const found = await open.keyValue.getWithReplicationId(keys);
          missed.resolve();
          return found;
        },
      };
      const reading = valueOf(stateCache({ fill, keyValue }));
      await missed.promise;
      // PGlite has one connection, so there the reader waits for this transaction anyway.
      if (stores !== 'embedded')
        await until(
          () => query(db, WAITING),
          ({ length }) => length > 0,
        );
      committed = told;
      return { value: reading };
    });
    expect(await reading.value).toBe(told);
  });

  it('offers no copy to a change where there is none, and tells its next reader', async () => {
    await stateCache().read([]);
    await empty();
    await open.database.transaction(async (db) => {
      expect(await stateCache().pin(db)).toBeNull();
    });
    expect(await valueOf()).toBe('filled');
  });
});
