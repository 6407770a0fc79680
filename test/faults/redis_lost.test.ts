import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { backend, skipped } from '../support/store_servers.ts';
import type { Tokens } from '../support/http_client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { hasRedisServer, NEEDS_REDIS_SERVER, type RedisServer, startRedisServer } from '../support/redis_server.ts';
import { startWire, type Wire } from '../support/tcp_proxy.ts';
import { until } from '../support/until.ts';

/** `RACE_ROUNDS=1000` runs more rounds than CI does. */
const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 25);
const REVOKED = 'UNAUTHENTICATED/REVOKED';

describe('nothing that was revoked comes back', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  if (!hasRedisServer) return skipped(NEEDS_REDIS_SERVER);

  let steady: Instance;
  let redis: RedisServer;
  let behind: RedisServer;
  /** The address of Redis that the servers under test use. */
  let wire: Wire;
  /** The connection between Redis and its replica. */
  let link: Wire;
  let replicas: readonly [Instance, Instance];
  beforeAll(async () => {
    steady = await startInstance({ stores: 'PostgreSQL and Redis', env: { PUBLIC_URL: 'http://gatehouse.test' } });
  });
  afterAll(() => steady.close());
  beforeEach(async () => {
    [redis, behind] = await Promise.all([startRedisServer(), startRedisServer()]);
    [wire, link] = [await startWire(redis.url), await startWire(redis.url)];
    replicas = [await steady.replica({ REDIS_URL: wire.url }), await steady.replica({ REDIS_URL: wire.url })];
  });
  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await Promise.all([wire.close(), link.close()]);
    await Promise.all([redis.close(), behind.close()]);
  });

  const command = async (server: RedisServer, ...words: [string, ...string[]]) => {
    const client = new Redis(server.url);
    try {
      return await client.call(...words);
    } finally {
      client.disconnect();
    }
  };
  /**
   * Returns each replica's verdict on a token once Redis is reachable again. On the way there, no replica may accept
   * it.
   */
  const verdicts = ({ accessToken }: Pick<Tokens, 'accessToken'>) =>
    Promise.all(
      replicas.map(async ({ client }) => {
        const ask = async () => (await client.me(accessToken)).refusal;
        const isThere = (refusal: string | undefined) => refusal !== 'SERVICE_UNAVAILABLE';
        return (await until(ask, isThere, { patienceMs: 15_000, everyMs: 100 })) ?? 'accepted';
      }),
    );

  /** Expects every kind of revocation to hold, after `before` and then the event in Redis. */
  async function expectGone(happens: () => Promise<void>, before: () => Promise<void> = async () => {}) {
    const [{ client }] = replicas;
    const admin = await adminToken(replicas[0]);
    const people: Person[] = [];
    for (let n = 0; n < 4; n++) people.push(await createUser(replicas[0]));
    const [out, off, demoted, kept] = people as [Person, Person, Person, Person];
    const login = ({ username, password }: Person) => client.login(username, password);
    await client.ask(`mutation { setUserRole(username: "${demoted.username}", role: "admin") { id } }`, {
      token: admin,
    });
    const tokens = [await login(out), await login(off), await login(demoted), await login(kept)] as const;
    for (const each of tokens) expect(await verdicts(each)).toEqual(['accepted', 'accepted']);
    await before();

    await client.ask('mutation { logout }', { token: tokens[0].accessToken });
    await client.ask(`mutation { setUserDisabled(username: "${off.username}", disabled: true) { id } }`, {
      token: admin,
    });
    await client.ask(`mutation { setUserRole(username: "${demoted.username}", role: "user") { id } }`, {
      token: admin,
    });
    await happens();

    expect(await verdicts(tokens[0])).toEqual([REVOKED, REVOKED]);
    expect(await verdicts(tokens[1])).toEqual(['INACTIVE_USER', 'INACTIVE_USER']);
    expect(await verdicts(tokens[3])).toEqual(['accepted', 'accepted']);
    for (const replica of replicas) {
      const { refusal } = await replica.client.ask('{ adminDashboard { user } }', { token: tokens[2].accessToken });
      expect(refusal).toBe('FORBIDDEN');
    }
  }

  it(
    'when Redis loses everything',
    async () => {
      const [{ client }, other] = replicas;
      const { username, password } = await createUser(replicas[0]);
      for (let round = 0; round < ROUNDS; round++) {
        const { accessToken } = await client.login(username, password);
        await client.ask('mutation { logout }', { token: accessToken });
        await command(redis, 'FLUSHALL');
        const asked = Array.from({ length: 4 }, (_, at) => (at % 2 ? client : other.client).me(accessToken));
        expect((await Promise.all(asked)).map(({ refusal }) => refusal)).toEqual(Array(4).fill(REVOKED));
      }
    },
    60_000 + ROUNDS * 1_000,
  );

  it(
    'when Redis is killed and restarts empty',
    () =>
      expectGone(async () => {
        await redis.kill();
        await redis.restart();
      }),
    60_000,
  );

  it(
    'when Redis is killed and restarts with old data',
    () =>
      expectGone(
        async () => {
          await redis.kill();
          await redis.restart();
        },
        async () => void (await command(redis, 'SAVE')),
      ),
    60_000,
  );

  it(
    'when an outdated replica takes over',
    () =>
      expectGone(
        async () => {
          await redis.kill();
          await wire.cut();
          await command(behind, 'REPLICAOF', 'NO', 'ONE');
          await wire.redirect(behind.url);
        },
        async () => {
          await command(behind, 'REPLICAOF', '127.0.0.1', new URL(link.url).port);
          const replication = async () => String(await command(behind, 'INFO', 'replication'));
          await until(replication, (info) => info.includes('master_link_status:up'), { everyMs: 50 });
          // All earlier data is replicated now, and no later data will be.
          await command(redis, 'WAIT', '1', '1000');
          await link.cut();
        },
      ),
    60_000,
  );

  it(
    'when Redis evicts some keys and keeps the rest',
    () =>
      expectGone(async () => {
        const client = new Redis(redis.url);
        try {
          const denials = await client.keys('gatehouse:{mirror}:*:deny:*');
          expect(denials.length).toBeGreaterThan(0);
          // The key that Redis evicts first. It is large enough to be the only one; with small keys the choice would be
          // unknown.
          await client.set('victim', 'x'.repeat(1_000_000), 'EX', 30);
          const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1]);
          await client.config('SET', 'maxmemory-policy', 'volatile-ttl');
          await client.config('SET', 'maxmemory', used - 500_000);
          await client.set('more', 'x');
          expect(await client.exists('victim')).toBe(0);
          await client.config('SET', 'maxmemory', 0);
          await client.del(...denials);
          // As after a change that was reverted: a policy that evicts would cause responses of 503.
          await client.config('SET', 'maxmemory-policy', 'noeviction');
          // The mirrored copy still has its key.
          expect(await client.exists('gatehouse:{mirror}:whole')).toBe(1);
        } finally {
          client.disconnect();
        }
      }),
    60_000,
  );

  it('is ready only while Redis accepts changes and evicts nothing', async () => {
    const ready = async () => (await fetch(`${replicas[0].url}/health/ready`)).status;
    expect(await ready()).toBe(200);
    await command(redis, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await ready()).toBe(503);
    await command(redis, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    expect(await ready()).toBe(200);
    await command(redis, 'CONFIG', 'SET', 'maxmemory', '1');
    expect(await ready()).toBe(503);
    await command(redis, 'CONFIG', 'SET', 'maxmemory', '0');
    expect(await ready()).toBe(200);
  }, 30_000);

  it('while a replica responds: it is not asked', async () => {
    const [{ client }] = replicas;
    const { username, password } = await createUser(replicas[0]);
    const tokens = await client.login(username, password);
    await command(redis, 'REPLICAOF', '127.0.0.1', String(behind.port));
    expect((await client.me(tokens.accessToken)).refusal).toBe('SERVICE_UNAVAILABLE');
    await command(redis, 'REPLICAOF', 'NO', 'ONE');
    expect(await verdicts(tokens)).toEqual(['accepted', 'accepted']);
  }, 30_000);
});

describe('a Redis that evicts keys', () => {
  if (!hasRedisServer) return skipped(NEEDS_REDIS_SERVER);

  it.each(['allkeys-lru', 'volatile-ttl', 'volatile-lru', 'allkeys-random'])('is refused: %s', async (policy) => {
    const server = await startRedisServer([`maxmemory-policy ${policy}`]);
    try {
      const start = startInstance({ stores: 'embedded', env: { REDIS_URL: server.url } });
      await expect(start).rejects.toThrow(`maxmemory-policy is ${policy} and must be noeviction`);
    } finally {
      await server.close();
    }
  });
});
