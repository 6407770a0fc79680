import { readFileSync } from 'node:fs';
import { describe } from '@jest/globals';
import type { App, AppOptions } from '../../src/composition/app.ts';
import type { PlannerKind } from '../../src/gateway/planning/planner.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import type { Log } from '../../src/kernel/log.ts';
import { backend, postgresForTests, redisForTests, runSql, skipped } from './store_servers.ts';
import { type Client, createClient } from './http_client.ts';
import { freePort } from './free_port.ts';
import { logFile } from './log_file.ts';
import { loadServer, type PgliteModules } from './server_modules.ts';
import { SMALL_HASHES } from './small_hashes.ts';

export type Stores = 'embedded' | 'PostgreSQL and Redis';

export interface InstanceOptions {
  /** Default: `AVAILABLE_STORES`. */
  readonly stores?: Stores;
  /** Environment variables in addition to the tests' defaults. */
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** Serves `POST /graphql` before Express, as in production. Default: true. */
  readonly direct?: boolean;
  /** The planner of a gateway. Default: the one that this machine can run. */
  readonly planner?: PlannerKind;
  /** Default: the suite's log file. */
  readonly log?: Log;
}

/** A whole server on its own port, over its own stores. */
export interface Instance {
  readonly url: string;
  readonly admin: { readonly username: string; readonly password: string };
  /** Its HTTP client. */
  readonly client: Client;
  readonly env: Readonly<Record<string, string>>;
  /**
   * Runs one statement in the database and returns its rows, for state that no API changes. Not for a `DATA_DIR` on
   * disk.
   */
  sql(statement: string): Promise<Record<string, unknown>[]>;
  /**
   * Starts another replica on the same stores. @param soonSeconds the delay of its maintenance; default: as in
   * production
   */
  replica(env?: Readonly<Record<string, string>>, soonSeconds?: number): Promise<Instance>;
  /** Starts another replica with this planner. */
  planningBy(planner: PlannerKind, env?: Readonly<Record<string, string>>): Promise<Instance>;
  /** Starts another replica that handles every request in Express: see `src/http/server.ts`. */
  throughExpress(): Promise<Instance>;
  /** Stops the server and keeps its stores. A server that starts on them next is the same one after a restart. */
  stop(): Promise<void>;
  /** Stops the server and removes its stores. */
  close(): Promise<void>;
}

/**
 * Uses servers if there are any, for tests that do not depend on the kind of store: an embedded database costs each
 * test file two seconds of CPU.
 */
export const AVAILABLE_STORES: Stores =
  backend('TEST_DATABASE_URL') && backend('TEST_REDIS_URL') ? 'PostgreSQL and Redis' : 'embedded';

export const ADMIN = { username: 'admin', password: 'the admin of the tests' };

/** Runs a suite over both kinds of stores. Without PostgreSQL or Redis a skipped test reports the reason. */
export function describeOnStores(title: string, suite: (stores: Stores) => void): void {
  describe(`${title}, embedded`, () => suite('embedded'));
  describe(`${title}, PostgreSQL and Redis`, () => {
    if (AVAILABLE_STORES === 'PostgreSQL and Redis') suite('PostgreSQL and Redis');
    else skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  });
}

/** Starts a whole instance with small hashes and a known admin; everything else is as in production. */
export async function startInstance(options: InstanceOptions = {}): Promise<Instance> {
  const { stores = AVAILABLE_STORES, env: extra = {}, clock, direct = true, planner } = options;
  const server = await loadServer();
  const opened: (() => Promise<unknown>)[] = [];
  const env: Record<string, string> = {
    NODE_ENV: 'test',
    JWT_SECRET_KEY: 'a secret of the tests, 32 bytes or more',
    ...SMALL_HASHES,
    ADMIN_PASSWORD: ADMIN.password,
    LOG_LEVEL: 'trace',
    // Tests sign the one admin in hundreds of times.
    SESSIONS_PER_ACCOUNT: '10000',
    ...extra,
  };
  let pglite: (() => Promise<unknown>) | undefined;
  let sql: Instance['sql'] = () => Promise.reject(new Error('DATA_DIR belongs to the server'));
  if (stores === 'embedded') {
    env['DATA_DIR'] ??= 'memory';
    if (env['DATA_DIR'] === 'memory') {
      const database = await openTemplate(server.pglite);
      opened.push(() => database.close());
      pglite = async () => database;
      sql = async (statement) => (await database.exec(statement)).at(-1)?.rows ?? [];
    }
  } else {
    const [postgres, redis] = await Promise.all([postgresForTests(), redisForTests()]);
    opened.push(postgres.release, redis.release);
    env['DATABASE_URL'] = postgres.url;
    sql = (statement) => runSql(postgres.url, statement);
    env['REDIS_URL'] = redis.url;
  }

  const start = async (
    startEnv: Record<string, string>,
    more: Pick<AppOptions, 'soonSeconds' | 'direct' | 'planner'> = {},
  ): Promise<Instance> => {
    const port = startEnv['PORT'] ?? String(await freePort());
    const config = server.readConfig({ ...startEnv, PORT: port });
    const app: App = await server.createApp(config, {
      log: options.log ?? server.createLog(config.log.level, logFile()),
      ...(clock ? { clock, databaseClock: clock } : {}),
      ...(pglite ? { pglite } : {}),
      ...more,
    });
    const url = await app.listen();
    return {
      url,
      admin: ADMIN,
      client: createClient(url),
      env: startEnv,
      sql,
      replica: (more = {}, soonSeconds) => {
        const { PORT: _, ...rest } = { ...startEnv, ...more };
        const replicaEnv = { ...rest, ...('PORT' in more ? { PORT: more['PORT'] } : {}) };
        return start(replicaEnv, soonSeconds === undefined ? {} : { soonSeconds });
      },
      planningBy: (other, more = {}) => {
        const { PORT: _, ...rest } = { ...startEnv, ...more };
        return start(rest, { planner: other });
      },
      throughExpress: () => {
        const { PORT: _, ...rest } = startEnv;
        // Sets the issuer. By default it contains the port, and one server's tokens would be invalid at the other.
        return start({ JWT_ISSUER: url, ...rest }, { direct: false });
      },
      stop: () => app.close(),
      async close() {
        await app.close();
        for (const close of opened.splice(0).reverse()) await close();
      },
    };
  };
  try {
    return await start(env, { direct, ...(planner === undefined ? {} : { planner }) });
  } catch (error) {
    for (const close of opened.splice(0).reverse()) await close();
    throw error;
  }
}

/**
 * Opens PGlite from the migrated template of `global_setup.ts`, which is two seconds faster than an empty one.
 * @param modules the modules of the server that uses it; default: jest's own
 */
export async function openTemplate(modules?: PgliteModules) {
  const { createPostgreSqlTypeParsers } = modules ?? (await import('@mikro-orm/pglite'));
  const { PGlite } = modules ?? (await import('@electric-sql/pglite'));
  const { default: array } = await import('postgres-array');
  const template = process.env['GATEHOUSE_TEST_TEMPLATE'];
  return PGlite.create({
    ...(template ? { loadDataDir: new Blob([readFileSync(template)]) } : {}),
    parsers: createPostgreSqlTypeParsers((text: string) => array.parse(text)),
  });
}
