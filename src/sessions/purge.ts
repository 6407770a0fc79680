import { lockBatch, type Search } from '../store/database/batch.ts';
import type { Db } from '../store/database/database.ts';
import { secondsBefore, type SessionTimes } from './lifetime.ts';
import { SessionEntity } from './session.entity.ts';

/**
 * Seconds for which a session is kept after it is over and its access tokens have expired. Its row is not read any
 * more: a refresh token of an ended session is no evidence of theft, denials have rows of their own, and the audit log
 * has the reason of the end. A day is more than the clocks of replicas differ.
 */
export const KEPT_SECONDS = 86_400;
/**
 * Seconds for which a sealed successor is kept after the grace. A replica whose clock is ahead must not remove a
 * successor that may still be repeated.
 */
const CLOCKS_SECONDS = 600;

/** The cleaning of sessions. */
export interface SessionPurge {
  /**
   * Removes a batch of sessions that ended or expired long ago, with their authorization codes. Returns their number.
   */
  readonly over: (db: Db, now: Date) => Promise<number>;
  /** Removes sessions that were idle for too long; null if a session may be idle for its whole lifetime. */
  readonly idle: Walk | null;
  /** Removes the sealed successors whose grace is over. */
  readonly successors: Walk;
}

/**
 * Rows that are found without an index. The columns that select them change with every refresh, and an index would make
 * every refresh slower.
 */
export interface Walk {
  search(now: Date): Search;
  batch(db: Db, ids: readonly string[], now: Date): Promise<void>;
}

export function createSessionPurge({ idleSeconds, lifetimeSeconds, graceSeconds }: SessionTimes): SessionPurge {
  const overSince = (now: Date) => secondsBefore(now, KEPT_SECONDS);
  const idleSince = (now: Date) => secondsBefore(now, KEPT_SECONDS + idleSeconds);
  const graceSince = (now: Date) => secondsBefore(now, graceSeconds + CLOCKS_SECONDS);

  async function over(db: Db, now: Date): Promise<number> {
    const then = overSince(now);
    const where = {
      $or: [{ endedAt: { $lte: then } }, { expiresAt: { $lte: then } }],
      accessExpiresAt: { $lte: then },
    };
    const sessions = await lockBatch(db, SessionEntity, where);
    sessions.forEach((session) => db.remove(session));
    return sessions.length;
  }

  const idle: Walk = {
    search: (now) => ({
      table: 'sessions',
      holds: 'last_used_at <= ? and access_expires_at <= ?',
      values: [idleSince(now), overSince(now)],
    }),
    async batch(db, ids, now) {
      const since = { lastUsedAt: { $lte: idleSince(now) }, accessExpiresAt: { $lte: overSince(now) } };
      const sessions = await lockBatch(db, SessionEntity, { id: { $in: [...ids] }, ...since });
      sessions.forEach((session) => db.remove(session));
    },
  };

  const successors: Walk = {
    search: (now) => ({
      table: 'sessions',
      holds: 'sealed_successor is not null and rotated_at <= ?',
      values: [graceSince(now)],
    }),
    async batch(db, ids, now) {
      const since = { sealedSuccessor: { $ne: null }, rotatedAt: { $lte: graceSince(now) } };
      const sessions = await lockBatch(db, SessionEntity, { id: { $in: [...ids] }, ...since });
      for (const session of sessions) session.sealedSuccessor = null;
    },
  };

  return { over, idle: idleSeconds < lifetimeSeconds ? idle : null, successors };
}
