import { systemClock } from '../kernel/clock.ts';
import { query, type Session as Db } from '../store/database.ts';
import { secondsBefore, type SessionTimes } from './lifetime.ts';
import type { RefreshToken } from './refresh_token.ts';
import type { Presenter } from './rotation.ts';

/** A session whose current token was used up a moment ago, and whose it is. */
export interface Advanced {
  readonly session: { id: string; expiresAt: Date; clientId: string | null; scope: string | null };
  readonly owner: { username: string; role: string };
}

/** What takes the place of a token. */
export interface Successor {
  readonly token: RefreshToken;
  /** The same, sealed under its parent; null without a grace. */
  readonly sealed: Buffer | null;
}

interface Row {
  readonly expires_at: string | Date;
  readonly client_id: string | null;
  readonly scope: string | null;
  readonly username: string;
  readonly role: string;
}

/**
 * Less than a request waits for PostgreSQL: a statement that arrives later, when the network is there again, must not
 * use up a token whose client was told that nothing has happened. By the real clock, since it is about the wire; where
 * PostgreSQL's is another by more than this, every refresh goes the longer way.
 */
const PATIENCE_MS = 10_000;

/**
 * Replaces a session's current token, if that is what is shown: what nearly every refresh is, in one statement. The
 * update takes the row's lock; who comes second waits for it, finds another current token, and is answered null, as is
 * whatever else is no plain refresh. The row alone decides: {@link judge} is for those.
 */
export async function advance(
  db: Db,
  shown: RefreshToken,
  successor: Successor,
  clientId: string | null,
  presenter: Presenter,
  now: Date,
  times: SessionTimes,
): Promise<Advanced | null> {
  const [row] = await query<Row>(
    db,
    `update sessions s set
       generation = ?, token_digest = ?, parent_digest = s.token_digest, sealed_successor = ?,
       rotated_at = ?, rotated_by_address = ?, rotated_by_agent = ?, last_used_at = ?,
       access_expires_at = greatest(s.access_expires_at, least(?, s.expires_at))
     from users u
     where s.id = ? and s.generation = ? and s.token_digest = ? and s.client_id is not distinct from ?
       and s.ended_at is null and s.expires_at > ? and s.last_used_at > ?
       and u.id = s.user_id and not u.disabled and u.deleted_at is null
       and clock_timestamp() < ?
     returning s.expires_at, s.client_id, s.scope, u.username, u.role`,
    [
      successor.token.generation,
      successor.token.digest,
      successor.sealed,
      now,
      presenter.address,
      presenter.agent,
      now,
      new Date(now.getTime() + Math.min(times.accessTokenSeconds, times.idleSeconds) * 1000),
      shown.sessionId,
      shown.generation,
      shown.digest,
      clientId,
      now,
      secondsBefore(now, times.idleSeconds),
      new Date(systemClock() + PATIENCE_MS),
    ],
  );
  if (!row) return null;
  const { expires_at: expiresAt, client_id, scope, username, role } = row;
  return {
    session: { id: shown.sessionId, expiresAt: new Date(expiresAt), clientId: client_id, scope },
    owner: { username, role },
  };
}
