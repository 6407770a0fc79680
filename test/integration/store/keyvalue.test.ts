import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type KeyValue, type KeyValueOptions, openKeyValue } from '../../../src/store/keyvalue/keyvalue.ts';
import { type Backend, describeWith, redisForTests, skipped } from '../../support/store_servers.ts';
import {
  hasRedisServer,
  NEEDS_REDIS_SERVER,
  type RedisServer,
  startRedisCluster,
  startRedisSentinel,
  startRedisServer,
} from '../../support/redis_server.ts';
import { processTime, redisTime, type Time } from '../../support/time.ts';
import { until, untilResolves } from '../../support/until.ts';

const MINUTE = 60_000;

const opened: KeyValue[] = [];
async function open(redisUrl: string | undefined, options: Partial<KeyValueOptions> = {}): Promise<KeyValue> {
  const store = await openKeyValue({ redisUrl, ...options });
  opened.push(store);
  return store;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

describe('in-process', () => behavesAsAStore(() => undefined, 'memory', processTime));

describeWith('TEST_REDIS_URL', 'on Redis', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await redisForTests();
  });
  afterAll(() => backend.release());

  behavesAsAStore(
    () => backend.url,
    'redis',
    () => redisTime(backend.url),
  );

  it('prefixes every key and gives each an end', async () => {
    const store = await open(backend.url);
    await store.set('p:value', '1', MINUTE);
    await store.setMany([{ key: 'p:many', value: '1', ttlMs: MINUTE }]);
    await store.setIfAbsent('p:once', '1', MINUTE);
    await store.join('p:line', 'a', MINUTE);
    const limiter = store.limiter({ name: 'p:limiter', points: 1, durationSeconds: 60 });
    await limiter.penalty('x');
    await limiter.block('y', 60);
    const client = new Redis(backend.url);
    const keys = await client.keys('*p:*');
    const ends = await Promise.all(keys.map((key) => client.pttl(key)));
    client.disconnect();
    expect(keys.toSorted()).toEqual(
      ['p:limiter:x', 'p:limiter:y', 'p:line', 'p:many', 'p:once', 'p:value'].map((key) => `gatehouse:${key}`),
    );
    expect(ends.every((ms) => ms > 50_000)).toBe(true);
  });

  it('is shared by every process that opens it', async () => {
    const [one, other] = await Promise.all([open(backend.url), open(backend.url)]);
    await one.set('shared', 'yes', MINUTE);
    expect(await other.getMany(['shared'])).toEqual(['yes']);
    expect(await one.join('shared-line', 'a', MINUTE)).toBe(1);
    expect(await other.join('shared-line', 'b', MINUTE)).toBe(2);
  });
});

describe('on Redis Cluster', () => {
  if (!hasRedisServer) return skipped(NEEDS_REDIS_SERVER);
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 20_000);
  afterAll(() => cluster.close());

  behavesAsAStore(() => cluster.url, 'redis');
});

describe('on Redis behind a Sentinel', () => {
  if (!hasRedisServer) return skipped(NEEDS_REDIS_SERVER);
  let sentinel: Awaited<ReturnType<typeof startRedisSentinel>>;
  beforeAll(async () => {
    sentinel = await startRedisSentinel();
  }, 20_000);
  afterAll(() => sentinel.close());

  behavesAsAStore(() => sentinel.url, 'redis');
});

