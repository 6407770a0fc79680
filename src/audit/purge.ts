import { lockBatch } from '../store/database/batch.ts';
import { query, type Db } from '../store/database/database.ts';
import { AuditEventEntity } from './audit_event.entity.ts';

/** Removes some events from before `then`, the one change of the log that the database lets through. Answers how many. */
export async function purgeEvents(db: Db, then: Date): Promise<number> {
  // Of this transaction alone: the trigger refuses every other deletion.
  await query(db, "set local gatehouse.retention = 'on'");
  const events = await lockBatch(db, AuditEventEntity, { at: { $lt: then } });
  events.forEach((event) => db.remove(event));
  return events.length;
}
