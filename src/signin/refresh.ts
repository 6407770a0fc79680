import { type Origin, record } from '../audit/audit.ts';
import { Refusal } from '../kernel/errors.ts';
import { limitKey } from '../limits/client_address.ts';
import type { RefreshToken } from '../sessions/refresh_token.ts';
import type { Session } from '../sessions/session.entity.ts';
import { findUserById, lockUser, nameOf } from '../users/users.ts';
import type { Change } from './change.ts';
import { issue, type SignedIn } from './issue.ts';
import { distrustDevices } from './known_device.ts';
import type { RefreshOutcome } from './metrics.ts';
import type { Parts } from './parts.ts';

/**
 * Exchanges a refresh token for new tokens, using it up. A used one that comes back is theft: what `REUSE_REVOKES`
 * names ends, with its access tokens (RFC 9700 section 4.14.2).
 * Throws REFRESH_TOKEN, SERVICE_UNAVAILABLE.
 * @param clientId the registered client that shows it, which proved itself; null without one
 */
export type Refresh = (refreshToken: string, clientId: string | null, origin: Origin) => Promise<SignedIn>;

const QUIET_MS = 60_000;

interface Exchanged {
  readonly outcome: RefreshOutcome;
  /** Missing where the token was stolen. */
  readonly signedIn?: SignedIn;
}

export function createRefresh(parts: Parts, change: Change): Refresh {
  const { database, keyValue, refreshTokens, sessions, metrics, clock, settings } = parts;
  const now = () => new Date(clock());

  /** Whether the log has not heard of it within the minute: a token can be shown again a thousand times. */
  const isNews = (key: string) => keyValue.setIfAbsent(key, '1', QUIET_MS);

  async function rotate(token: RefreshToken, clientId: string | null, origin: Origin) {
    return change(async (db) => {
      const at = now();
      const rotation = await sessions.rotate(db, token, clientId, origin, at);
      if (rotation.verdict === 'unknown') throw new Refusal('REFRESH_TOKEN');
      if (rotation.verdict === 'late') return rotation;
      const user = await findUserById(db, rotation.session.userId);
      if (!user || user.disabled) throw new Refusal('REFRESH_TOKEN');
      if (rotation.verdict === 'repeated' && (await isNews(`repeated:${rotation.session.id}`))) {
        const detail = { session: rotation.session.id };
        record(db, { type: 'refresh.repeated', actor: null, subject: user.username, detail }, origin, at);
      }
      return { ...rotation, user, at };
    });
  }

  /** In a transaction of its own, which takes every session's lock in order: two thefts at once never deadlock. */
  async function endStolen(session: Session, username: string, origin: Origin): Promise<void> {
    await change(async (db, effects) => {
      const at = now();
      // First of all: whoever changes the account has its lock before those of its sessions, too.
      const user = await lockUser(db, session.userId);
      if (user) distrustDevices(user);
      const which = settings.reuseRevokes === 'user' ? { userId: session.userId } : { id: session.id };
      const ended = await sessions.end(db, which, 'reuse', at);
      effects.denySessions(ended);
      const detail = { session: session.id, sessionsEnded: ended.length };
      record(db, { type: 'refresh.reused', actor: null, subject: username, detail }, origin, at);
    });
  }

  /** There is nothing left to end; who showed it is told of all the same, but not a thousand times. */
  async function recordLate({ id, userId }: Session, origin: Origin): Promise<void> {
    if (!(await isNews(`late:${userId}:${limitKey(origin.address)}`))) return;
    await database.transaction(async (db) => {
      const subject = await nameOf(db, userId);
      const detail = { session: id, sessionsEnded: 0 };
      record(db, { type: 'refresh.reused', actor: null, subject, detail }, origin, now());
    });
  }

  /** What came of it. Throws REFRESH_TOKEN for a token that says nothing about anybody. */
  async function exchange(text: string, clientId: string | null, origin: Origin): Promise<Exchanged> {
    const token = refreshTokens.parse(text);
    if (!token) throw new Refusal('REFRESH_TOKEN');
    // Without the denylist nobody could use the new access token: better to leave the old refresh token unused.
    await keyValue.ping();

    const at = now();
    const advanced = await database.read((db) => sessions.advance(db, token, clientId, origin, at));
    if (advanced) {
      const signedIn = await issue(parts, advanced.owner, advanced.session, advanced.token, at);
      return { outcome: 'rotated', signedIn };
    }

    const rotation = await rotate(token, clientId, origin);
    switch (rotation.verdict) {
      case 'stolen':
        await endStolen(rotation.session, rotation.user.username, origin);
        return { outcome: 'reused' };
      case 'late':
        await recordLate(rotation.session, origin);
        return { outcome: 'reused' };
      case 'current':
      case 'repeated': {
        const signedIn = await issue(parts, rotation.user, rotation.session, rotation.token, rotation.at);
        return { outcome: rotation.verdict === 'current' ? 'rotated' : 'repeated', signedIn };
      }
    }
  }

  return async (text, clientId, origin) => {
    const { outcome, signedIn } = await exchange(text, clientId, origin).catch((error: unknown) => {
      const isRefused = error instanceof Refusal && error.kind === 'REFRESH_TOKEN';
      metrics.refreshed(isRefused ? 'refused' : 'unavailable');
      throw error;
    });
    metrics.refreshed(outcome);
    if (!signedIn) throw new Refusal('REFRESH_TOKEN');
    return signedIn;
  };
}
