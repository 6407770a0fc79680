import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free_port.ts';
import { holdBuild, killServers, prepareDataDir, type ServerProcess, startServer } from '../support/server_process.ts';
import { until } from '../support/until.ts';

const SECRET = 'a-secret-that-nobody-may-see-0123456789';
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-start-'));
const dataDir = join(folder, 'data');

/** Returns the exit code and the output of a server that could not start. */
interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}
async function endOf(env: Record<string, string>): Promise<Ending> {
  const started = Date.now();
  const { exited, said } = await startServer(env);
  return { code: await exited, ms: Date.now() - started, ...said };
}

/** The first start in `dataDir`, which has ended, and the second one, which runs. */
let first: { stdout: string; stderr: string };
let second: ServerProcess;
let password: string;
let unreachable: Record<'DATABASE_URL' | 'REDIS_URL', Promise<Ending>>;

beforeAll(async () => {
  await holdBuild();
  // They take time, so they run concurrently.
  const at = `:${SECRET}@127.0.0.1:${await freePort()}`;
  unreachable = {
    DATABASE_URL: endOf({ DATABASE_URL: `postgresql://gatehouse${at}/gatehouse`, JWT_SECRET_KEY: SECRET }),
    REDIS_URL: endOf({ REDIS_URL: `redis://${at}`, DATA_DIR: prepareDataDir(join(folder, 'without-redis')) }),
  };
  const server = await (await startServer({ DATA_DIR: dataDir })).ready();
  server.signal('SIGTERM');
  await server.exited;
  first = server.said;
  password = /password: (\S+)/.exec(first.stdout)?.[1] ?? '';
  second = await (await startServer({ DATA_DIR: dataDir })).ready();
}, 240_000);
afterAll(async () => {
  await killServers();
  rmSync(folder, { recursive: true });
});

describe('the first start', () => {
  it("prints the playground's address and the admin's password, once", async () => {
    expect(first.stdout.match(/Playground: http:\/\/127\.0\.0\.1:\d+\/graphql/g)).toHaveLength(1);
    expect(`${first.stdout}${first.stderr}`.split(password)).toHaveLength(2);
    expect((await second.client.tryLogin('admin', password)).refusal).toBeUndefined();
  });

  it('is followed by a second one, which prints only the address', () => {
    expect(second.said.stdout).toContain(`Playground: ${second.url}/graphql`);
    expect(second.said.stdout).not.toMatch(/password/i);
  });

  it('creates nothing and shows no password if the port is taken', async () => {
    const env = { DATA_DIR: join(folder, 'unlucky'), PORT: new URL(second.url).port };
    const { code, stdout, stderr } = await endOf(env);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `Gatehouse cannot start.\nHOST, PORT: cannot listen on 127.0.0.1:${env.PORT} (in use: stop that program, or set PORT)\n`,
    });
    expect(existsSync(env.DATA_DIR)).toBe(false);
  });
});

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: completes the current requests, accepts no new ones, and exits with 0',
  async (name) => {
    const server = await startServer({
      DATA_DIR: prepareDataDir(join(folder, name)),
      ADMIN_PASSWORD: SECRET,
      ARGON2_MEMORY_KIB: '65536',
      ARGON2_TIME_COST: '10',
      ARGON2_PARALLELISM: '4',
    });
    await server.ready();
    const order: string[] = [];
    const login = server.client.tryLogin('admin', SECRET).finally(() => order.push('answered'));
    // These responses show that the server has received the login, which was sent before them.
    for (const path of ['/health/live', '/health/ready']) await fetch(server.url + path);
    server.signal(name);
    await refusesConnections(server);
    order.push('closed');
    expect((await login).refusal).toBeUndefined();
    const answered = Date.now();
    expect(await server.exited).toBe(0);
    expect(order).toEqual(['closed', 'answered']);
    expect(Date.now() - answered).toBeLessThan(5_000);
    expect(server.said.stderr).toBe('');
  },
);

describe('a failed start', () => {
  it('lists every fault of the environment by name, and no value', async () => {
    const bad = {
      PORT: '65536',
      HOST: `${SECRET}!`,
      DATABASE_URL: `mysql://root:${SECRET}@db/gatehouse`,
      REDIS_URL: `redis://:${SECRET}@/x`,
      JWT_SECRET_KEY: SECRET.slice(0, 20),
      ADMIN_PASSWORD: SECRET.slice(0, 11),
      ALGORITHM: SECRET,
      ARGON2_TIME_COST: '0',
      ROLES: `{"${SECRET}"`,
    };
    const { code, stdout, stderr, ms } = await endOf(bad);
    const [title, ...faults] = stderr.trimEnd().split('\n');
    expect({ code, stdout, title }).toEqual({ code: 1, stdout: '', title: 'Gatehouse cannot start.' });
    expect(faults.map((fault) => fault.split(':')[0]).toSorted()).toEqual(Object.keys(bad).toSorted());
    expect(stderr).not.toContain(SECRET.slice(0, 8));
    expect(ms).toBeLessThan(15_000);
  });

  it.each([
    ['a data directory in use by another process', () => endOf({ DATA_DIR: dataDir }), /^DATA_DIR: .+ is in use by/],
    ['no PostgreSQL', () => unreachable.DATABASE_URL, /^DATABASE_URL: no connection to [\d.:]+\/\w+: .*ECONNREFUSED/],
    ['no Redis', () => unreachable.REDIS_URL, /^REDIS_URL: Redis at [\d.:]+ is not usable: .*ECONNREFUSED/],
  ])('names %s and exits with 1 after a bounded wait', async (_, ending, said) => {
    const { code, stderr, ms } = await ending();
    const [title, reason, ...rest] = stderr.split('\n');
    expect({ code, title, rest }).toEqual({ code: 1, title: 'Gatehouse cannot start.', rest: [''] });
    expect(reason).toMatch(said);
    expect(reason).not.toContain(SECRET);
    expect(ms).toBeLessThan(45_000);
  });

  it('does not disturb the process that uses the data directory', async () => {
    expect((await fetch(`${second.url}/health/ready`)).status).toBe(200);
  });
});

async function refusesConnections({ url }: ServerProcess): Promise<void> {
  const port = Number(new URL(url).port);
  await until(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => resolve(false));
        socket.once('error', () => resolve(true)).once('connect', () => socket.destroy());
      }),
  );
}
