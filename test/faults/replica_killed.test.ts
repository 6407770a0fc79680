import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Backend, backend, postgresForTests, redisForTests, runSql, skipped } from '../support/store_servers.ts';
import { freePort } from '../support/free_port.ts';
import { ADMIN } from '../support/instance.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { holdBuild, killServers, type ServerProcess, startServer } from '../support/server_process.ts';
import { startWalkers, tally, type Walkers } from '../support/persistent_clients.ts';
import { realTime } from '../support/real_time.ts';

/** The least number of rounds; `RACE_ROUNDS=100` runs more than CI does. */
const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 3);

describe('a replica is killed in the middle of refreshes, again and again', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  let stores: Backend[] = [];
  let walkers: Walkers;
  let replicas: ServerProcess[];

  const lostRefreshes = () => {
    const { 'refresh: ECONNRESET': reset = 0, 'refresh: UND_ERR_SOCKET': closed = 0 } = tally(walkers.answered);
    return reset + closed;
  };

  beforeAll(
    async () => {
      await holdBuild();
      stores = await Promise.all([postgresForTests(), redisForTests()]);
      const ports = [await freePort(), await freePort()] as const;
      const env = {
        DATABASE_URL: stores[0]!.url,
        REDIS_URL: stores[1]!.url,
        JWT_SECRET_KEY: 'a secret of the tests, 32 bytes or more',
        JWT_ISSUER: 'https://x.example',
        ADMIN_PASSWORD: ADMIN.password,
        // Retries are accepted for this long, so that slow machines pass too.
        REFRESH_GRACE_SECONDS: '120',
      };
      const start = async (port: number) => (await startServer({ ...env, PORT: `${port}` })).ready();
      replicas = [await start(ports[0]), await start(ports[1])];
      const [{ client }] = replicas as [ServerProcess];
      const people: Person[] = [];
      for (let n = 0; n < 12; n += 1) people.push(await createUser({ client, admin: ADMIN }));
      walkers = await startWalkers({ stay: people, servers: replicas.map((replica) => replica.client) });
      // Continues until a refresh was interrupted, because a fast machine is often between two, which proves nothing.
      for (let round = 0; round < ROUNDS || lostRefreshes() === 0; round += 1) {
        await walkers.walked(3);
        // Varies the moment of the kill relative to the refreshes.
        await realTime(Math.random() * 50);
        const at = round % replicas.length;
        replicas[at]!.signal('SIGKILL');
        await replicas[at]!.exited;
        await walkers.walked(3);
        replicas[at] = await start(ports[at]!);
      }
      await walkers.walked(3);
      await walkers.stop();
    },
    120_000 + ROUNDS * 10_000,
  );
  afterAll(async () => {
    await walkers?.stop();
    await killServers();
    await Promise.all(stores.map((store) => store.release()));
  }, 60_000);

  it('refuses no client: those of the dead replica are served by the other', () => {
    const { 'me: 200': me, 'refresh: 200': refresh, ...others } = tally(walkers.answered);
    expect([me, refresh]).toEqual([expect.any(Number), expect.any(Number)]);
    const kinds = Object.keys(others).filter((kind) => !/: (ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET)$/.test(kind));
    expect(kinds).toEqual([]);
    expect(lostRefreshes()).toBeGreaterThanOrEqual(1);
  });

  it('has lost or forked no session: each is where its client is', async () => {
    const rows = await runSql(stores[0]!.url, 'select id, generation, ended_at from sessions');
    for (const { sessionId, told } of walkers.chains) {
      const row = rows.find(({ id }) => id === sessionId);
      expect(row).toEqual({ id: sessionId, generation: told.length - 1, ended_at: null });
    }
  });

  it('treats no retry as a theft', async () => {
    const events = await runSql(stores[0]!.url, `select type from audit_events where type like 'refresh.%'`);
    expect(events.filter(({ type }) => type !== 'refresh.repeated')).toEqual([]);
  });

  it('serves every user on every replica', async () => {
    for (const { client } of replicas) {
      const answers = await Promise.all(walkers.chains.map(({ accessToken }) => client.me(accessToken)));
      expect(answers.map(({ refusal }) => refusal)).toEqual(answers.map(() => undefined));
    }
  });
});
