import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import { Redis } from 'ioredis';
import { ensureBuilt, lockBuild } from '../src/build.ts';
import { freePort } from '../test/support/free_port.ts';

/** A server as operators run it: a process of its own, from the build, over stores that nobody else uses. */
export interface BenchServer {
  readonly url: string;
  readonly pid: number;
  readonly admin: { readonly username: string; readonly password: string };
  readonly stores: string;
  /** Rows by SQL; undefined where the database is the server's alone (embedded). */
  readonly sql: ((statement: string) => Promise<Record<string, unknown>[]>) | undefined;
  /** Stops the server, and leaves nothing behind in the stores. */
  close(): Promise<void>;
}

interface Stores {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly sql: BenchServer['sql'];
  close(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const PASSWORD = 'the admin of the bench';

/** Over `BENCH_DATABASE_URL` and `BENCH_REDIS_URL`, or the tests' servers; embedded where neither is given. */
export async function startServer(): Promise<BenchServer> {
  await ensureBuilt();
  const building = lockBuild('shared');
  const databaseUrl = process.env['BENCH_DATABASE_URL'] || process.env['TEST_DATABASE_URL'];
  const redisUrl = process.env['BENCH_REDIS_URL'] || process.env['TEST_REDIS_URL'];
  const stores = databaseUrl && redisUrl ? await realStores(databaseUrl, redisUrl) : embeddedStores();
  let child: ChildProcess | undefined;

  async function close(): Promise<void> {
    if (child?.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    building?.release();
    await stores.close();
  }

  try {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    child = spawn(process.execPath, [...process.execArgv, MAIN], {
      cwd: '/',
      env: {
        PORT: `${port}`,
        JWT_SECRET_KEY: randomBytes(32).toString('hex'),
        ADMIN_PASSWORD: PASSWORD,
        // Signing in is not what is measured here.
        NODE_ENV: 'test',
        ARGON2_MEMORY_KIB: '64',
        ARGON2_TIME_COST: '1',
        ARGON2_PARALLELISM: '1',
        ...stores.env,
      },
      // Every request is logged, as in production; reading the log is somebody else's work.
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await ready(url, child);
    return {
      url,
      pid: child.pid!,
      admin: { username: 'admin', password: PASSWORD },
      stores: stores.name,
      sql: stores.sql,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error('the server does not get ready');
}

function embeddedStores(): Stores {
  return {
    name: 'embedded (name servers in BENCH_DATABASE_URL and BENCH_REDIS_URL to measure what production runs on)',
    env: { DATA_DIR: 'memory' },
    sql: undefined,
    close: async () => {},
  };
}

/** A new database and an unused Redis database number. */
async function realStores(databaseServer: string, redisServer: string): Promise<Stores> {
  const name = `gatehouse_bench_${randomBytes(6).toString('hex')}`;
  const redis = await claimRedis(redisServer);
  const server = await connect(databaseServer);
  await server.run(`create database "${name}"`);
  const url = new URL(databaseServer);
  url.pathname = `/${name}`;
  const own = await connect(url.href);
  return {
    name: 'PostgreSQL and Redis',
    env: { DATABASE_URL: url.href, REDIS_URL: redis.url },
    sql: own.run,
    async close() {
      await own.close();
      await server.run(`drop database if exists "${name}" with (force)`);
      await server.close();
      await redis.release();
    },
  };
}

async function connect(clientUrl: string) {
  const orm = await MikroORM.init({ clientUrl, entities: [], discovery: { warnWhenNoEntities: false } });
  return {
    run: (statement: string) => orm.em.getConnection().execute<Record<string, unknown>[]>(statement),
    close: () => orm.close(true),
  };
}

const CLAIM_MS = 600_000;

/** Takes a database number in the way the tests do (see `test/support/backends.ts`), so that neither takes the other's. */
async function claimRedis(server: string): Promise<{ url: string; release(): Promise<void> }> {
  const url = new URL(server);
  url.pathname = '/0';
  const claims = new Redis(url.href, { maxRetriesPerRequest: 1 });
  for (let database = 15; database > 0; database -= 1) {
    const key = `gatehouse-tests:database:${database}`;
    if ((await claims.set(key, 'bench', 'PX', CLAIM_MS, 'NX')) !== 'OK') continue;
    url.pathname = `/${database}`;
    const own = new Redis(url.href, { maxRetriesPerRequest: 1 });
    await own.flushdb();
    return {
      url: url.href,
      async release() {
        await own.flushdb();
        await claims.del(key);
        own.disconnect();
        claims.disconnect();
      },
    };
  }
  claims.disconnect();
  throw new Error('BENCH_REDIS_URL: databases 1 to 15 are all taken');
}
