import type { FilterQuery } from '@mikro-orm/core';
import type { Session } from './session.entity.ts';

/** How long things last, in seconds. */
export interface SessionTimes {
  /** A session, however often it refreshes. */
  readonly lifetimeSeconds: number;
  /** A session that nobody refreshes. */
  readonly idleSeconds: number;
  /** How long the parent of a refresh token gets the same successor again. */
  readonly graceSeconds: number;
  /** How long the parent gets a fresh successor while the one before is unused; 0: never. */
  readonly retrySeconds: number;
  readonly accessTokenSeconds: number;
  /** Sessions that an account may have at once. */
  readonly perAccount: number;
  /** So long after its end an access token may still be accepted, also by a clock that is set back. */
  readonly outlivedSeconds: number;
}

type Times = Pick<SessionTimes, 'idleSeconds'>;

/** When the session is over if nobody ends it and nobody refreshes it. */
export function endOf({ expiresAt, lastUsedAt }: Pick<Session, 'expiresAt' | 'lastUsedAt'>, times: Times): Date {
  return new Date(Math.min(expiresAt.getTime(), lastUsedAt.getTime() + times.idleSeconds * 1000));
}

/** Whether the session goes on: not ended, within its lifetime, and not left alone for too long. */
export function isRunning(session: Session, now: Date, times: Times): boolean {
  return session.endedAt == null && endOf(session, times) > now;
}

/** The same question of the database. */
export function running(now: Date, times: Times): FilterQuery<Session> {
  return { endedAt: null, expiresAt: { $gt: now }, lastUsedAt: { $gt: secondsBefore(now, times.idleSeconds) } };
}

export function secondsBefore(now: Date, seconds: number): Date {
  return new Date(now.getTime() - seconds * 1000);
}
