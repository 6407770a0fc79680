import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntitySchema, MikroORM } from '@mikro-orm/core';
import { isOutage, reasonOf } from './outage.ts';
import { ormOptions } from './orm_options.ts';
import { dropUselessConnections, LIMITS, reclaimLostConnections } from './postgres_pool.ts';
import { sayEvery } from '../say_every.ts';
import { type MigrationOptions, runMigrations } from './run_migrations.ts';

export interface PostgresOptions {
  readonly entities: readonly EntitySchema[];
  /** The milliseconds of tries for the first connection. */
  readonly patience?: number | undefined;
  /** The milliseconds to wait for another replica's migrations. */
  readonly migrationPatience?: number | undefined;
  readonly migrate?: boolean | undefined;
  /** Called every few seconds with the reason why the start waits, and once with advice for an operator. */
  readonly onNotice?: ((words: string) => void) | undefined;
  /** Cancels the opening at any point. */
  readonly signal?: AbortSignal | undefined;
}

export interface Opened {
  readonly orm: MikroORM;
  /** The names of the migrations that ran. */
  readonly migrated: readonly string[];
}

/**
 * Opens a PostgreSQL database and migrates it, with one connection at a time: a pooler may offer only one.
 * @throws Error for an operator
 */
export async function openPostgres(url: string, options: PostgresOptions): Promise<Opened> {
  const { entities, patience = 15_000, migrate = true, onNotice = () => undefined } = options;
  const { signal = new AbortController().signal } = options;
  signal.throwIfAborted();
  const limits = { ...LIMITS, stream: () => addAbortSignal(signal, LIMITS.stream()) };
  await onConnection(url, { limits, signal }, async (orm) => {
    await reach(orm, { url, patience, signal, onNotice });
    if (!(await areLimitsInForce(orm))) onNotice(NO_LIMITS);
  });
  const migrated = migrate ? await migrateAlone(url, { onNotice, signal, patience: options.migrationPatience }) : [];
  return { orm: await open(url, { entities, max: 10, limits: LIMITS }), migrated };
}

/**
 * Migrates on a connection without a limit of silence, because a migration can take long. The connection ends on
 * request.
 */
function migrateAlone(
  url: string,
  { onNotice, signal, patience }: Omit<MigrationOptions, 'giveUp'>,
): Promise<string[]> {
  const quit = new AbortController();
  const ended = AbortSignal.any([signal, quit.signal]);
  const stream = () => new Socket({ signal: ended });
  const migration = { onNotice, signal: ended, giveUp: (reason: Error) => quit.abort(reason), patience };
  return onConnection(url, { limits: { stream }, signal: ended }, (orm) => runMigrations(orm, migration));
}

interface Connecting {
  /** The limits, in pg's names. */
  readonly limits: object;
  /** Closes the connection's socket; its reason is then thrown. */
  readonly signal: AbortSignal;
}

async function onConnection<T>(
  url: string,
  { limits, signal }: Connecting,
  work: (orm: MikroORM) => Promise<T>,
): Promise<T> {
  const orm = await open(url, { entities: [], max: 1, limits });
  try {
    return await work(orm);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    await orm.close(true);
  }
}

interface PoolOptions {
  readonly entities: readonly EntitySchema[];
  /** The most connections. */
  readonly max: number;
  /** The limits, in pg's names. */
  readonly limits: object;
}

async function open(url: string, { entities, max, limits }: PoolOptions): Promise<MikroORM> {
  const { MikroORM: Postgres } = await import('@mikro-orm/postgresql');
  const orm = await Postgres.init({
    ...ormOptions(entities),
    clientUrl: url,
    pool: { min: 0, max },
    driverOptions: {
      // MikroORM reads only host, user and name from the URL. Without this, `sslmode` would be dropped.
      connectionString: url,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      onPoolCreated(pool: EventEmitter) {
        reclaimLostConnections(pool);
        dropUselessConnections(pool);
      },
      ...limits,
    },
  });
  return orm;
}

interface Reach {
  readonly url: string;
  readonly patience: number;
  readonly signal: AbortSignal;
  readonly onNotice: (words: string) => void;
}

/**
 * Returns at the first successful query. It throws at once after a refusal, and after `patience` without a response.
 */
async function reach(orm: MikroORM, { url, patience, signal, onNotice }: Reach): Promise<void> {
  const { host, pathname } = new URL(url);
  const where = `${host}${pathname}`;
  const stop = sayEvery((seconds) => onNotice(`waiting for PostgreSQL at ${where}, for ${seconds} s`));
  try {
    for (const until = Date.now() + patience; ; await sleep(500, undefined, { signal })) {
      try {
        await orm.em.fork().getConnection().execute('select 1');
        return;
      } catch (error) {
        if (signal.aborted) throw error;
        const reason = reasonOf(error);
        const isPooler = POOLER.test(reason);
        if (!isPooler && Date.now() < until && isOutage(error)) continue;
        const advice = isPooler ? `; ${SET_POOLER}` : '';
        throw new Error(`DATABASE_URL: no connection to ${where}: ${reason}${advice}`, { cause: error });
      }
    }
  } finally {
    stop();
  }
}

/**
 * PgBouncer's error for a setting that it does not pass on. Many faults share its code, so only the text identifies it.
 */
const POOLER = /unsupported startup parameter/;
const SET_POOLER = 'set ignore_startup_parameters in pgbouncer.ini as docs/pgbouncer.md says';
const NO_LIMITS =
  'statement_timeout or lock_timeout is not in force: a pooler drops what a client asks for. Set both on the role, as ' +
  'docs/pgbouncer.md says';

async function areLimitsInForce(orm: MikroORM): Promise<boolean> {
  const sql =
    "select current_setting('statement_timeout') <> '0' and current_setting('lock_timeout') <> '0' as limited";
  const rows = (await orm.em.fork().getConnection().execute(sql)) as { limited: boolean }[];
  return rows[0]!.limited;
}
