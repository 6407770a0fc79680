import { lockBatch } from '../store/database/batch.ts';
import type { Db } from '../store/database/database.ts';
import { ProofEntity } from './proof.entity.ts';

/** Removes a batch of proofs that are not needed to recognise a second use any more. Returns their number. */
export async function purgeProofs(db: Db, now: Date): Promise<number> {
  const rows = await lockBatch(db, ProofEntity, { keptUntil: { $lte: now } });
  rows.forEach((row) => db.remove(row));
  return rows.length;
}