/** Tests the behaviour of every store. With a time that can be moved, also tests expiry. */
function behavesAsAStore(url: () => string | undefined, kind: KeyValue['kind'], timeOf?: () => Time): void {
  let store: KeyValue;
  let run = 0;
  /** Makes keys that only this test uses. */
  const key = (name: string) => `test-${run}:${name}`;
  beforeEach(async () => {
    run += 1;
    store = await open(url());
  });

  it('says what it is and answers', async () => {
    expect(store.kind).toBe(kind);
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('gives many values in the order asked for, null for what is absent', async () => {
    await store.set(key('a'), '1', MINUTE);
    await store.set(key('b'), '2', MINUTE);
    expect(await store.getMany([key('b'), key('none'), key('a'), key('b')])).toEqual(['2', null, '1', '2']);
    expect(await store.getMany([])).toEqual([]);
  });

  it('gives them with the replication id of the data, which stays the same while nothing happens to it', async () => {
    const [here, absent] = [`{${key('tag')}}:a`, `{${key('tag')}}:b`];
    await store.set(here, '1', MINUTE);
    const { replicationId, values } = await store.getWithReplicationId([absent, here]);
    expect(values).toEqual([null, '1']);
    expect(replicationId).not.toBe('');
    expect(await (await open(url())).getWithReplicationId([here])).toMatchObject(
      kind === 'redis' ? { replicationId, values: ['1'] } : {},
    );
    expect(await store.getWithReplicationId([here])).toEqual({ replicationId, values: ['1'] });
  });

  it.each([
    ['empty', ''],
    ['NUL and other controls', '\0\r\n\t'],
    ['beyond ASCII', 'Ünïcödé 🔑'],
    ['a megabyte', 'x'.repeat(1024 * 1024)],
  ])('keeps a value as it is: %s', async (_, value) => {
    await store.set(key('odd'), value, MINUTE);
    expect(await store.getMany([key('odd')])).toEqual([value]);
  });

  it('sets more than one round trip takes, each with its own end', async () => {
    const entries = Array.from({ length: 1_203 }, (_, at) => ({ key: `{many}:${at}`, value: `${at}`, ttlMs: MINUTE }));
    await store.setMany([...entries, { key: '{many}:short', value: '1', ttlMs: 1 }]);
    expect(await store.getMany(entries.map(({ key }) => key))).toEqual(entries.map(({ value }) => value));
    await untilResolves(async () => expect(await store.getMany(['{many}:short'])).toEqual([null]));
    await store.setMany([]);
  });

  it('refuses a TTL that is no number', async () => {
    await expect(store.set(key('a'), '1', Number.NaN)).rejects.toThrow(RangeError);
    await expect(store.setIfAbsent(key('a'), '1', Infinity)).rejects.toThrow(RangeError);
  });

  it('sets what is absent for one caller only', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => store.setIfAbsent(key('a'), `${n}`, MINUTE)),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await store.getMany([key('a')])).toEqual([`${outcomes.indexOf(true)}`]);
  });

  it('compares and sets for one caller only', async () => {
    await store.set(key('a'), 'old', MINUTE);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => store.replaceIf({ key: key('a'), value: `${n}`, ttlMs: MINUTE }, 'old')),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await store.getMany([key('a')])).toEqual([`${outcomes.indexOf(true)}`]);
    expect(await store.replaceIf({ key: key('none'), value: 'new', ttlMs: MINUTE }, 'old')).toBe(false);
    expect(await store.replaceIf({ key: key('none'), value: 'new', ttlMs: MINUTE }, '')).toBe(false);
    expect(await store.getMany([key('none')])).toEqual([null]);
  });

  it('deletes many', async () => {
    await store.set(key('a'), '1', MINUTE);
    await store.set(key('b'), '1', MINUTE);
    await store.set(key('c'), '1', MINUTE);
    await store.delete([key('a'), key('b'), key('none')]);
    await store.delete([]);
    expect(await store.getMany([key('a'), key('b'), key('c')])).toEqual([null, null, '1']);
  });

  describe('a line', () => {
    it('has places in order of joining, which move up as others leave', async () => {
      const join = joining(store, key('line'));
      expect(await join('a', 'b', 'c')).toEqual([1, 2, 3]);
      expect(await join('b')).toEqual([2]);
      await store.leave(key('line'), 'a');
      await store.leave(key('line'), 'nobody');
      expect(await join('b', 'c', 'a')).toEqual([1, 2, 3]);
      expect(await store.join(key('other line'), 'z', MINUTE)).toBe(1);
    });

    it('gives every member a place of its own, however many join at once', async () => {
      const places = await Promise.all(
        Array.from({ length: 200 }, (_, n) => store.join(key('line'), `member-${n}`, MINUTE)),
      );
      expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    });
  });

  describe('a limiter', () => {
    const limiter = (name = 'limiter', points = 2, durationSeconds = 60) =>
      store.limiter({ name: key(name), points, durationSeconds });

    it('counts every penalty, also beyond its points', async () => {
      const counts = limiter();
      expect(await counts.get('a')).toBeUndefined();
      const points = await Promise.all([1, 2, 3].map(async () => (await counts.penalty('a')).points));
      expect(points).toEqual([1, 2, 3]);
      expect(await counts.get('a')).toMatchObject({ points: 3 });
      expect(await counts.get('b')).toBeUndefined();
      expect(await limiter('another').get('a')).toBeUndefined();
    });

    it('refuses to consume more than its points, and says for how long', async () => {
      const counts = limiter();
      await counts.consume('a');
      await counts.consume('a');
      await expect(counts.consume('a')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 60 });
    });

    it('blocks for a time of its own', async () => {
      const counts = limiter();
      await counts.block('a', 30);
      expect((await counts.get('a'))?.remainingMs).toBeLessThanOrEqual(30_000);
      await counts.block('a', 300);
      expect((await counts.get('a'))?.remainingMs).toBeGreaterThan(299_000);
      await expect(counts.consume('a')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 300 });
    });

    it('is shared by all callers with the same name', async () => {
      await limiter().penalty('a');
      expect(await limiter().get('a')).toMatchObject({ points: 1 });
      expect(() => limiter('limiter', 3)).toThrow('other options');
    });

    it('forgets', async () => {
      const counts = limiter();
      await counts.penalty('a');
      await counts.delete('a');
      await counts.delete('none');
      expect(await counts.get('a')).toBeUndefined();
    });
  });

  if (timeOf === undefined) return;
  describe('in the course of time', () => {
    let time: Time;
    beforeEach(() => {
      time = timeOf();
    });
    afterEach(() => time.restore());

    it('forgets at the end of the TTL', async () => {
      await store.set(key('past'), '1', -5);
      await store.set(key('fraction'), '1', 999.5);
      await store.set(key('short'), '1', MINUTE);
      await store.set(key('long'), '1', 3 * MINUTE);
      await store.set(key('replaced'), '1', MINUTE);
      await store.set(key('replaced'), '2', 3 * MINUTE);
      await store.set(key('compared'), '1', MINUTE);
      await store.replaceIf({ key: key('compared'), value: '2', ttlMs: 3 * MINUTE }, '1');
      await store.setIfAbsent(key('kept'), '1', MINUTE);
      await store.setIfAbsent(key('kept'), '2', 3 * MINUTE);
      const keys = ['past', 'fraction', 'short', 'long', 'replaced', 'compared', 'kept'].map(key);
      await until(async () => (await store.getMany([key('past')]))[0] === null);
      expect(await store.getMany(keys)).toEqual([null, '1', '1', '1', '2', '2', '1']);
      await time.elapse(MINUTE);
      expect(await store.getMany(keys)).toEqual([null, null, null, '1', '2', '2', null]);
      expect(await store.replaceIf({ key: key('short'), value: '2', ttlMs: MINUTE }, '1')).toBe(false);
      expect(await store.setIfAbsent(key('short'), '3', MINUTE)).toBe(true);
    });

    it('frees the place in line of who never left', async () => {
      const join = joining(store, key('line'));
      expect(await join('dead', 'alive')).toEqual([1, 2]);
      await time.elapse(MINUTE / 2);
      expect(await join('late', 'dead', 'alive')).toEqual([3, 1, 2]);
      await store.leave(key('line'), 'alive');
      expect(await join('alive')).toEqual([3]);
      await time.elapse(MINUTE / 2);
      expect(await join('late', 'alive', 'dead')).toEqual([1, 2, 3]);
    });

    it('does not prolong a window by what comes later', async () => {
      const counts = store.limiter({ name: key('window'), points: 1, durationSeconds: 60 });
      await counts.penalty('a');
      await time.elapse(40_000);
      expect((await counts.penalty('a')).remainingMs).toBeLessThanOrEqual(20_000);
      await expect(counts.consume('a')).rejects.toMatchObject({ retryAfter: 20 });
      await time.elapse(20_000);
      expect(await counts.get('a')).toBeUndefined();
      expect(await counts.penalty('a')).toMatchObject({ points: 1 });
    });
  });
}

