import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backend, runSql, skipped } from '../support/store_servers.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createUser } from '../support/accounts.ts';
import { until } from '../support/until.ts';

const AWAY = 'SERVICE_UNAVAILABLE';
/** The size of the pool. Each connection may refuse one change. */
const POOL = 10;

describe('a failover of PostgreSQL', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }

  let gatehouse: Instance;
  let name: string;
  let url: string;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores: 'PostgreSQL and Redis' });
    url = gatehouse.env['DATABASE_URL']!;
    name = new URL(url).pathname.slice(1);
  });
  afterAll(() => gatehouse.close());

  /** Makes new connections read-only, as after a demotion of the primary, or on a replica. */
  async function demote(): Promise<void> {
    await runSql(url, `alter database "${name}" set default_transaction_read_only = on`);
    await runSql(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`,
    );
  }
  /** Existing connections keep their state. */
  const promote = () =>
    runSql(url, `begin read write; alter database "${name}" reset default_transaction_read_only; commit`);
  const isReady = async () => (await fetch(`${gatehouse.url}/health/ready`)).status === 200;

  it('needs no restart: connections of the read-only server leave the pool', async () => {
    const { client } = gatehouse;
    const { username, password } = await createUser(gatehouse);
    const sessions = await Promise.all(Array.from({ length: POOL }, () => client.login(username, password)));
    expect(await isReady()).toBe(true);

    await demote();
    // Reads still work, on as many connections as the pool has. None of them has refused a change yet.
    const list = (token: string) => client.ask('{ me { sessions { id } } }', { token });
    const listed = await Promise.all(sessions.map(({ accessToken }) => list(accessToken)));
    expect(listed.map(({ refusal }) => refusal)).toEqual(sessions.map(() => undefined));
    const refused = await Promise.all(sessions.map(({ refreshToken }) => client.refresh(refreshToken)));
    expect(new Set(refused.map(({ refusal }) => refusal))).toEqual(new Set([AWAY]));
    expect(await until(isReady, (ready) => !ready, { patienceMs: 5_000 })).toBe(false);
    await Promise.all(sessions.map(({ accessToken }) => list(accessToken)));

    await promote();
    let failures = 0;
    for (const { refreshToken } of sessions) {
      // An honest client repeats a request after 503.
      while ((await client.refresh(refreshToken)).refusal === AWAY) {
        failures += 1;
        expect(failures).toBeLessThanOrEqual(2 * POOL);
      }
    }
    expect(await isReady()).toBe(true);
    const again = await Promise.all(sessions.map(({ accessToken }) => client.me(accessToken)));
    expect(again.map(({ refusal }) => refusal)).toEqual(sessions.map(() => undefined));
  }, 60_000);
});
