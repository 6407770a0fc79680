import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { adviceFor } from '../../../src/cli/doctor/advice.ts';
import { lookAtDatabase } from '../../../src/cli/doctor/database.ts';
import { lookAtAll, type Look } from '../../../src/cli/doctor/finding.ts';
import { lookAtMachine } from '../../../src/cli/doctor/machine.ts';
import { lookAtRedis } from '../../../src/cli/doctor/redis.ts';
import { lookAtSubgraphs } from '../../../src/cli/doctor/subgraphs.ts';
import { isWeak, lookAtSecrets } from '../../../src/cli/doctor/weak_secrets.ts';
import { readConfig } from '../../../src/config/config.ts';
import { random } from '../../../src/kernel/secret.ts';
import { openKeyValue } from '../../../src/store/keyvalue/keyvalue.ts';
import { backend, runSql, skipped } from '../../support/store_servers.ts';
import { freePort } from '../../support/free_port.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { GOOD } from '../../support/own_supergraph.ts';
import { hasRedisServer, NEEDS_REDIS_SERVER, startRedisServer } from '../../support/redis_server.ts';
import { startSubgraph, subgraphsOf } from '../../support/subgraphs.ts';

const KEY = '0123456789abcdef'.repeat(4);
const look = (...looks: readonly Look[]) => lookAtAll(looks, new Set());
const database = (url: string) => lookAtDatabase(readConfig({ DATABASE_URL: url, JWT_SECRET_KEY: KEY }), new Set());
const redis = (url: string) => lookAtRedis(readConfig({ REDIS_URL: url }));
const bad = (findings: readonly { state: string }[]) => findings.filter(({ state }) => /warn|fail/.test(state));

describe('PostgreSQL', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  let gatehouse: Instance;
  let url: string;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores: 'PostgreSQL and Redis' });
    url = gatehouse.env['DATABASE_URL']!;
  });
  afterAll(() => gatehouse.close());

  it('fails where it is read-only', async () => {
    const name = new URL(url).pathname.slice(1);
    await runSql(url, `alter database "${name}" set default_transaction_read_only = on`);
    try {
      const [finding] = bad(await look(database(url)));
      expect(finding).toMatchObject({
        check: 'database',
        state: 'fail',
        says: expect.stringContaining('read-only'),
      });
    } finally {
      await runSql(url, `begin read write; alter database "${name}" reset default_transaction_read_only; commit`);
    }
    expect((await look(database(url))).filter(({ says }) => says.includes('read-only'))).toEqual([]);
  });

  it('does not fail after a rollback to the release before', async () => {
    await gatehouse.sql("insert into mikro_orm_migrations (name) values ('20991231_later')");
    const migrations = (await look(database(url))).filter(({ check }) => check === 'migrations');
    await gatehouse.sql("delete from mikro_orm_migrations where name = '20991231_later'");
    expect(migrations[0]).toMatchObject({
      state: 'warn',
      says: 'a newer Gatehouse has applied 20991231_later',
      todo: expect.stringContaining('rollback'),
    });
    expect(bad(migrations)).toHaveLength(1);
  });

  it.each<[string, (url: URL) => void, RegExp]>([
    ['nothing listens', (at) => (at.port = '1'), /Nothing listens.*DATABASE_URL/],
    ['the name leads nowhere', (at) => (at.hostname = 'nowhere.invalid'), /does not resolve/],
    ['there is no such database', (at) => (at.pathname = '/no_such_database'), /createdb/],
    ['there is no such user', (at) => (at.username = 'no_such_user'), /user or the password/],
    ['it has no TLS', (at) => (at.search = '?sslmode=require'), /TLS/],
  ])('has advice that fits: %s', async (_what, change, todo) => {
    const at = new URL(url);
    change(at);
    expect(await look(database(at.href))).toMatchObject([{ state: 'fail', todo: expect.stringMatching(todo) }]);
  });
});

it('distinguishes a PostgreSQL without a rule for this machine from a wrong password', () => {
  const words = 'no pg_hba.conf entry for host "10.0.0.1", user "gatehouse", database "gatehouse", no encryption';
  const advice = adviceFor('PostgreSQL', 'DATABASE_URL', Object.assign(new Error(words), { code: '28000' }));
  expect(advice).toMatch(/pg_hba\.conf/);
});

