import type { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import { type EntityManager, MikroORM, type EntitySchema } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { Refusal } from '../kernel/errors.ts';
import { migrations } from './migrations/list.ts';
import { dropUselessConnections, LIMITS, reclaimLostConnections } from './postgres_pool.ts';

/** A transaction or a plain reader. Inside a transaction only the one passed in may be used: PGlite has one connection. */
export type Session = EntityManager;

export interface Database {
  readonly kind: 'pglite' | 'postgresql';
  /** The migrations that this opening ran, by name. */
  readonly migrated: readonly string[];
  /**
   * Outside a transaction: reads, or the one statement that is a change by itself, on the server that takes changes.
   * Throws SERVICE_UNAVAILABLE when the database cannot be reached.
   */
  read<T>(work: (db: Session) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in one transaction, again from the start when PostgreSQL found a deadlock in it.
   * Throws SERVICE_UNAVAILABLE when the database cannot be reached.
   */
  transaction<T>(work: (db: Session) => Promise<T>): Promise<T>;
  /** Throws SERVICE_UNAVAILABLE when the database cannot be reached, or takes no changes. */
  checkWritable(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgresql://…`; undefined: PGlite in `dataDir`. */
  readonly url: string | undefined;
  /** PGlite's folder, or `memory`. */
  readonly dataDir: string;
  readonly entities: readonly EntitySchema[];
  /** A PGlite made elsewhere: the tests' template, which saves two seconds a start. */
  readonly pglite?: () => Promise<unknown>;
  /** Milliseconds to keep trying before the first connection is given up. */
  readonly patience?: number;
  /** False leaves the schema as it is, for whoever only looks: what is missing then fails where it is asked for. */
  readonly migrate?: boolean;
}

/** SQLSTATEs and Node codes that mean "not now", never "no". 57014 and 55P03 are our own time limits. */
const OUTAGE =
  /^(08...|53...|57P0[1-5]|57014|55P03|25006|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
const OUTAGE_TEXT =
  /connection terminated|timeout exceeded when trying to connect|connection ended|is not queryable|pglite is clos/i;
const DEADLOCK = /^(40P01|40001)$/;
const DEADLOCK_TRIES = 8;
/** The migrator's own table: the store knows no table of another room. */
const NO_CHANGE = 'delete from mikro_orm_migrations where false';

/** Opens the database and brings its schema up to date. Throws a plain Error, fit for an operator, where it cannot. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { orm, migrated } =
    options.url === undefined ? await openPglite(options) : await openPostgres(options.url, options);
  let closed = false;

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    // MikroORM would connect again: to a data directory that may be another process's by now.
    if (closed) throw new Refusal('SERVICE_UNAVAILABLE', { cause: new Error('the database is closed') });
    try {
      return await work();
    } catch (error) {
      if (isOutage(error)) throw new Refusal('SERVICE_UNAVAILABLE', { cause: error });
      throw error;
    }
  }

  return {
    kind: options.url === undefined ? 'pglite' : 'postgresql',
    migrated,
    read: (work) => guarded(() => work(orm.em.fork())),
    transaction: (work) =>
      guarded(async () => {
        for (let tries = 1; ; tries += 1) {
          try {
            return await orm.em.fork().transactional(work);
          } catch (error) {
            if (tries === DEADLOCK_TRIES || !DEADLOCK.test(codeOf(error))) throw error;
          }
        }
      }),
    // A change of nothing: a server that takes none refuses it all the same.
    checkWritable: () => guarded(async () => void (await orm.em.fork().getConnection().execute(NO_CHANGE))),
    async close() {
      closed = true;
      await orm.close(true);
    },
  };
}

/** A statement as it is, in the transaction of `db` where that is one. Values take the places of `?`. */
export async function query<Row>(db: Session, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const rows: unknown = await db.getConnection().execute(sql, [...values], 'all', db.getTransactionContext());
  return rows as Row[];
}

/** Makes the replicas take turns until this transaction ends: for work that must happen once, not once a replica. */
export async function lockAcrossReplicas(db: Session, purpose: string): Promise<void> {
  await query(db, 'select pg_advisory_xact_lock(hashtext(?))', [`gatehouse:${purpose}`]);
}

/** Beside others who take the same lock so, and never beside one who took it alone. */
export async function lockSharedAcrossReplicas(db: Session, purpose: string): Promise<void> {
  await query(db, 'select pg_advisory_xact_lock_shared(hashtext(?))', [`gatehouse:${purpose}`]);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether PostgreSQL takes a text for an id. It refuses others, which would tell them from an id that nobody has. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Whether the database refused a row because one like it exists (a unique constraint). */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === '23505';
}

interface Opened {
  readonly orm: MikroORM;
  readonly migrated: readonly string[];
}

async function openPglite({ dataDir, entities, pglite, migrate = true }: DatabaseOptions): Promise<Opened> {
  const { MikroORM: Pglite } = await import('@mikro-orm/pglite');
  const dbName = dataDir === 'memory' ? 'memory://' : `${dataDir}/pglite`;
  let orm: MikroORM | undefined;
  try {
    orm = await Pglite.init({
      ...common(entities),
      dbName,
      ...(pglite ? { driverOptions: { pglite } } : {}),
    });
    // One connection and one process (the data directory is locked): a lock would only wait for itself.
    return { orm, migrated: migrate ? namesOf(await orm.migrator.up()) : [] };
  } catch (error) {
    await orm?.close(true).catch(() => undefined);
    throw new Error(`DATA_DIR: the database in ${dataDir} does not open: ${reasonOf(error)}`, { cause: error });
  }
}

async function openPostgres(url: string, options: DatabaseOptions): Promise<Opened> {
  const { entities, patience = 15_000, migrate = true } = options;
  const { MikroORM: Postgres } = await import('@mikro-orm/postgresql');
  const open = async (limits: object) =>
    (await Postgres.init({
      ...common(entities),
      clientUrl: url,
      pool: { min: 0, max: 10 },
      driverOptions: {
        // MikroORM takes host, user and name out of the URL and drops the rest: `sslmode` must not be lost on the way.
        connectionString: url,
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
        onPoolCreated(pool: EventEmitter) {
          reclaimLostConnections(pool);
          dropUselessConnections(pool);
        },
        ...limits,
      },
    })) as unknown as MikroORM;

  const orm = await open(LIMITS);
  try {
    await reach(orm, url, patience);
    if (!migrate) return { orm, migrated: [] };
    // A migration takes as long as it takes, and the other replicas wait as long: on connections of their own.
    const unlimited = await open({});
    const migrated = await runMigrations(unlimited).finally(() => unlimited.close(true));
    return { orm, migrated };
  } catch (error) {
    await orm.close(true);
    throw error;
  }
}

/** Returns at the first answer; gives up at once where it is a "no", and after `patience` where there is none. */
async function reach(orm: MikroORM, url: string, patience: number): Promise<void> {
  for (const until = Date.now() + patience; ; await sleep(500)) {
    try {
      await orm.em.fork().getConnection().execute('select 1');
      return;
    } catch (error) {
      if (Date.now() < until && isOutage(error)) continue;
      const { host, pathname } = new URL(url);
      throw new Error(`DATABASE_URL: no connection to ${host}${pathname}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

function common(entities: readonly EntitySchema[]) {
  return {
    entities: [...entities],
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false },
    // Room functions name what they read; nothing is cached between calls.
    resultCache: {},
    forceUtcTimezone: true,
    debug: false,
    logger: () => undefined,
  };
}

/** Runs what is pending. Replicas that start together queue on a lock held by a second connection. */
async function runMigrations(orm: MikroORM): Promise<string[]> {
  return orm.em.fork().transactional(async (db) => {
    await lockAcrossReplicas(db, 'migrations');
    return namesOf(await orm.migrator.up());
  });
}

function namesOf(run: readonly { readonly name: string }[]): string[] {
  return run.map(({ name }) => name);
}

function isOutage(error: unknown): boolean {
  // Not `instanceof`: where modules run in a realm of their own, as under Jest, the system's errors are of another.
  for (let at = error; types.isNativeError(at); at = at.cause) {
    if (at instanceof Refusal) return false;
    if (OUTAGE.test(codeOf(at)) || OUTAGE_TEXT.test(at.message)) return true;
  }
  return false;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/** The database's own words or the system's; where several addresses were tried, what became of the last. */
function reasonOf(error: unknown): string {
  const { message, errors } = error as Partial<AggregateError>;
  return message || (errors ? reasonOf(errors.at(-1)) : codeOf(error) || 'no reason given');
}
