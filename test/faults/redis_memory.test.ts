import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { backend, skipped } from '../support/store_servers.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { hasRedisServer, NEEDS_REDIS_SERVER, type RedisServer, startRedisServer } from '../support/redis_server.ts';
import { until } from '../support/until.ts';

const AWAY = 'SERVICE_UNAVAILABLE';
const REVOKED = 'UNAUTHENTICATED/REVOKED';

describe('a Redis with too little memory', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  if (!hasRedisServer) return skipped(NEEDS_REDIS_SERVER);

  let steady: Instance;
  let server: RedisServer;
  let redis: Redis;
  let gatehouse: Instance;
  let person: Person;
  beforeAll(async () => {
    steady = await startInstance({ stores: 'PostgreSQL and Redis' });
  });
  afterAll(() => steady.close());
  beforeEach(async () => {
    server = await startRedisServer();
    redis = new Redis(server.url);
    gatehouse = await steady.replica({ REDIS_URL: server.url });
    person = await createUser(gatehouse);
  });
  afterEach(async () => {
    redis.disconnect();
    await gatehouse.stop();
    await server.close();
  });

  const login = () => gatehouse.client.login(person.username, person.password);
  const logout = (accessToken: string) => gatehouse.client.ask('mutation { logout }', { token: accessToken });

  /** Asks until the expected refusal. No earlier response may accept a revoked token. */
  async function untilRefusal(accessToken: string, awaited: string | undefined, withinMs: number): Promise<void> {
    const ask = async () => (await gatehouse.client.me(accessToken)).refusal;
    await until(ask, (refusal) => refusal === awaited, { patienceMs: withinMs });
  }

  it.each(['allkeys-lru', 'volatile-ttl'])('is not read while it may evict: %s', async (policy) => {
    const [open, revoked] = [await login(), await login()];
    await logout(revoked.accessToken);
    expect((await gatehouse.client.me(open.accessToken)).refusal).toBeUndefined();

    await redis.config('SET', 'maxmemory-policy', policy);
    // The limit is one second; the rest is for the requests themselves.
    await untilRefusal(open.accessToken, AWAY, 1_500);
    expect((await gatehouse.client.me(revoked.accessToken)).refusal).toBe(AWAY);
    expect((await logout(open.accessToken)).refusal).toBe(AWAY);
    expect((await gatehouse.client.tryLogin(person.username, person.password)).refusal).toBe(AWAY);
    expect((await fetch(`${gatehouse.url}/health/ready`)).status).toBe(503);

    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await untilRefusal(open.accessToken, undefined, 1_500);
    expect((await gatehouse.client.me(revoked.accessToken)).refusal).toBe(REVOKED);
  });

  it('never accepts a revoked token while keys are evicted and the policy changes', async () => {
    const revoked = await login();
    await logout(revoked.accessToken);
    const answers = new Set<string>();
    const stopping = new AbortController();
    const asking = (async () => {
      while (!stopping.signal.aborted) {
        answers.add((await gatehouse.client.me(revoked.accessToken)).refusal ?? 'accepted');
      }
    })();
    for (let round = 0; round < 5; round += 1) {
      await redis.config('SET', 'maxmemory-policy', 'volatile-ttl');
      await redis.config('SET', 'maxmemory', '1');
      // A write needs memory, so Redis evicts every key with an expiry.
      await redis.set('more', 'x').catch(() => undefined);
      await redis.config('SET', 'maxmemory', '0');
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
    }
    const evicted = Number(/evicted_keys:(\d+)/.exec(await redis.info('stats'))![1]);
    await untilRefusal(revoked.accessToken, REVOKED, 5_000);
    stopping.abort();
    await asking;
    expect(evicted).toBeGreaterThan(0);
    expect([...answers].filter((answer) => ![REVOKED, AWAY].includes(answer))).toEqual([]);
  });

  it('refuses a sign-out while it is full, without a partial change', async () => {
    const { client } = gatehouse;
    const admin = await adminToken(gatehouse);
    const [open, revoked] = [await login(), await login()];
    await logout(revoked.accessToken);
    const stored = () =>
      Promise.all([
        steady.sql('select id, ended_at, ended_by from sessions order by id'),
        steady.sql('select subject from revocations order by subject'),
        steady.sql("select type from audit_events where type ~ '^(session|user)' order by at, id"),
      ]);
    const before = await stored();

    await redis.config('SET', 'maxmemory', '1');
    expect((await logout(open.accessToken)).refusal).toBe(AWAY);
    expect((await client.ask('mutation { logoutEverywhere }', { token: open.accessToken })).refusal).toBe(AWAY);
    const disable = `mutation { setUserDisabled(username: "${person.username}", disabled: true) { id } }`;
    expect((await client.ask(disable, { token: admin })).refusal).toBe(AWAY);
    const form = new URLSearchParams({ token: open.accessToken, token_type_hint: 'access_token' });
    expect((await fetch(`${gatehouse.url}/revoke`, { method: 'POST', body: form })).status).toBe(503);
    expect((await fetch(`${gatehouse.url}/health/ready`)).status).toBe(503);
    expect(await stored()).toEqual(before);
    // A token that was denied before stays denied.
    expect((await client.me(revoked.accessToken)).refusal).toBe(REVOKED);

    await redis.config('SET', 'maxmemory', '0');
    expect((await client.me(open.accessToken)).refusal).toBeUndefined();
    expect((await client.refresh(open.refreshToken)).refusal).toBeUndefined();
    expect((await logout(open.accessToken)).refusal).toBeUndefined();
    expect((await client.me(open.accessToken)).refusal).toBe(REVOKED);
  });
});
