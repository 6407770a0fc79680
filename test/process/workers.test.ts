import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backend, type Backend, postgresForTests, redisForTests, skipped } from '../support/store_servers.ts';
import { freePort } from '../support/free_port.ts';
import { ADMIN } from '../support/instance.ts';
import { holdBuild, killServers, type ServerProcess, startServer } from '../support/server_process.ts';
import { childrenOf, hashingProcesses, isAlive, SHOWS_PROCESSES } from '../support/process_table.ts';
import { until } from '../support/until.ts';
import { latency } from '../support/real_time.ts';

const SECRET = 'a secret of the tests, 32 bytes or more';
const WORKERS = 2;

const missing = [
  ...(SHOWS_PROCESSES ? [] : ['a system that shows its processes']),
  ...(['TEST_DATABASE_URL', 'TEST_REDIS_URL'] as const).filter((name) => !backend(name)),
];
if (missing.length > 0) describe('several processes', () => skipped(`needs ${missing.join(', ')}`));
else describe('several processes', severalProcesses);

function severalProcesses(): void {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-workers-'));
  let postgres: Backend;
  let redis: Backend;
  let server: ServerProcess;
  let env: Record<string, string>;
  const start = async () => (await startServer(env, folder)).ready();

  beforeAll(async () => {
    await holdBuild();
    [postgres, redis] = await Promise.all([postgresForTests(), redisForTests()]);
    env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, JWT_SECRET_KEY: SECRET, WORKERS: `${WORKERS}` };
    server = await start();
  }, 240_000);
  afterAll(async () => {
    await killServers();
    await Promise.all([postgres.release(), redis.release()]);
    rmSync(folder, { recursive: true });
  });

  const workers = (of = server) => childrenOf(of.pid, 'serve.js');
  /** Resolves once the condition holds. If it never does, it reports the output of the server. */
  const comesTrue = (holds: () => boolean) =>
    until(
      () => (holds() ? '' : `${server.said.stderr}${server.said.stdout}`),
      (said) => said === '',
      { patienceMs: 60_000 },
    );
  /** Sends each request on its own connection by default, so that the requests reach all processes. */
  async function ask(query: string, token?: string, agent = new Agent()): Promise<string> {
    const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const sent = request(`${server.url}/graphql`, { method: 'POST', headers, agent }).end(JSON.stringify({ query }));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return text(answer);
  }
  const me = (token: string) => ask('{ me { username } }', token);
  const everywhere = (token: string) => Promise.all(Array.from({ length: 4 * WORKERS }, () => me(token)));

  it('share one port and one hashing process, and log each start message once', async () => {
    expect(workers()).toHaveLength(WORKERS);
    expect(hashingProcesses(server.pid)).toHaveLength(1);
    expect(workers().flatMap((pid) => hashingProcesses(pid))).toEqual([]);
    const { stdout } = server.said;
    expect(stdout.match(/Playground: /g)).toHaveLength(1);
    expect(stdout.match(/First admin: admin {3}password: /g)).toHaveLength(1);
    const password = /password: (\S+)/.exec(stdout)![1]!;
    const { accessToken } = await server.client.login('admin', password);
    expect(new Set(await everywhere(accessToken))).toEqual(new Set(['{"data":{"me":{"username":"admin"}}}\n']));
    await server.client.ask(
      `mutation { createUser(input: { username: "kandi", email: "k@example.com", password: "${ADMIN.password}" }) { id } }`,
      { token: accessToken },
    );
  });

  it('apply a sign-out of any process to the next request', async () => {
    const { accessToken, refreshToken } = await server.client.login('kandi', ADMIN.password);
    expect((await everywhere(accessToken)).join()).not.toContain('errors');
    await server.client.ask(`mutation { logout(refreshToken: "${refreshToken}") }`);
    for (const answer of await everywhere(accessToken)) expect(answer).toContain('REVOKED');
  });

  it('are replaced when one dies, and so is the hashing process', async () => {
    const { accessToken } = await server.client.login('kandi', ADMIN.password);
    const [victim, ...others] = workers();
    process.kill(victim!, 'SIGKILL');
    await comesTrue(() => !workers().includes(victim!) && workers().length === WORKERS);
    expect(workers()).toEqual(expect.arrayContaining(others));
    await comesTrue(() => server.said.stdout.includes('a server process exited and is being replaced'));
    // A connection may reach a process that is still starting: the first responses come from the others.
    expect((await everywhere(accessToken)).join()).not.toContain('errors');

    const [hashing] = hashingProcesses(server.pid);
    process.kill(hashing!, 'SIGKILL');
    await comesTrue(() => !isAlive(hashing!));
    await comesTrue(() => hashingProcesses(server.pid).length === 1);
    const login = async () => (await server.client.tryLogin('kandi', ADMIN.password)).refusal;
    expect(await until(login, (refusal) => refusal !== 'OVERLOADED')).toBeUndefined();
  }, 90_000);

  it('are replaced one after another on SIGHUP, and no request fails', async () => {
    const { accessToken, refreshToken } = await server.client.login('kandi', ADMIN.password);
    const before = workers();
    let rolling = true;
    let answered = 0;
    const clients = Array.from({ length: 6 }, async (_, index) => {
      let token = (await server.client.login('kandi', ADMIN.password)).refreshToken;
      // Requests follow without a pause. Otherwise an idle connection may be closed just as it is used again, which a
      // server cannot prevent.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (rolling) {
        if (index % 2) {
          expect(await me(accessToken)).toBe('{"data":{"me":{"username":"kandi"}}}\n');
        } else {
          const answer = await ask(`mutation { refresh(refreshToken: "${token}") { refreshToken } }`, undefined, agent);
          expect(answer).toMatch(/^\{"data":/);
          token = (JSON.parse(answer) as { data: { refresh: { refreshToken: string } } }).data.refresh.refreshToken;
        }
        answered += 1;
      }
      agent.destroy();
    });
    process.kill(server.pid, 'SIGHUP');
    await comesTrue(() => server.said.stdout.includes('all server processes were replaced'));
    rolling = false;
    await Promise.all(clients);
    expect(answered).toBeGreaterThan(20);
    expect(workers()).toHaveLength(WORKERS);
    expect(workers().filter((pid) => before.includes(pid))).toEqual([]);
    expect((await server.client.refresh(refreshToken)).refusal).toBeUndefined();
  }, 120_000);

  it('stay in place on SIGHUP if their successor does not start', async () => {
    const before = workers();
    // New processes read it. A reload is meant to survive its fault.
    writeFileSync(join(folder, '.env'), 'LOG_LEVEL=loudly\n');
    process.kill(server.pid, 'SIGHUP');
    await comesTrue(() => server.said.stdout.includes('the replacement failed'));
    rmSync(join(folder, '.env'));
    expect(workers()).toEqual(before);
    expect((await server.client.tryLogin('kandi', ADMIN.password)).refusal).toBeUndefined();
  }, 60_000);

  describe('expose the metrics of all of them', () => {
    /** Returns the numbers by series. Does not ask a process again that hangs. */
    async function scrape(): Promise<Map<string, number>> {
      for (const giveUp = Date.now() + 60_000; Date.now() < giveUp;) {
        const headers = { connection: 'close' };
        const answer = await fetch(`${server.url}/metrics`, { headers, signal: AbortSignal.timeout(5_000) })
          .then((response) => response.text())
          .catch(() => undefined);
        if (answer === undefined) continue;
        const lines = answer.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
        expect(lines.filter((line) => !/ -?[\d.e+-]+$/.test(line))).toEqual([]);
        const at = (line: string) => line.lastIndexOf(' ');
        return new Map(lines.map((line) => [line.slice(0, at(line)), Number(line.slice(at(line)))]));
      }
      throw new Error('nobody answered');
    }
    const ME = 'gatehouse_http_requests_total{method="POST",route="/graphql",status="200"}';
    const VERIFIED = 'gatehouse_hash_duration_seconds_count{operation="verify"}';

    it('from any process, with those of the hashing process', async () => {
      const { accessToken } = await server.client.login('kandi', ADMIN.password);
      const before = (await scrape()).get(ME)!;
      await everywhere(accessToken);
      const told = await scrape();
      expect(told.get(ME)).toBe(before + 4 * WORKERS);
      expect(told.get(VERIFIED)).toBeGreaterThan(0);
      expect(told.get('gatehouse_hashing_running')).toBe(0);
      const versions = [...told].filter(([name]) => name.startsWith('gatehouse_build_info'));
      expect(versions.map(([, value]) => value)).toEqual([1]);
    });

    it('with those of ended processes, because a lower sum would look like a restart', async () => {
      const before = await scrape();
      const [victim] = workers();
      process.kill(victim!, 'SIGKILL');
      await comesTrue(() => !workers().includes(victim!) && workers().length === WORKERS);
      process.kill(server.pid, 'SIGHUP');
      const rolled = () => server.said.stdout.split('all server processes were replaced').length;
      const times = rolled();
      await comesTrue(() => rolled() > times);
      expect((await scrape()).get(ME)).toBeGreaterThanOrEqual(before.get(ME)!);
    }, 120_000);

    it('while one of them hangs', async () => {
      const before = await scrape();
      const [hanging] = workers();
      process.kill(hanging!, 'SIGSTOP');
      try {
        expect((await scrape()).get(ME)).toBe(before.get(ME));
      } finally {
        process.kill(hanging!, 'SIGCONT');
      }
    }, 90_000);
  });

  it('exit together, with 0', async () => {
    const all = [...workers(), ...hashingProcesses(server.pid)];
    process.kill(server.pid, 'SIGTERM');
    expect(await server.exited).toBe(0);
    expect(all.filter(isAlive)).toEqual([]);
  }, 60_000);

  it('exit together although one of them hangs', async () => {
    server = await start();
    const all = [...workers(), ...hashingProcesses(server.pid)];
    process.kill(workers()[0]!, 'SIGSTOP');
    process.kill(server.pid, 'SIGTERM');
    expect(await server.exited).toBe(0);
    expect(all.filter(isAlive)).toEqual([]);
  }, 90_000);

  it.each([0, 300, 600])(
    'exit with 0 if a terminal interrupts their start after %d ms',
    async (ms) => {
      const starting = await startServer(env, folder);
      await comesTrue(() => workers(starting).length > 0);
      await latency(ms);
      starting.signal('SIGINT');
      expect(await starting.exited).toBe(0);
      expect(starting.said.stderr).toBe('');
    },
    60_000,
  );

  it('exit with 0 if a terminal interrupts their start before the hashing process ignores the signal', async () => {
    const starting = await startServer(env, folder);
    await until(
      () => hashingProcesses(starting.pid),
      ({ length }) => length > 0,
      { everyMs: 1 },
    );
    starting.signal('SIGINT');
    expect(await starting.exited).toBe(0);
    expect(starting.said.stderr).toBe('');
  }, 60_000);

  it('exit if the first of them is killed', async () => {
    server = await start();
    const all = [...workers(), ...hashingProcesses(server.pid)];
    expect(all).toHaveLength(3);
    process.kill(server.pid, 'SIGKILL');
    expect(await server.exited).toBe(null);
    await comesTrue(() => all.filter(isAlive).length === 0);
  }, 60_000);

  it('do not start if the first one cannot', async () => {
    const url = `postgresql://nobody:x@127.0.0.1:${await freePort()}/nothing`;
    const { exited, said } = await startServer({ ...env, DATABASE_URL: url }, folder);
    expect(await exited).toBe(1);
    expect(said.stderr).toMatch(/DATABASE_URL: no connection to/);
    expect(said.stdout).not.toContain('Playground');
  }, 60_000);
}

describe('one process', () => {
  it('exits on SIGHUP, as when its terminal is closed', async () => {
    await holdBuild();
    const server = await (await startServer({ DATA_DIR: 'memory', JWT_SECRET_KEY: SECRET })).ready();
    server.signal('SIGHUP');
    expect(await server.exited).toBe(0);
  }, 240_000);
});
