import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free_port.ts';
import { deadline } from './real_time.ts';
import { until } from './until.ts';

/** True where this machine can start a Redis of its own, for tests that would harm a shared one. */
export const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0;

export const NEEDS_REDIS_SERVER = 'needs the program redis-server';

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Kills the process; its data is lost. */
  kill(): Promise<void>;
  /** Stops the process, so that it does not respond. */
  freeze(): void;
  thaw(): void;
  /** Starts again after {@link kill}, on the same port. */
  restart(): Promise<void>;
  /** Kills the server and removes its folder. */
  close(): Promise<void>;
}

/** Starts a Redis for one test. `settings` are lines of redis.conf. */
export async function startRedisServer(settings: readonly string[] = [], mode: 'redis' | 'sentinel' = 'redis') {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'));
  const config = join(folder, 'redis.conf');
  const common = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`];
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    // A Sentinel rewrites its configuration file.
    const storage = mode === 'redis' ? ['save ""', 'appendonly no'] : [];
    writeFileSync(config, [...common, ...storage, ...settings].join('\n'));
    child = spawn('redis-server', [config, ...(mode === 'sentinel' ? ['--sentinel'] : [])], { stdio: 'ignore' });
    const client = new Redis(port, '127.0.0.1', {
      retryStrategy: () => 20,
      maxRetriesPerRequest: null,
      disconnectTimeout: 100,
    });
    client.on('error', () => {});
    try {
      // A server with a password is ready too when it asks for it.
      await Promise.race([
        client.ping().catch(() => {}),
        deadline(5_000, undefined).then(() => Promise.reject(new Error('redis-server does not answer'))),
      ]);
    } finally {
      client.disconnect();
    }
  }

  async function kill(): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  }

  await start();
  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    restart: start,
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return server;
}

/** Starts two nodes that share the slots. */
export async function startRedisCluster(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const buses = await Promise.all([freePort(), freePort()]);
  const nodes = await Promise.all(buses.map((bus) => startRedisServer(['cluster-enabled yes', `cluster-port ${bus}`])));
  const clients = nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
  const [first, second] = clients;
  await first?.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
  await second?.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
  await first?.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[1]?.port), String(buses[1]));
  const isReady = async (client: Redis) => String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok');
  await until(async () => (await Promise.all(clients.map(isReady))).every(Boolean), Boolean, { everyMs: 50 });
  for (const client of clients) client.disconnect();
  return {
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  };
}

/** Starts a master with a password, and one Sentinel that watches it. */
export async function startRedisSentinel(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const master = await startRedisServer(['requirepass s3cret']);
  const sentinel = await startRedisServer(
    [`sentinel monitor main 127.0.0.1 ${master.port} 1`, 'sentinel auth-pass main s3cret'],
    'sentinel',
  );
  return {
    url: `redis-sentinel://:s3cret@127.0.0.1:${sentinel.port}/main/3`,
    close: async () => void (await Promise.all([sentinel.close(), master.close()])),
  };
}
