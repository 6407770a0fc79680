import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createMirror, type MirrorOptions } from '../../../src/store/state_cache/state_cache.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openStores, type OpenStores } from '../../support/open_stores.ts';

const MINUTE = 60_000;
const KEY = 'a key';

describeOnStores('a mirror', (stores) => {
  let open: OpenStores;
  beforeAll(async () => {
    open = await openStores(stores);
  });
  afterAll(() => open.close());

  /** As a process that starts now has it; `fill` writes the one key unless told otherwise. */
  const mirror = (options: Partial<MirrorOptions> = {}) =>
    createMirror({
      database: open.database,
      keyValue: open.keyValue,
      fill: (_db, copy) => copy.set(KEY, 'filled', MINUTE),
      ...options,
    });
  const valueOf = async (from = mirror()) => (await from.read([KEY])).values[0];
  /** The store without what it held, for a mirror made before or after. */
  const empty = async () => void (await open.keyValue.delete(['{mirror}:whole']), await open.emptied());

  it('is filled before anybody is told anything, once for all who ask', async () => {
    await empty();
    let fills = 0;
    const fill: MirrorOptions['fill'] = async (_db, copy) => {
      fills += 1;
      await copy.set(KEY, 'filled', MINUTE);
    };
    const replicas = [mirror({ fill }), mirror({ fill })];
    const answers = await Promise.all([...replicas, ...replicas, ...replicas].map((replica) => valueOf(replica)));
    expect(new Set(answers)).toEqual(new Set(['filled']));
    expect(fills).toBe(1);
  });

  it('is the same for every process, and remembers what was written to it', async () => {
    const { copy } = await mirror().read([]);
    await copy.set(KEY, 'written', MINUTE);
    expect(await valueOf()).toBe('written');
  });

  it('forgets what was written to a copy that is over', async () => {
    const reader = mirror();
    const { copy } = await reader.read([]);
    await empty();
    expect(await valueOf()).toBe('filled');
    await copy.set(KEY, 'late', MINUTE);
    await copy.setIfAbsent(KEY, 'late', MINUTE);
    expect([await valueOf(reader), await valueOf()]).toEqual(['filled', 'filled']);
  });

  it('is made again where the store was emptied while it was filled', async () => {
    await empty();
    let fills = 0;
    const fill: MirrorOptions['fill'] = async (_db, copy) => {
      fills += 1;
      await copy.set('first', 'filled', MINUTE);
      if (fills === 1) await empty();
      await copy.set('second', 'filled', MINUTE);
    };
    expect((await mirror({ fill }).read(['first', 'second'])).values).toEqual(['filled', 'filled']);
    expect(fills).toBe(2);
  });

  it('is not believed by who finds it half filled, as by a process that died', async () => {
    await empty();
    const died = new Error('died');
    const fill: MirrorOptions['fill'] = () => Promise.reject(died);
    await expect(mirror({ fill }).read([])).rejects.toBe(died);
    expect(await valueOf()).toBe('filled');
  });

  it('gives up where the store is emptied again and again', async () => {
    await empty();
    await expect(mirror({ fill: empty }).read([])).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('is another one on a server of another lineage, though that has all of its keys', async () => {
    const before = mirror();
    const { copy } = await before.read([]);
    await copy.set(KEY, 'of before', MINUTE);
    const keyValue: MirrorOptions['keyValue'] = {
      ...open.keyValue,
      getWithLineage: async (keys) => ({ ...(await open.keyValue.getWithLineage(keys)), lineage: 'another' }),
    };
    expect(await valueOf(mirror({ keyValue }))).toBe('filled');
  });

  it('waits for a change that announced itself to the copy before', async () => {
    await empty();
    const told = randomUUID();
    let committed: string | null = null;
    const fill: MirrorOptions['fill'] = (_db, copy) => copy.set(KEY, committed ?? 'not yet', MINUTE);
    const replica = mirror({ fill });
    await replica.read([]);
    const reading = await open.database.transaction(async (db) => {
      const copy = await replica.hold(db);
      await copy!.set(KEY, 'unsettled', MINUTE);
      await empty();
      const reading = valueOf(mirror({ fill }));
      await new Promise((resolve) => setTimeout(resolve, 200));
      committed = told;
      return { value: reading };
    });
    expect(await reading.value).toBe(told);
  });

  it('offers no copy to a change where there is none, and tells its next reader', async () => {
    await mirror().read([]);
    await empty();
    await open.database.transaction(async (db) => {
      expect(await mirror().hold(db)).toBeNull();
    });
    expect(await valueOf()).toBe('filled');
  });
});
