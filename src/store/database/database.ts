import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { Refusal } from '../../kernel/errors.ts';
import { type Opened, openPostgres, type PostgresOptions } from './open_postgres.ts';
import { ormOptions } from './orm_options.ts';
import { codeOf, isOutage, reasonOf } from './outage.ts';

/**
 * A transaction or a plain reader. Inside a transaction, only the passed one may be used: PGlite has one connection.
 */
export type Db = EntityManager;

export interface Database {
  readonly kind: 'pglite' | 'postgresql';
  /** The names of the migrations that ran at this start. */
  readonly migrated: readonly string[];
  /**
   * Runs reads outside a transaction, or a single statement that is a change by itself, on the primary server.
   * @throws Refusal SERVICE_UNAVAILABLE if the database cannot be reached
   */
  run<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in one transaction. After a deadlock, `work` runs again from its start.
   * @throws Refusal SERVICE_UNAVAILABLE if the database cannot be reached
   */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /**
   * Checks that the database accepts changes.
   * @throws Refusal SERVICE_UNAVAILABLE if it cannot be reached, or is read-only
   */
  checkWritable(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions extends PostgresOptions {
  /** `postgresql://…`; undefined for PGlite in `dataDir`. */
  readonly url: string | undefined;
  /** The folder of PGlite, or `memory`. */
  readonly dataDir: string;
  /** An existing PGlite: the tests' template, which saves two seconds a start. */
  readonly pglite?: () => Promise<unknown>;
  /** False leaves the schema as it is, for commands that only read. A missing table then fails at its first use. */
  readonly migrate?: boolean | undefined;
}

const DEADLOCK = /^(40P01|40001)$/;
const DEADLOCK_TRIES = 8;
/** The migrator's table, so that the store does not depend on a table of another room. */
const NO_CHANGE = 'delete from mikro_orm_migrations where false';

/**
 * Opens the database and migrates its schema.
 * @throws Error for an operator
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { orm, migrated } =
    options.url === undefined ? await openPglite(options) : await openPostgres(options.url, options);
  let closed = false;

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    // Threat: MikroORM would connect again, to a data directory that another process may use by now.
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
            const committed: (() => void)[] = [];
            const result = await orm.em.fork().transactional((db) => {
              listeners.set(db, committed);
              return work(db);
            });
            committed.forEach((listener) => listener());
            return result;
          } catch (error) {
            if (tries === DEADLOCK_TRIES || !DEADLOCK.test(codeOf(error))) throw error;
          }
        }
      }),
    // A change without effect, which a read-only server refuses all the same.
    checkWritable: () => guarded(async () => void (await orm.em.fork().getConnection().execute(NO_CHANGE))),
    async close() {
      closed = true;
      await orm.close(true);
    },
  };
}

/** The functions to call after the commit, by the transaction. */
const listeners = new WeakMap<Db, (() => void)[]>();

/**
 * Calls a function after the commit of a transaction, and not at all after a rollback. A crash between the two loses
 * the call, so that it can only hasten something.
 */
export function afterCommit(db: Db, listener: () => void): void {
  listeners.get(db)?.push(listener);
}

/** Runs a raw statement, in the transaction of `db` if there is one. The values replace its `?`. */
export async function query<Row>(db: Db, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const rows: unknown = await db.getConnection().execute(sql, [...values], 'all', db.getTransactionContext());
  return rows as Row[];
}

/** Takes a lock across replicas until this transaction ends, for work that only one replica may do. */
export async function lockAcrossReplicas(db: Db, purpose: string): Promise<void> {
  await query(db, 'select pg_advisory_xact_lock(hashtext(?))', [`gatehouse:${purpose}`]);
}

/** Takes the same lock shared: it excludes only {@link lockAcrossReplicas}. */
export async function lockSharedAcrossReplicas(db: Db, purpose: string): Promise<void> {
  await query(db, 'select pg_advisory_xact_lock_shared(hashtext(?))', [`gatehouse:${purpose}`]);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Returns whether PostgreSQL accepts a text as a UUID. Threat: its error for other texts would differ from the response
 * for an unknown id.
 */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Returns whether an error is a violation of a unique constraint. */
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
    // There is one connection and one process (the data directory is locked), so a lock would only wait for itself.
    return { orm, migrated: migrate ? namesOf(await orm.migrator.up()) : [] };
  } catch (error) {
    await orm?.close(true).catch(() => undefined);
    throw new Error(`DATA_DIR: cannot open the database in ${dataDir}: ${reasonOf(error)}`, { cause: error });
  }
}

function namesOf(run: readonly { readonly name: string }[]): string[] {
  return run.map(({ name }) => name);
}
