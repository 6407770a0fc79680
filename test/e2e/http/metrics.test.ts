import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Refusal } from '../../../src/kernel/errors.ts';
import { createMetrics } from '../../../src/kernel/metrics.ts';
import { outcomeOf } from '../../../src/application/foundation/metrics.ts';
import { watchDenylist } from '../../../src/tokens/metrics.ts';
import { skipped } from '../../support/store_servers.ts';
import { openConnection } from '../../support/http_connection.ts';
import { AVAILABLE_STORES, type Instance, startInstance } from '../../support/instance.ts';
import { startWire } from '../../support/tcp_proxy.ts';

let gatehouse: Instance;
beforeAll(async () => {
  gatehouse = await startInstance({
    env: { REFRESH_GRACE_SECONDS: '0', REFRESH_RETRY_HOURS: '0', LOGIN_LIMIT_PER_ACCOUNT: '2' },
  });
});
afterAll(() => gatehouse.close());

/** Returns the numbers of `/metrics`, by series. */
async function series({ url } = gatehouse): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** Returns the growth of each series during the work, without unchanged series. */
async function growth(work: () => Promise<unknown>, prefix: string): Promise<Record<string, number>> {
  const before = await series();
  await work();
  const after = await series();
  const grown = [...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(grown.filter(([name, by]) => name.startsWith(prefix) && by !== 0));
}

const refresh = (token: string) =>
  gatehouse.client.ask(`mutation { refresh(refreshToken: "${token}") { refreshToken } }`);

describe('/metrics', () => {
  it('counts sign-ins by how they ended, and what they cost', async () => {
    const grown = await growth(async () => {
      await gatehouse.client.login(gatehouse.admin.username, gatehouse.admin.password);
      const wrong = () =>
        gatehouse.client.ask('mutation { login(username: "nobody", password: "wrong") { accessToken } }');
      for (let attempt = 1; attempt <= 3; attempt += 1) await wrong();
    }, 'gatehouse_');
    expect(grown).toMatchObject({
      'gatehouse_sign_ins_total{outcome="succeeded"}': 1,
      'gatehouse_sign_ins_total{outcome="failed"}': 2,
      'gatehouse_sign_ins_total{outcome="limited"}': 1,
      'gatehouse_limits_total{limit="account"}': 1,
      'gatehouse_graphql_errors_total{code="UNAUTHENTICATED"}': 2,
      'gatehouse_graphql_errors_total{code="RATE_LIMITED"}': 1,
      'gatehouse_hash_duration_seconds_count{operation="verify"}': 3,
      gatehouse_hashing_queue_wait_seconds_count: 3,
      'gatehouse_http_requests_total{method="POST",route="/graphql",status="200"}': 1,
      'gatehouse_http_requests_total{method="POST",route="/graphql",status="401"}': 2,
      'gatehouse_http_requests_total{method="POST",route="/graphql",status="429"}': 1,
      'gatehouse_http_request_duration_seconds_count{route="/graphql"}': 4,
    });
    expect(grown['gatehouse_store_duration_seconds_count{store="database"}']).toBeGreaterThan(0);
    expect(grown['gatehouse_store_duration_seconds_count{store="keyvalue"}']).toBeGreaterThan(0);
  });

  it('counts a document that would have tried several passwords', async () => {
    const two =
      'mutation { a: login(username: "x", password: "1") { tokenType } b: login(username: "x", password: "2") { tokenType } }';
    expect(await growth(() => gatehouse.client.ask(two), 'gatehouse_limits_total')).toEqual({
      'gatehouse_limits_total{limit="document"}': 1,
    });
  });

  it('counts refreshes by what came of them: a token that comes back is theft', async () => {
    const { admin, client } = gatehouse;
    const { refreshToken } = await client.login(admin.username, admin.password);
    const grown = await growth(async () => {
      await refresh(refreshToken);
      await refresh(refreshToken);
      await refresh('made up');
    }, 'gatehouse_refreshes_total');
    expect(grown).toEqual({
      'gatehouse_refreshes_total{outcome="rotated"}': 1,
      'gatehouse_refreshes_total{outcome="reused"}': 1,
      'gatehouse_refreshes_total{outcome="refused"}': 1,
    });
  });

  it('tells what stands: the queue, the denials, the version', async () => {
    const now = await series();
    expect(now.get('gatehouse_hashing_queue_depth')).toBe(0);
    expect(now.get('gatehouse_hashing_running')).toBe(0);
    expect([...now.keys()].filter((name) => name.startsWith('gatehouse_build_info'))).toEqual([
      expect.stringMatching(/^gatehouse_build_info\{version="\d[^"]*",node="v\d+[^"]*"\}$/),
    ]);
  });

  it('tells what stands of denials, and a second tab from a thief', async () => {
    const { admin, client } = gatehouse;
    const { refreshToken } = await client.login(admin.username, admin.password);
    await client.ask(`mutation { logout(refreshToken: "${refreshToken}") }`);
    // A replica that has not counted yet.
    const replica = await gatehouse.replica({ REFRESH_GRACE_SECONDS: '60' });
    try {
      const other = await client.login(admin.username, admin.password);
      for (let time = 1; time <= 2; time += 1) await replica.client.refresh(other.refreshToken);
      const told = await series(replica);
      expect(told.get('gatehouse_denylist_entries')).toBeGreaterThan(0);
      expect(told.get('gatehouse_refreshes_total{outcome="rotated"}')).toBe(1);
      expect(told.get('gatehouse_refreshes_total{outcome="repeated"}')).toBe(1);
      expect(told.get('gatehouse_refreshes_total{outcome="reused"}')).toBe(0);
    } finally {
      await replica.stop();
    }
  });

  it('names the routes that the routers have', async () => {
    const paths = ['/docs', '/docs/oauth2-redirect', '/assets/none.js', '/', '/sign-in', '/admin/users', '/users/me'];
    const grown = await growth(async () => {
      for (const path of paths) await (await fetch(`${gatehouse.url}${path}`)).text();
    }, 'gatehouse_http_request_duration_seconds_count');
    expect(grown).toMatchObject({
      'gatehouse_http_request_duration_seconds_count{route="/docs"}': 1,
      'gatehouse_http_request_duration_seconds_count{route="/docs/oauth2-redirect"}': 1,
      'gatehouse_http_request_duration_seconds_count{route="/assets"}': 1,
      'gatehouse_http_request_duration_seconds_count{route="page"}': 3,
      'gatehouse_http_request_duration_seconds_count{route="/users/me"}': 1,
    });
  });

  it('keeps no series for what a client makes up: a thousand paths, methods and operations', async () => {
    const connection = await openConnection(gatehouse.url);
    const before = (await series()).size;
    const methods = ['PROPFIND', 'PURGE', 'M-SEARCH', 'LINK', 'DELETE'];
    for (let n = 0; n < 1000; n += 1) {
      connection.write(`${methods[n % 5]} /${n}/graphql?x=${n} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
    }
    await connection.replies(1000);
    connection.abort();
    const told = await series();
    expect(told.get('gatehouse_http_requests_total{method="other",route="other",status="404"}')).toBe(1000);
    // One series for the count, the others for buckets of durations.
    expect(told.size - before).toBeLessThanOrEqual(20);
    expect([...told.keys()].join()).not.toContain('PROPFIND');
  });

  it('has no label that names a person, a token or an address', async () => {
    const names = [...(await series()).keys()].join('\n');
    for (const secret of [gatehouse.admin.username, 'nobody', '127.0.0.1', gatehouse.admin.password]) {
      expect(names).not.toContain(secret);
    }
  });
});

describe('/metrics while Redis is away', () => {
  if (AVAILABLE_STORES === 'embedded') return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');

  it('counts what had no answer apart from what was refused', async () => {
    const { admin, client, env } = gatehouse;
    const { refreshToken } = await client.login(admin.username, admin.password);
    const wire = await startWire(env['REDIS_URL']!);
    const replica = await gatehouse.replica({ REDIS_URL: wire.url });
    try {
      await wire.cut();
      expect((await replica.client.refresh(refreshToken)).refusal).toBe('SERVICE_UNAVAILABLE');
      expect((await replica.client.tryLogin(admin.username, admin.password)).refusal).toBe('SERVICE_UNAVAILABLE');
      const told = [...(await series(replica))].filter(
        ([name, value]) => /^gatehouse_(?:refreshes|sign_ins)_total/.test(name) && value > 0,
      );
      expect(Object.fromEntries(told)).toEqual({
        'gatehouse_refreshes_total{outcome="unavailable"}': 1,
        'gatehouse_sign_ins_total{outcome="unavailable"}': 1,
      });
    } finally {
      await replica.stop();
      await wire.close();
    }
  });
});

describe('a sign-in that', () => {
  it.each([
    [new Refusal('INCORRECT_LOGIN'), 'failed'],
    [new Refusal('INVALID_SCOPE'), 'failed'],
    [new Refusal('RATE_LIMITED'), 'limited'],
    [new Refusal('OVERLOADED'), 'overloaded'],
    [new Refusal('SERVICE_UNAVAILABLE'), 'unavailable'],
    [new Error('a fault'), 'unavailable'],
  ])('throws %p is counted as %s', (thrown, outcome) => {
    expect(outcomeOf(thrown)).toBe(outcome);
  });
});

describe('a count of denials', () => {
  it('does not delay readers if it hangs, and is reused while it is fresh', async () => {
    const registry = createMetrics();
    let counted = 0;
    watchDenylist(registry, () => ((counted += 1), new Promise(() => undefined)));
    for (let time = 1; time <= 3; time += 1) {
      expect(await registry.metrics()).toContain('gatehouse_denylist_entries 0');
    }
    expect(counted).toBe(1);
  });
});
