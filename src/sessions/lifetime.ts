import type { FilterQuery } from '@mikro-orm/core';
import type { Session } from './session.entity.ts';

/** Durations in seconds, and the limit of sessions. */
export interface SessionTimes {
  /** The lifetime of a session; refreshes do not prolong it. */
  readonly lifetimeSeconds: number;
  /** The lifetime of a session without a refresh. */
  readonly idleSeconds: number;
  /** The grace, in which the parent of a refresh token gets the same successor again. */
  readonly graceSeconds: number;
  /** The time in which the parent gets a fresh successor if the last one is unused; 0 turns retries off. */
  readonly retrySeconds: number;
  readonly accessTokenSeconds: number;
  /** The most sessions of an account. */
  readonly perAccount: number;
  /** The time after its expiry in which an access token may still be accepted, including a clock that is set back. */
  readonly outlivedSeconds: number;
}

type Times = Pick<SessionTimes, 'idleSeconds'>;

/** Returns the time at which the session expires without another refresh. */
export function endOf({ expiresAt, lastUsedAt }: Pick<Session, 'expiresAt' | 'lastUsedAt'>, times: Times): Date {
  return new Date(Math.min(expiresAt.getTime(), lastUsedAt.getTime() + times.idleSeconds * 1000));
}

/** Returns whether the session is active: not ended, within its lifetime, and used recently enough. */
export function isRunning(session: Session, now: Date, times: Times): boolean {
  return session.endedAt == null && endOf(session, times) > now;
}

/** Returns the condition of {@link isRunning} as a database query. */
export function running(now: Date, times: Times): FilterQuery<Session> {
  return { endedAt: null, expiresAt: { $gt: now }, lastUsedAt: { $gt: secondsBefore(now, times.idleSeconds) } };
}

/** Returns the time a number of seconds before `now`. */
export function secondsBefore(now: Date, seconds: number): Date {
  return new Date(now.getTime() - seconds * 1000);
}
