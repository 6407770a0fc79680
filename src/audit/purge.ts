import { lockBatch } from '../store/database/batch.ts';
import { query, type Db } from '../store/database/database.ts';
import { AuditEventEntity } from './audit_event.entity.ts';

/**
 * Removes a batch of events older than `then`, the only change of the log that the database allows. Returns their
 * number.
 */
export async function purgeEvents(db: Db, then: Date): Promise<number> {
  // Set for this transaction only: the trigger refuses all other deletions.
  await query(db, "set local gatehouse.retention = 'on'");
  const events = await lockBatch(db, AuditEventEntity, { at: { $lt: then } });
  events.forEach((event) => db.remove(event));
  return events.length;
}
