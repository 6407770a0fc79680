import { execFileSync, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN } from '../support/instance.ts';
import { createUser } from '../support/accounts.ts';
import { holdBuild, killServers, prepareDataDir, type ServerProcess, startServer } from '../support/server_process.ts';
import type { Held } from '../support/slow_connections.ts';
import { startWalkers, tally, type Walkers } from '../support/persistent_clients.ts';
import { until } from '../support/until.ts';

const PROGRAM = fileURLToPath(new URL('../support/slow_connections.ts', import.meta.url));
/** 10,000, or a little less than the most files that one process may open (Node raises its limit to the hard one). */
const LIMIT = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || Infinity;
const CONNECTIONS = Math.min(10_000, LIMIT - 500);
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
/** Less than the default interval of Node for checking timeouts. */
const SLOW_MACHINE_MS = 12_000;

describe(`${CONNECTIONS} slow connections`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-slow-'));
  let server: ServerProcess;
  let walkers: Walkers;
  /** The resources at the last report of the slow clients, at their peak, and after the last one disconnected. */
  let held: Held;
  let most = 0;
  let before: Resources;
  let after: Resources;

  beforeAll(async () => {
    await holdBuild();
    server = await startServer({ DATA_DIR: prepareDataDir(join(folder, 'data')), ADMIN_PASSWORD: ADMIN.password });
    await server.ready();
    const administered = { client: server.client, admin: ADMIN };
    const stay = [await createUser(administered), await createUser(administered)];
    walkers = await startWalkers({ stay, arrive: [await createUser(administered)], servers: [server.client] });
    await walkers.walked(10);
    before = resourcesOf(server.pid);

    const slow = fork(PROGRAM, [new URL(server.url).port, `${CONNECTIONS}`], { execArgv: [] });
    slow.on('message', (message: Held) => {
      held = message;
      most = Math.max(most, held.open);
    });
    const ended = () => Object.values(held.ended).reduce((sum, { count }) => sum + count, held.refused);
    const isRunning = () => {
      if (slow.exitCode !== null) throw new Error(`the program of the slow clients ended: ${JSON.stringify(held)}`);
      return held as Held | undefined;
    };
    const patience = { patienceMs: 120_000, everyMs: 100 };
    await until(isRunning, (last) => last !== undefined && ended() >= CONNECTIONS, patience);
    slow.kill();
    await walkers.stop();
    after = resourcesOf(server.pid);
  }, 240_000);
  afterAll(async () => {
    await walkers?.stop();
    await killServers();
    rmSync(folder, { recursive: true });
  }, 60_000);

  it('are accepted, most of them at once', () => {
    expect(held.refused).toBe(0);
    // The rate depends on the machine. On a slow one the first connections end before the last ones begin.
    expect(most).toBeGreaterThan(CONNECTIONS / 2);
  });

  it('do not delay other clients', () => {
    expect(Object.keys(tally(walkers.answered)).toSorted()).toEqual(['login: 200', 'me: 200', 'refresh: 200']);
    expect(Math.max(...walkers.answered.map(({ ms }) => ms))).toBeLessThan(10_000);
  });

  it.each([
    ['without the end of their headers', 'headers', HEADERS_MS],
    ['without a word', 'nothing', HEADERS_MS],
    ['without the end of their body', 'body', REQUEST_MS],
  ] as const)('are ended at their time limit: %s', (_, manner, ms) => {
    const { count, afterMs } = held.ended[manner];
    expect(count).toBeGreaterThanOrEqual(CONNECTIONS / 5);
    // The clocks of the client and the server start at different ends of the handshake.
    expect(afterMs[0]).toBeGreaterThan(ms - 1_000);
    expect(afterMs[1]).toBeLessThan(ms + SLOW_MACHINE_MS);
  });

  it('receive the reason', () => {
    expect(held.answers).toEqual({ 'HTTP/1.1 408 Request Timeout': CONNECTIONS });
  });

  it('leave no resources in use', () => {
    expect(after.sockets).toBeLessThan(before.sockets + 20);
    expect(after.megabytes).toBeLessThan(before.megabytes + 500);
    expect(server.said.stdout.split('\n').filter((line) => line.startsWith('{"level":50'))).toEqual([]);
    expect(server.said.stderr).toBe('');
  });

  it('are ended too while they wait for another request, that long after the last one', async () => {
    const { headers } = await fetch(`${server.url}/health/live`);
    expect(headers.get('keep-alive')).toBe('timeout=65');
  });
});

interface Resources {
  readonly sockets: number;
  readonly megabytes: number;
}
/** Returns the resources of a process; 0 on systems without `/proc`. */
function resourcesOf(pid: number): Resources {
  if (!existsSync(`/proc/${pid}/fd`)) return { sockets: 0, megabytes: 0 };
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { sockets: readdirSync(`/proc/${pid}/fd`).length, megabytes: Number(kilobytes) / 1024 };
}
