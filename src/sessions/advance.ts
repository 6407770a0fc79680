import { systemClock } from '../kernel/clock.ts';
import { query, type Db } from '../store/database/database.ts';
import type { DatabaseTime } from '../store/database/database_time.ts';
import type { SessionTimes } from './lifetime.ts';
import type { RefreshToken } from './refresh_token.ts';
import type { Session } from './session.entity.ts';
import type { Presenter } from './rotation.ts';

/** A session whose current token was just replaced, and its owner. */
export interface Advanced {
  readonly session: Pick<
    Session,
    'id' | 'expiresAt' | 'clientId' | 'scope' | 'authenticatedAt' | 'createdAt' | 'amr' | 'acr'
  >;
  readonly owner: { username: string; role: string };
  /** The time of the rotation, by PostgreSQL's clock. */
  readonly at: Date;
}

/** A presented refresh token and its presenter. */
export interface PresentedToken {
  readonly token: RefreshToken;
  /** The registered client that presents it; null for a first-party sign-in. */
  readonly clientId: string | null;
  readonly presenter: Presenter;
}

/** The token that replaces the current one. */
export interface Successor {
  readonly token: RefreshToken;
  /** The same token, sealed under its parent; null if there is no grace. */
  readonly sealed: Buffer | null;
}

interface AdvancedRow {
  readonly expires_at: string | Date;
  readonly client_id: string | null;
  readonly scope: string | null;
  readonly authenticated_at: string | Date | null;
  readonly created_at: string | Date;
  readonly amr: string;
  readonly acr: number;
  readonly username: string;
  readonly role: string;
  readonly at: string | Date;
}

/**
 * The longest delay of the statement, in milliseconds; shorter than a request's wait for PostgreSQL. Threat: a
 * statement that a broken network delivers later would use up a token although the client received an error. The limit
 * goes by the real clock, because it concerns the network. If PostgreSQL's clock differs by more than this, every
 * refresh takes the slower path.
 */
const PATIENCE_MS = 10_000;

/**
 * Replaces a session's current token with one statement, if the presented token is the current one, as in nearly every
 * refresh. The update locks the row. A concurrent second request waits for the lock, then finds another current token.
 * @returns null if this is not a plain refresh; `judgeRotation` decides on those cases
 */
export async function advance(
  db: Db,
  { token, clientId, presenter }: PresentedToken,
  { successor, times, time }: { successor: Successor; times: SessionTimes; time: DatabaseTime },
): Promise<Advanced | null> {
  const now = time.expression();
  const [row] = await query<AdvancedRow>(
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
     returning s.expires_at, s.client_id, s.scope, s.authenticated_at, s.created_at, s.amr, s.acr, u.username, u.role, now.at`,
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
  const { expires_at: expiresAt, client_id, scope, username, role, at, amr, acr } = row;
  return {
    session: {
      id: token.sessionId,
      expiresAt: new Date(expiresAt),
      clientId: client_id,
      scope,
      authenticatedAt: row.authenticated_at === null ? null : new Date(row.authenticated_at),
      createdAt: new Date(row.created_at),
      amr,
      acr,
    },
    owner: { username, role },
    at: new Date(at),
  };
}
