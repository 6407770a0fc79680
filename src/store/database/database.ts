import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { Refusal } from '../../kernel/errors.ts';
import { type Opened, openPostgres, type PostgresOptions } from './open_postgres.ts';
import { ormOptions } from './orm_options.ts';
import { codeOf, isOutage, reasonOf } from './outage.ts';

/** A transaction or a plain reader. Inside a transaction only the one passed in may be used: PGlite has one connection. */
export type Db = EntityManager;

export interface Database {
  readonly kind: 'pglite' | 'postgresql';
  /** The migrations that this opening ran, by name. */
  readonly migrated: readonly string[];
  /**
   * Outside a transaction: reads, or the one statement that is a change by itself, on the server that takes changes.
   * Throws SERVICE_UNAVAILABLE when the database cannot be reached.
   */
  run<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in one transaction, again from the start when PostgreSQL found a deadlock in it.
   * Throws SERVICE_UNAVAILABLE when the database cannot be reached.
   */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Throws SERVICE_UNAVAILABLE when the database cannot be reached, or takes no changes. */
  checkWritable(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions extends PostgresOptions {
  /** `postgresql://…`; undefined: PGlite in `dataDir`. */
  readonly url: string | undefined;
  /** PGlite's folder, or `memory`. */
  readonly dataDir: string;
  /** A PGlite made elsewhere: the tests' template, which saves two seconds a start. */
  readonly pglite?: () => Promise<unknown>;
  /** False leaves the schema as it is, for whoever only looks: what is missing then fails where it is asked for. */
  readonly migrate?: boolean | undefined;
}

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
    run: (work) => guarded(() => work(orm.em.fork())),
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
export async function query<Row>(db: Db, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const rows: unknown = await db.getConnection().execute(sql, [...values], 'all', db.getTransactionContext());
  return rows as Row[];
}

/** Makes the replicas take turns until this transaction ends: for work that must happen once, not once a replica. */
export async function lockAcrossReplicas(db: Db, purpose: string): Promise<void> {
  await query(db, 'select pg_advisory_xact_lock(hashtext(?))', [`gatehouse:${purpose}`]);
}

/** Beside others who take the same lock so, and never beside one who took it alone. */
export async function lockSharedAcrossReplicas(db: Db, purpose: string): Promise<void> {
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

async function openPglite({ dataDir, entities, pglite, migrate = true }: DatabaseOptions): Promise<Opened> {
  const { MikroORM: Pglite } = await import('@mikro-orm/pglite');
  const dbName = dataDir === 'memory' ? 'memory://' : `${dataDir}/pglite`;
  let orm: MikroORM | undefined;
  try {
    orm = await Pglite.init({
      ...ormOptions(entities),
      dbName,
      ...(pglite ? { driverOptions: { pglite } } : {}),
    });
    // One connection and one process (the data directory is locked): a lock would only wait for itself.
    return { orm, migrated: migrate ? namesOf(await orm.migrator.up()) : [] };
  } catch (error) {
    await orm?.close(true).catch(() => undefined);
    throw new Error(`DATA_DIR: cannot open the database in ${dataDir}: ${reasonOf(error)}`, { cause: error });
  }
}

function namesOf(run: readonly { readonly name: string }[]): string[] {
  return run.map(({ name }) => name);
}
