import { systemClock } from '../kernel/clock.ts';
import { query, type Db } from '../store/database/database.ts';
import type { DatabaseTime } from '../store/database/database_time.ts';
import type { SessionTimes } from './lifetime.ts';
import type { RefreshToken } from './refresh_token.ts';
import type { Presenter } from './rotation.ts';

/** A session whose current token was used up a moment ago, and whose it is. */
export interface Advanced {
  readonly session: { id: string; expiresAt: Date; clientId: string | null; scope: string | null };
  readonly owner: { username: string; role: string };
  /** When, by PostgreSQL's clock. */
  readonly at: Date;
}

/** A refresh token that is shown, and by whom. */
export interface Shown {
  readonly token: RefreshToken;
  /** The registered client that shows it; null without one. */
  readonly clientId: string | null;
  readonly presenter: Presenter;
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
  readonly at: string | Date;
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
  { token, clientId, presenter }: Shown,
  { successor, times, time }: { successor: Successor; times: SessionTimes; time: DatabaseTime },
): Promise<Advanced | null> {
  const now = time.expression();
  const [row] = await query<Row>(
    db,
    `with now as materialized (select ${now.sql} as at)
     update sessions s set
       generation = ?, token_digest = ?, parent_digest = s.token_digest, sealed_successor = ?,
       rotated_at = now.at, parent_used_at = now.at, rotated_by_address = ?, rotated_by_agent = ?,
       last_used_at = now.at,
       access_expires_at = greatest(s.access_expires_at, least(now.at + ? * interval '1 second', s.expires_at))
     from users u, now
     where s.id = ? and s.generation = ? and s.token_digest = ? and s.client_id is not distinct from ?
       and s.ended_at is null and s.expires_at > now.at and s.last_used_at > now.at - ? * interval '1 second'
       and u.id = s.user_id and not u.disabled and u.deleted_at is null
       and clock_timestamp() < ?
     returning s.expires_at, s.client_id, s.scope, u.username, u.role, now.at`,
    [
      ...now.values,
      successor.token.generation,
      successor.token.digest,
      successor.sealed,
      presenter.address,
      presenter.agent,
      Math.min(times.accessTokenSeconds, times.idleSeconds),
      token.sessionId,
      token.generation,
      token.digest,
      clientId,
      times.idleSeconds,
      new Date(systemClock() + PATIENCE_MS),
    ],
  );
  if (!row) return null;
  const { expires_at: expiresAt, client_id, scope, username, role, at } = row;
  return {
    session: { id: token.sessionId, expiresAt: new Date(expiresAt), clientId: client_id, scope },
    owner: { username, role },
    at: new Date(at),
  };
}
