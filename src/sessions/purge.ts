import { lockBatch, type Search } from '../store/database/batch.ts';
import type { Db } from '../store/database/database.ts';
import { secondsBefore, type SessionTimes } from './lifetime.ts';
import { SessionEntity } from './session.entity.ts';

/**
 * How long a session is kept that is over and whose access tokens have expired. Nothing reads it any more: a refresh
 * token of a session that is over accuses nobody, denials are kept by themselves, and who ended it is in the audit
 * log. A day covers what clocks of replicas can differ.
 */
export const KEPT_SECONDS = 86_400;
/** Kept beyond the grace: a replica whose clock is ahead must not wipe a successor that is still to be repeated. */
const CLOCKS_SECONDS = 600;

/** What cleans the sessions of a server with these times. */
export interface SessionPurge {
  /** Removes some sessions that were ended or expired long ago, with their authorization codes. Answers how many. */
  readonly over: (db: Db, now: Date) => Promise<number>;
  /** Removes those that nobody used for too long; null where a session may stay unused for as long as it lasts. */
  readonly idle: Walk | null;
  /** Forgets the sealed successors whose grace is over. */
  readonly successors: Walk;
}

/** Rows that no index leads to, because what they are found by changes at every refresh: those write no index. */
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
