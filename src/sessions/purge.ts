import { lockBatch } from '../store/batch.ts';
import type { Session as Db } from '../store/database.ts';
import { overBy, secondsBefore, type SessionTimes } from './lifetime.ts';
import { SessionEntity } from './session.entity.ts';

/**
 * How long a session is kept that is over and whose access tokens have expired. Nothing reads it any more: a refresh
 * token of a session that is over accuses nobody, denials are kept by themselves, and who ended it is in the audit
 * log. A day covers what clocks of replicas can differ.
 */
export const KEPT_SECONDS = 86_400;

/** Removes some sessions that are long over, and with them their authorization codes. Answers how many. */
export async function purgeSessions(db: Db, now: Date, times: SessionTimes): Promise<number> {
  const then = secondsBefore(now, KEPT_SECONDS);
  const where = { $and: [overBy(then, times), { accessExpiresAt: { $lte: then } }] };
  const sessions = await lockBatch(db, SessionEntity, where);
  sessions.forEach((session) => db.remove(session));
  return sessions.length;
}

/** Forgets some sealed successors whose grace is over. Answers how many. */
export async function wipeSuccessors(db: Db, now: Date, times: SessionTimes): Promise<number> {
  const where = { sealedSuccessor: { $ne: null }, rotatedAt: { $lte: secondsBefore(now, times.graceSeconds) } };
  const sessions = await lockBatch(db, SessionEntity, where);
  for (const session of sessions) session.sealedSuccessor = null;
  return sessions.length;
}
