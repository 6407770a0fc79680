import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Backend, backend, postgresForTests, redisForTests, runSql, skipped } from '../support/store_servers.ts';
import { ADMIN } from '../support/instance.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { hasPostgresServer, startPostgresServer } from '../support/postgres_server.ts';
import { holdBuild, killServers, type ServerProcess, startServer } from '../support/server_process.ts';
import { hasRedisServer, NEEDS_REDIS_SERVER, startRedisServer } from '../support/redis_server.ts';
import { startWalkers, tally, type Walkers } from '../support/persistent_clients.ts';
import { startWire } from '../support/tcp_proxy.ts';
import { realTime } from '../support/real_time.ts';

const AWAY_MS = 2_000;
const REVOKED = 'UNAUTHENTICATED/REVOKED';

/** A store that can be killed and restarted at the same address. */
interface Mortal {
  readonly url: string;
  kill(): Promise<unknown>;
  restart(): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Cuts the shared PostgreSQL off if none can be started: connections end, and new ones are refused. */
async function startCuttablePostgres(): Promise<Mortal> {
  const postgres = await postgresForTests();
  const wire = await startWire(postgres.url);
  return {
    url: wire.url,
    async kill() {
      const others = 'datname = current_database() and pid <> pg_backend_pid()';
      await runSql(postgres.url, `select pg_terminate_backend(pid) from pg_stat_activity where ${others}`);
      await wire.cut();
    },
    restart: wire.mend,
    async close() {
      await wire.close();
      await postgres.release();
    },
  };
}

const STORES: Record<'Redis' | 'PostgreSQL', { start: () => Promise<Mortal>; reachable: boolean; patienceMs: number }> =
  {
    Redis: { start: () => startRedisServer(), reachable: hasRedisServer, patienceMs: 8_000 },
    PostgreSQL: {
      start: hasPostgresServer ? startPostgresServer : startCuttablePostgres,
      reachable: true,
      patienceMs: 20_000,
    },
  };

describe.each(['Redis', 'PostgreSQL'] as const)('%s is killed under load, and restarted', (killed) => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  const { start, reachable, patienceMs } = STORES[killed];
  if (!reachable) return skipped(NEEDS_REDIS_SERVER);

  let mortal: Mortal;
  let other: Backend;
  let databaseUrl: string;
  let server: ServerProcess;
  let walkers: Walkers;
  let arriving: Person[];
  let loggedOut: string;
  /** The number of responses when the store was lost, and when it returned. */
  let from: number;
  let to: number;

  beforeAll(async () => {
    await holdBuild();
    [mortal, other] = await Promise.all([start(), killed === 'Redis' ? postgresForTests() : redisForTests()]);
    const [postgres, redis] = killed === 'Redis' ? [other, mortal] : [mortal, other];
    databaseUrl = postgres.url;
    const stores = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url };
    // Retries are accepted for this long, so that slow machines pass too.
    const env = { ...stores, JWT_SECRET_KEY: 'a secret of the tests, 32 bytes or more', REFRESH_GRACE_SECONDS: '120' };
    server = await (await startServer({ ...env, ADMIN_PASSWORD: ADMIN.password })).ready();
    const { client } = server;
    const administered = { client, admin: ADMIN };
    const people: Person[] = [];
    for (let n = 0; n < 12; n += 1) people.push(await createUser(administered));
    const [gone, ...others] = people as [Person, ...Person[]];
    ({ accessToken: loggedOut } = await client.login(gone.username, gone.password));
    await client.ask('mutation { logout }', { token: loggedOut });

    arriving = others.slice(8);
    walkers = await startWalkers({ stay: others.slice(0, 8), arrive: arriving, servers: [client] });
    await walkers.walked(3);
    await mortal.kill();
    from = walkers.answered.length;
    // The length of the outage is the case.
    await realTime(AWAY_MS);
    to = walkers.answered.length;
    await mortal.restart();
    await walkers.walked(5);
    await walkers.stop();
  }, 180_000);
  afterAll(async () => {
    await walkers?.stop();
    await killServers();
    await Promise.all([mortal?.close(), other?.release()]);
  }, 60_000);

  it("responds to every request meanwhile, with a result or with the store's unavailability", () => {
    const said = tally(walkers.answered);
    const away = ['me', 'refresh', 'login'].flatMap((asked) => [`${asked}: 200`, `${asked}: 503 SERVICE_UNAVAILABLE`]);
    expect(away).toEqual(expect.arrayContaining(Object.keys(said)));
    const slowest = Math.max(...walkers.answered.map(({ ms }) => ms));
    expect(slowest).toBeLessThan(patienceMs);
  });

  it('reports that it is unavailable while it is', () => {
    const meanwhile = tally(walkers.answered.slice(from, to));
    expect(meanwhile['refresh: 503 SERVICE_UNAVAILABLE']).toBeGreaterThan(8);
    expect(meanwhile['login: 503 SERVICE_UNAVAILABLE']).toBeGreaterThan(4);
    if (killed === 'Redis') expect(meanwhile['me: 503 SERVICE_UNAVAILABLE']).toBeGreaterThan(8);
  });

  if (killed === 'PostgreSQL') {
    it('serves cached sessions all the time', () => {
      expect(tally(walkers.answered)['me: 503 SERVICE_UNAVAILABLE']).toBeUndefined();
    });
  }

  it('is ready again by itself', async () => {
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    expect(server.said.stdout.split('\n').filter((line) => line.includes('internal server error'))).toEqual([]);
  });

  it('has lost or forked no session: each is where its client is', async () => {
    const rows = await runSql(databaseUrl, 'select id, generation, ended_at from sessions');
    for (const { sessionId, told } of walkers.chains) {
      expect(new Set(told).size).toBe(told.length);
      const row = rows.find(({ id }) => id === sessionId);
      expect(row).toEqual({ id: sessionId, generation: told.length - 1, ended_at: null });
    }
    expect(await runSql(databaseUrl, `select 1 from audit_events where type = 'refresh.reused'`)).toEqual([]);
  });

  it('has a session for every confirmed login', async () => {
    const names = arriving.map(({ username }) => `'${username}'`).join(', ');
    const [row] = await runSql(
      databaseUrl,
      `select count(*)::int as count from sessions s join users u on u.id = s.user_id where u.username in (${names})`,
    );
    const said = tally(walkers.answered);
    // An account whose commit was in progress when the store ended may exist, although its client received "not now".
    const unsure = killed === 'PostgreSQL' ? arriving.length : 0;
    expect(row!['count']).toBeGreaterThanOrEqual(said['login: 200']!);
    expect(row!['count']).toBeLessThanOrEqual(said['login: 200']! + unsure);
  });

  it('keeps revoked tokens revoked', async () => {
    expect((await server.client.me(loggedOut)).refusal).toBe(REVOKED);
  });

  it('recognises a used refresh token from before', async () => {
    const { client } = server;
    const [{ told, accessToken }, bystander] = walkers.chains as [
      (typeof walkers.chains)[0],
      (typeof walkers.chains)[0],
    ];
    expect((await client.me(accessToken)).refusal).toBeUndefined();
    expect((await client.refresh(told[0]!)).refusal).toBe('UNAUTHENTICATED');
    expect((await client.me(accessToken)).refusal).toBe(REVOKED);
    expect((await client.me(bystander.accessToken)).refusal).toBeUndefined();
  });

  it('has its confirmed changes', async () => {
    const token = await adminToken({ client: server.client, admin: ADMIN });
    const { data } = await server.client.ask('{ adminDashboard { totalUsers } }', { token });
    expect(data.adminDashboard.totalUsers).toBe(13);
  });
});
