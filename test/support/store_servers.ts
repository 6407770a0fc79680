import { randomBytes } from 'node:crypto';
import { describe, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { loadPostgres } from './server_modules.ts';
import { until } from './until.ts';

/** A part of a real server for one test file. */
export interface Backend {
  readonly url: string;
  release(): Promise<void>;
}

export type BackendVariable = 'TEST_REDIS_URL' | 'TEST_DATABASE_URL';

/** Returns the server that the environment names; undefined without one. */
export function backend(variable: BackendVariable): string | undefined {
  return process.env[variable] || undefined;
}

/** Runs `describe`. Without the server, one skipped test reports what it needs. */
export function describeWith(variable: BackendVariable, title: string, body: () => void): void {
  describe(title, () => {
    if (backend(variable) !== undefined) body();
    else skipped(`needs ${variable}`);
  });
}

/** Reports tests that cannot run here, with the reason. */
export function skipped(reason: string): void {
  it.skip(`skipped: ${reason}`, () => {});
}

const CLAIM_MS = 60_000;
const DATABASES = 15;

/**
 * Claims one of the databases 1 to 15 of TEST_REDIS_URL's server, and empties it. Jest runs files in parallel, and
 * several runs may share the server, so claims are in database 0. The claim of a dead owner expires.
 */
export async function redisForTests(): Promise<Backend> {
  const server = new URL(required('TEST_REDIS_URL'));
  server.pathname = '/0';
  const claims = new Redis(server.href, { maxRetriesPerRequest: 1 });
  claims.on('error', () => {});
  const token = randomBytes(8).toString('hex');
  const claimKey = (database: number) => `gatehouse-tests:database:${database}`;

  try {
    const database = await claim();
    const renewal = setInterval(() => {
      claims.pexpire(claimKey(database), CLAIM_MS).catch(() => {});
    }, CLAIM_MS / 4).unref();
    const url = new URL(server);
    url.pathname = `/${database}`;
    await flush(url.href);

    return {
      url: url.href,
      async release() {
        clearInterval(renewal);
        await flush(url.href);
        if ((await claims.get(claimKey(database))) === token) await claims.del(claimKey(database));
        claims.disconnect();
      },
    };
  } catch (error) {
    claims.disconnect();
    throw error;
  }

  async function claim(): Promise<number> {
    const free = async () => {
      for (let database = 1; database <= DATABASES; database++) {
        if ((await claims.set(claimKey(database), token, 'PX', CLAIM_MS, 'NX')) === 'OK') return database;
      }
      return `TEST_REDIS_URL: databases 1 to ${DATABASES} are all taken by other test files`;
    };
    const isClaimed = (claimed: number | string) => typeof claimed === 'number';
    return Number(await until(free, isClaimed, { patienceMs: CLAIM_MS, everyMs: 200 }));
  }
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: 1 });
  client.on('error', () => {});
  try {
    await client.flushdb();
  } finally {
    client.disconnect();
  }
}

/** Creates an empty database on the server of TEST_DATABASE_URL. Releasing drops it, even with open connections. */
export async function postgresForTests(): Promise<Backend> {
  const server = required('TEST_DATABASE_URL');
  const name = `gatehouse_test_${randomBytes(6).toString('hex')}`;
  await runSql(server, `create database "${name}"`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    release: async () => void (await runSql(server, `drop database if exists "${name}" with (force)`)),
  };
}

/** Runs one statement on a separate connection and returns its rows. */
export async function runSql(clientUrl: string, statement: string): Promise<Record<string, unknown>[]> {
  const { MikroORM } = await loadPostgres();
  const orm = await MikroORM.init({ clientUrl, entities: [], discovery: { warnWhenNoEntities: false } });
  try {
    return await orm.em.getConnection().execute<Record<string, unknown>[]>(statement);
  } finally {
    await orm.close(true);
  }
}

function required(variable: BackendVariable): string {
  const url = backend(variable);
  if (url === undefined) throw new Error(`needs ${variable}`);
  return url;
}
