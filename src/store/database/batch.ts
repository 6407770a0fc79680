import { type EntityName, type FilterQuery, LockMode } from '@mikro-orm/core';
import { type Database, query, type Db } from './database.ts';

/** As many rows as a cleaning transaction holds at once, for milliseconds. */
export const BATCH_ROWS = 500;

/** Some rows under their locks. Those that somebody else holds are left for another time: cleaning waits for nobody. */
export async function lockBatch<Row extends object>(
  db: Db,
  entity: EntityName<Row>,
  where: FilterQuery<NoInfer<Row>>,
): Promise<Row[]> {
  return db.find(entity, where, { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE, limit: BATCH_ROWS });
}

/**
 * Does `batch` in one transaction after another until there is no more to do, or the server stops.
 * @param batch answers how many rows there were
 */
export async function inBatches(
  database: Pick<Database, 'transaction'>,
  stopping: AbortSignal,
  batch: (db: Db) => Promise<number>,
): Promise<void> {
  while (!stopping.aborted && (await database.transaction(batch)) === BATCH_ROWS);
}

/** Rows that are read to find those that something is to be done with: a statement of milliseconds, at any size. */
const SLICE_ROWS = 10_000;

/** Rows that no index leads to. */
export interface Search {
  readonly table: string;
  /** A condition in SQL, with a `?` for each of `values`. */
  readonly holds: string;
  readonly values: readonly unknown[];
}

/**
 * As {@link inBatches}, for rows that no index leads to: walks the whole table once, in the order of its ids. Where
 * every batch looked from the start, a table of millions would be read as many times as there are batches.
 * @param batch is given the ids of a batch, which may not be what they were any more
 */
export async function inBatchesByWalking(
  database: Pick<Database, 'run' | 'transaction'>,
  stopping: AbortSignal,
  { table, holds, values }: Search,
  batch: (db: Db, ids: readonly string[]) => Promise<void>,
): Promise<void> {
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
