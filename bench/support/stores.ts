import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import { Redis } from 'ioredis';

/** The servers that the bench may use; undefined if Gatehouse runs embedded. */
export const SERVERS = serversFrom(process.env);

/** Empty stores for one Gatehouse, not shared with others. */
export interface Stores {
  readonly env: Readonly<Record<string, string>>;
  /** Runs SQL and returns rows; undefined with an embedded database, which only the server can open. */
  readonly sql: Sql | undefined;
  /** Removes everything. */
  close(): Promise<void>;
}

export type Sql = (statement: string) => Promise<Record<string, unknown>[]>;

export async function openStores(): Promise<Stores> {
  if (!SERVERS) return { env: { DATA_DIR: 'memory', ALLOW_EMBEDDED: 'true' }, sql: undefined, close: async () => {} };
  const redis = await claimRedis(SERVERS.redis);
  const database = await createDatabase(SERVERS.database);
  return {
    env: { DATABASE_URL: database.url, REDIS_URL: redis.url },
    sql: database.sql,
    async close() {
      await database.close();
      await redis.release();
    },
  };
}

function serversFrom(env: NodeJS.ProcessEnv): { database: string; redis: string } | undefined {
  const database = env['BENCH_DATABASE_URL'] || env['TEST_DATABASE_URL'];
  const redis = env['BENCH_REDIS_URL'] || env['TEST_REDIS_URL'];
  return database && redis ? { database, redis } : undefined;
}

/** Creates a database. */
async function createDatabase(server: string): Promise<{ url: string; sql: Sql; close(): Promise<void> }> {
  const name = `gatehouse_bench_${randomBytes(6).toString('hex')}`;
  const all = await connect(server);
  await all.sql(`create database "${name}"`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const own = await connect(url.href);
  return {
    url: url.href,
    sql: own.sql,
    async close() {
      await own.close();
      await all.sql(`drop database if exists "${name}" with (force)`);
      await all.close();
    },
  };
}

async function connect(clientUrl: string): Promise<{ sql: Sql; close(): Promise<void> }> {
  const orm = await MikroORM.init({ clientUrl, entities: [], discovery: { warnWhenNoEntities: false } });
  return {
    sql: (statement) => orm.em.getConnection().execute<Record<string, unknown>[]>(statement),
    close: () => orm.close(true),
  };
}

const CLAIM_MS = 60_000;
const DATABASES = 15;

/**
 * Claims a database number as the tests do (see `test/support/store_servers.ts`), so that neither takes the other's.
 */
async function claimRedis(server: string): Promise<{ url: string; release(): Promise<void> }> {
  const url = new URL(server);
  url.pathname = '/0';
  const claims = new Redis(url.href, { maxRetriesPerRequest: 1 });
  const owner = `bench:${randomBytes(8).toString('hex')}`;
  const { key, database } = await claim(claims, owner);
  const renewal = setInterval(() => void claims.pexpire(key, CLAIM_MS).catch(() => {}), CLAIM_MS / 4).unref();
  url.pathname = `/${database}`;
  const own = new Redis(url.href, { maxRetriesPerRequest: 1 });
  await own.flushdb();
  return {
    url: url.href,
    async release() {
      clearInterval(renewal);
      await own.flushdb();
      if ((await claims.get(key)) === owner) await claims.del(key);
      own.disconnect();
      claims.disconnect();
    },
  };
}

async function claim(claims: Redis, owner: string): Promise<{ key: string; database: number }> {
  for (const until = Date.now() + CLAIM_MS; Date.now() < until; await sleep(200)) {
    for (let database = DATABASES; database > 0; database -= 1) {
      const key = `gatehouse-tests:database:${database}`;
      if ((await claims.set(key, owner, 'PX', CLAIM_MS, 'NX')) === 'OK') return { key, database };
    }
  }
  claims.disconnect();
  throw new Error(`BENCH_REDIS_URL: databases 1 to ${DATABASES} are all taken`);
}
