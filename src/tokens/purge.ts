import { lockBatch } from '../store/database/batch.ts';
import type { Db } from '../store/database/database.ts';
import { RevocationEntity } from './revocation.entity.ts';

/** More than the clocks of replicas differ: on the slowest of them, the token may still be valid. */
const MARGIN_MS = 3_600_000;

/** Removes a batch of denials whose tokens have expired. Returns their number. */
export async function purgeRevocations(db: Db, now: Date): Promise<number> {
  const then = new Date(now.getTime() - MARGIN_MS);
  const revocations = await lockBatch(db, RevocationEntity, { expiresAt: { $lte: then } });
  revocations.forEach((revocation) => db.remove(revocation));
  return revocations.length;
}
