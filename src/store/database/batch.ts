import { type EntityName, type FilterQuery, LockMode } from '@mikro-orm/core';
import { type Database, query, type Db } from './database.ts';

/** The most rows that a cleaning transaction locks at once, for milliseconds. */
export const BATCH_ROWS = 500;

/** Locks and returns a batch of rows. It skips rows that are locked, so that cleaning never waits. */
export async function lockBatch<Row extends object>(
  db: Db,
  entity: EntityName<Row>,
  where: FilterQuery<NoInfer<Row>>,
): Promise<Row[]> {
  return db.find(entity, where, { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE, limit: BATCH_ROWS });
}

/**
 * Runs `batch` in one transaction after another, until no rows are left or the server stops.
 * @param batch returns the number of its rows
 */
export async function inBatches(
  database: Pick<Database, 'transaction'>,
  stopping: AbortSignal,
  batch: (db: Db) => Promise<number>,
): Promise<void> {
  while (!stopping.aborted && (await database.transaction(batch)) === BATCH_ROWS);
}

/** Rows that one statement reads in a walk: milliseconds, for a table of any size. */
const SLICE_ROWS = 10_000;

/** Rows to find without an index. */
export interface Search {
  readonly table: string;
  /** A condition in SQL, with a `?` for each of `values`. */
  readonly holds: string;
  readonly values: readonly unknown[];
}

/** A search, and the work on the rows that it finds. */
export interface Walking {
  readonly search: Search;
  /** Receives the ids of a batch; their rows may have changed since. */
  batch(db: Db, ids: readonly string[]): Promise<void>;
}

/**
 * Runs batches as {@link inBatches} for rows without an index: it walks the table once, in the order of ids. If each
 * batch searched from the start, a table of millions would be read once a batch.
 */
export async function inBatchesByWalking(
  database: Pick<Database, 'run' | 'transaction'>,
  stopping: AbortSignal,
  { search, batch }: Walking,
): Promise<void> {
  const { table, holds, values } = search;
  for (let after: string | null = '00000000-0000-0000-0000-000000000000'; after !== null;) {
    const [slice]: { last: string | null; ids: string[] | null }[] = await database.run((db) =>
      query(
        db,
        `with slice as (select id, (${holds}) as holds from ${table} where id > ? order by id limit ${SLICE_ROWS})
         select (select id from slice order by id desc limit 1) as last,
           (select json_agg(id) from slice where holds) as ids`,
        [...values, after],
      ),
    );
    const ids = slice?.ids ?? [];
    while (ids.length > 0 && !stopping.aborted) {
      const some = ids.splice(0, BATCH_ROWS);
      await database.transaction((db) => batch(db, some));
    }
    after = stopping.aborted ? null : (slice?.last ?? null);
  }
}