describe('Redis not usable at the start', () => {
  it('says where it looked and why not, after a bounded wait, without the password', async () => {
    const url = 'redis://user:s3cret@127.0.0.1:1/2';
    const error = await open(url, { readyTimeoutMs: 300 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toContain('127.0.0.1:1');
    expect(String(error)).toContain('ECONNREFUSED');
    expectNoSecret(error);
  });

  it.each([
    'redis://:s3cret@127.0.0.1:99999',
    'redis-sentinel://:s3cret@127.0.0.1:26379',
    'redis://:s3cret@/0',
    'http://:s3cret@127.0.0.1',
  ])('refuses %s', async (url) => {
    const error = await open(url).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/^Error: REDIS_URL: /);
    expectNoSecret(error);
  });

  if (!hasRedisServer) return skipped(NEEDS_REDIS_SERVER);

  it.each([
    ['a wrong password', ':s3cret@', '/0', 'WRONGPASS'],
    ['no password', '', '/0', 'NOAUTH'],
    ['a database that does not exist', ':right@', '/99', 'DB index is out of range'],
  ])('does not wait for %s to become right', async (_, credentials, path, reason) => {
    const server = await startRedisServer(['requirepass right']);
    try {
      const started = Date.now();
      const error = await open(`redis://${credentials}127.0.0.1:${server.port}${path}`).catch(
        (thrown: unknown) => thrown,
      );
      expect(String(error)).toContain(reason);
      expect(Date.now() - started).toBeLessThan(2_000);
      expectNoSecret(error);
    } finally {
      await server.close();
    }
  });
});

describe('Redis away while running', () => {
  if (!hasRedisServer) return skipped(NEEDS_REDIS_SERVER);
  let server: RedisServer;
  const errors: Error[] = [];
  beforeEach(async () => {
    server = await startRedisServer(['requirepass s3cret']);
  });
  afterEach(() => server.close());

  const everyCall: [string, (store: KeyValue) => Promise<unknown>][] = [
    ['getMany', (store) => store.getMany(['a'])],
    ['set', (store) => store.set('a', '1', MINUTE)],
    ['setIfAbsent', (store) => store.setIfAbsent('a', '1', MINUTE)],
    ['replaceIf', (store) => store.replaceIf({ key: 'a', value: '2', ttlMs: MINUTE }, '1')],
    ['delete', (store) => store.delete(['a'])],
    ['join', (store) => store.join('line', 'a', MINUTE)],
    ['leave', (store) => store.leave('line', 'a')],
    ['ping', (store) => store.ping()],
    ['limiter.get', (store) => limiterOf(store).get('a')],
    ['limiter.penalty', (store) => limiterOf(store).penalty('a')],
    ['limiter.consume', (store) => limiterOf(store).consume('a')],
    ['limiter.block', (store) => limiterOf(store).block('a', 60)],
    ['limiter.delete', (store) => limiterOf(store).delete('a')],
  ];
  const limiterOf = (store: KeyValue) => store.limiter({ name: 'test', points: 1, durationSeconds: 60 });

  async function expectAway(store: KeyValue, withinMs: number): Promise<void> {
    const started = Date.now();
    const outcomes = await Promise.all(
      everyCall.map(async ([name, call]) => {
        const thrown = await call(store).then(
          (value) => value ?? null,
          (error: unknown) => error,
        );
        expectNoSecret(thrown);
        return [name, (thrown as { code?: string } | null)?.code];
      }),
    );
    expect(outcomes).toEqual(everyCall.map(([name]) => [name, 'SERVICE_UNAVAILABLE']));
    expect(Date.now() - started).toBeLessThan(withinMs);
  }

  it('refuses every call at once when the server is gone, and recovers by itself', async () => {
    const url = `redis://:s3cret@127.0.0.1:${server.port}`;
    const store = await open(url, { onError: (error) => errors.push(error) });
    await store.set('a', '1', MINUTE);
    await server.kill();
    await expectAway(store, 500);
    await until(() => errors.join().includes('ECONNREFUSED'));
    errors.forEach(expectNoSecret);

    await server.restart();
    await untilResolves(() => store.ping());
    expect(await store.getMany(['a'])).toEqual([null]);
    await store.set('a', '2', MINUTE);
    expect(await store.getMany(['a'])).toEqual(['2']);
  });

  it('refuses every call within seconds when the server hangs, then at once, and recovers', async () => {
    const store = await open(`redis://:s3cret@127.0.0.1:${server.port}`);
    server.freeze();
    await expectAway(store, 3_000);
    await untilResolves(() => expectAway(store, 500));
    server.thaw();
    await untilResolves(() => store.ping());
  }, 15_000);

  it('refuses what the server answers with an error', async () => {
    const store = await open(`redis://:s3cret@127.0.0.1:${server.port}`);
    await store.join('a', 'member', MINUTE);
    await expect(store.replaceIf({ key: 'a', value: '2', ttlMs: MINUTE }, '1')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    const client = new Redis(server.port, { password: 's3cret' });
    await client.lpush('gatehouse:test:a', 'not a count');
    client.disconnect();
    await expect(limiterOf(store).get('a')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(limiterOf(store).penalty('a')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('can be closed', async () => {
    const store = await openKeyValue({ redisUrl: `redis://:s3cret@127.0.0.1:${server.port}` });
    await server.kill();
    await store.close();
    await expect(store.ping()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

/** Joins one after another and returns the places. */
function joining(store: KeyValue, line: string) {
  return async (...members: string[]) => {
    const places: number[] = [];
    for (const member of members) places.push(await store.join(line, member, MINUTE));
    return places;
  };
}

/** Checks every form in which a log could print the error. */
function expectNoSecret(thrown: unknown): void {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    expect(`${error.stack}${JSON.stringify(error, Object.getOwnPropertyNames(error))}`).not.toContain('s3cret');
  }
}