describe('Redis', () => {
  if (!hasRedisServer) return skipped(NEEDS_REDIS_SERVER);

  it('fails where it is a replica, and the start says so too', async () => {
    const [master, replica] = await Promise.all([startRedisServer(), startRedisServer()]);
    const client = new Redis(replica.url);
    try {
      await client.call('REPLICAOF', '127.0.0.1', String(master.port));
      expect(bad(await look(redis(replica.url)))).toMatchObject([
        { state: 'fail', says: expect.stringContaining('replica'), todo: expect.stringContaining('master') },
      ]);
      await expect(openKeyValue({ redisUrl: replica.url })).rejects.toThrow(
        `it is a read-only replica. Connect to its master, 127.0.0.1:${master.port}`,
      );
    } finally {
      client.disconnect();
      await Promise.all([master.close(), replica.close()]);
    }
  });

  it.each([
    ['has no CONFIG', ['rename-command CONFIG ""'], 'persistence: unknown'],
    ['keeps nothing', [], 'persistence: none'],
    ['writes snapshots', ['save 900 1'], 'persistence: snapshots'],
    ['writes every change', ['rename-command CONFIG ""', 'appendonly yes'], 'persistence: append-only file'],
  ])('says how it persists where it %s', async (_what, settings, persistence) => {
    const server = await startRedisServer(settings);
    try {
      const findings = await look(redis(server.url));
      expect(findings[0]).toMatchObject({ state: 'ok', says: expect.stringContaining(persistence) });
      expect(bad(findings)).toEqual([]);
    } finally {
      await server.close();
    }
  });

  it('has advice that fits', async () => {
    const server = await startRedisServer(['requirepass s3cret-of-the-tests']);
    try {
      const todoOf = async (url: string) => (await look(redis(url)))[0]?.todo;
      expect(await todoOf(server.url)).toMatch(/user or the password.*REDIS_URL/);
      expect(await todoOf(`redis://127.0.0.1:${await freePort()}`)).toMatch(/Nothing listens.*REDIS_URL/);
      expect(await todoOf('redis://nowhere.invalid')).toMatch(/does not resolve/);
    } finally {
      await server.close();
    }
  }, 30_000);
});

describe('secrets', () => {
  it.each([
    ['a'.repeat(32), true],
    ['0f'.repeat(32), true],
    [KEY, true],
    ['change-me-change-me-change-me-123', true],
    ['my very secret gatehouse key 1234', true],
    [random(32).toString('hex'), false],
    [random(32).toString('base64'), false],
    [random(48).toString('base64url'), false],
  ])('may be weak despite the required length: %s is %p', (key, weak) => {
    expect(isWeak(key)).toBe(weak);
  });

  it('are named, and not shown', async () => {
    const env = {
      JWT_SECRET_KEY: 'a'.repeat(32),
      DATABASE_URL: 'postgresql://gatehouse:gatehouse@db/gatehouse',
      REDIS_URL: 'redis-sentinel://:redis@one:26379,two:26379/main',
    };
    const findings = await look(lookAtSecrets(readConfig(env)));
    expect(findings.map(({ state, says }) => [state, says.match(/\b[A-Z]+_[A-Z_]+\b/)?.[0]])).toEqual([
      ['warn', 'JWT_SECRET_KEY'],
      ['warn', 'DATABASE_URL'],
      ['warn', 'REDIS_URL'],
    ]);
    expect(JSON.stringify(findings)).not.toMatch(/aaaa|gatehouse@/);
    const strong = { ...env, JWT_SECRET_KEY: random(32).toString('hex'), DATABASE_URL: 'postgresql://g:x7Kq0pz2@db/g' };
    expect(bad(await look(lookAtSecrets(readConfig({ ...strong, REDIS_URL: 'redis://cache' }))))).toEqual([]);
  });
});

describe('the machine', () => {
  it('fails where the hashes do not fit its memory, without trying one', async () => {
    const env = { ARGON2_MEMORY_KIB: '4194304', HASH_AT_ONCE: '256', ARGON2_TIME_COST: '100' };
    const findings = await look(...lookAtMachine(readConfig(env)));
    expect(bad(findings)).toMatchObject([
      { check: 'hashing', state: 'fail', says: expect.stringMatching(/more than there is/) },
    ]);
  });
});

describe('subgraphs', () => {
  it('are asked for their schemas, each by itself', async () => {
    const shop = await startSubgraph('shop', 'type Query { goods: String }');
    const { createServer } = await import('node:http');
    const other = createServer((_request, response) => response.end('{}'));
    const port = await freePort();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    try {
      const env = {
        SUBGRAPHS: `${subgraphsOf(shop)},away=http://127.0.0.1:1/graphql,other=http://127.0.0.1:${port}/graphql`,
      };
      expect(await look(...lookAtSubgraphs(readConfig(env)))).toMatchObject([
        { state: expect.stringMatching(/^(ok|note)$/), says: expect.stringContaining('shop') },
        { state: 'warn', says: expect.stringContaining('away does not respond') },
        { state: 'warn', says: expect.stringContaining('other returns 200, without _service') },
      ]);
    } finally {
      other.close();
      await shop.stop();
    }
  });

  it('are read from a file, which must be there', async () => {
    const looks = (file: string) => look(...lookAtSubgraphs(readConfig({ SUPERGRAPH_FILE: file })));
    expect(await looks('/nowhere/supergraph.graphql')).toMatchObject([
      { state: 'fail', says: expect.stringMatching(/ENOENT/) },
    ]);
    expect(await looks('package.json')).toMatchObject([{ state: 'fail', says: expect.stringMatching(/Syntax Error/) }]);
    expect(await looks('schema/schema.graphql')).toMatchObject([
      { state: 'fail', says: expect.stringMatching(/no subgraphs/) },
    ]);
    const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-doctor-')), 'supergraph.graphql');
    writeFileSync(file, GOOD);
    expect(await looks(file)).toMatchObject([{ state: 'ok', says: expect.stringMatching(/gatehouse, team, other/) }]);
    rmSync(dirname(file), { recursive: true });
    expect(await look(...lookAtSubgraphs(readConfig({})))).toEqual([]);
  });
});
