import { type Origin, record } from '../audit/audit.ts';
import { Refusal } from '../kernel/errors.ts';
import type { RefreshToken } from '../sessions/refresh_token.ts';
import type { Session } from '../sessions/session.entity.ts';
import { findUserById } from '../users/users.ts';
import type { Change } from './change.ts';
import { issue, type SignedIn } from './issue.ts';
import type { Parts } from './parts.ts';

/**
 * Exchanges a refresh token for new tokens, using it up. A used one that comes back is theft: what `REUSE_REVOKES`
 * names ends, with its access tokens (RFC 9700 section 4.14.2).
 * Throws REFRESH_TOKEN, SERVICE_UNAVAILABLE.
 */
export type Refresh = (refreshToken: string, origin: Origin) => Promise<SignedIn>;

export function createRefresh(parts: Parts, change: Change): Refresh {
  const { keyValue, refreshTokens, sessions, clock, settings } = parts;
  const now = () => new Date(clock());

  async function rotate(token: RefreshToken, origin: Origin) {
    return change(async (db) => {
      const at = now();
      const rotation = await sessions.rotate(db, token, origin, at);
      if (rotation.verdict === 'unknown') throw new Refusal('REFRESH_TOKEN');
      const user = await findUserById(db, rotation.session.userId);
      if (!user || user.disabled) throw new Refusal('REFRESH_TOKEN');
      return { ...rotation, user, at };
    });
  }

  /** In a transaction of its own, which takes every session's lock in order: two thefts at once never deadlock. */
  async function endStolen(session: Session, username: string, origin: Origin): Promise<void> {
    await change(async (db, effects) => {
      const at = now();
      const which = settings.reuseRevokes === 'user' ? { userId: session.userId } : { id: session.id };
      const ended = await sessions.end(db, which, 'reuse', at);
      effects.denySessions(ended);
      const detail = { session: session.id, sessionsEnded: ended.length };
      record(db, { type: 'refresh.reused', actor: null, subject: username, detail }, origin, at);
    });
  }

  return async (text, origin) => {
    const token = refreshTokens.parse(text);
    if (!token) throw new Refusal('REFRESH_TOKEN');
    // Without the denylist nobody could use the new access token: better to leave the old refresh token unused.
    await keyValue.ping();

    const rotation = await rotate(token, origin);
    if (rotation.verdict === 'stolen') {
      await endStolen(rotation.session, rotation.user.username, origin);
      throw new Refusal('REFRESH_TOKEN');
    }
    return issue(parts, rotation.user, rotation.session, rotation.token, rotation.at);
  };
}
