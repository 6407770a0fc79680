import { type EntityName, type FilterQuery, LockMode } from '@mikro-orm/core';
import type { Database, Session } from './database.ts';

/** As many rows as a cleaning transaction holds at once, for milliseconds. */
export const BATCH_ROWS = 500;

/** Some rows under their locks. Those that somebody else holds are left for another time: cleaning waits for nobody. */
export async function lockBatch<Row extends object>(
  db: Session,
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
  batch: (db: Session) => Promise<number>,
): Promise<void> {
  while (!stopping.aborted && (await database.transaction(batch)) === BATCH_ROWS);
}
