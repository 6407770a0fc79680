import { record } from '../../audit/audit.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { Refusal } from '../../kernel/errors.ts';
import { limitKey } from '../../limits/client_address.ts';
import type { Session } from '../../sessions/session.entity.ts';
import type { ShownRefreshToken } from '../../sessions/sessions.ts';
import { findUserById, lockUser, nameOf } from '../../users/users.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import { issue, type SignedIn } from '../foundation/issue.ts';
import { distrustDevices } from '../authentication/known_device.ts';
import type { RefreshOutcome } from '../foundation/metrics.ts';
import type { Services } from '../foundation/services.ts';

/**
 * Exchanges a refresh token for new tokens, which uses it up. A used token that returns is an honest repetition or a
 * theft, as the session's row decides. After a theft, the sessions that `REUSE_REVOKES` names end, with their access
 * tokens (RFC 9700 section 4.14.2).
 * @param clientId the authenticated client that presents the token; null without one
 * @throws REFRESH_TOKEN, SERVICE_UNAVAILABLE
 */
export type Refresh = (refreshToken: string, clientId: string | null, request: RequestInfo) => Promise<SignedIn>;

const QUIET_MS = 60_000;

interface Exchanged {
  readonly outcome: RefreshOutcome;
  /** Missing if the token ended its session. */
  readonly signedIn?: SignedIn;
}

export function createRefresh(services: Services, unitOfWork: UnitOfWork): Refresh {
  const { database, keyValue, refreshTokens, sessions, metrics, clock, settings } = services;
  const now = () => new Date(clock());

  /**
   * Returns whether the log has no such event of the last minute. Threat: a token can be presented a thousand times.
   */
  const isNews = (key: string) => keyValue.setIfAbsent(key, '1', QUIET_MS);

  async function rotate(shown: ShownRefreshToken, request: RequestInfo) {
    return unitOfWork(async (db) => {
      const rotation = await sessions.rotate(db, shown);
      if (rotation.verdict === 'unknown') throw new Refusal('REFRESH_TOKEN');
      if (rotation.verdict === 'late') return rotation;
      const user = await findUserById(db, rotation.session.userId);
      if (!user || user.disabled) throw new Refusal('REFRESH_TOKEN');
      if (rotation.verdict === 'repeated' || rotation.verdict === 'retried') {
        const { verdict, session, isElsewhere, at } = rotation;
        // Keyed by `isElsewhere`. Threat: a repetition by the browser's second tab would hide one from another device.
        if (await isNews(`${verdict}:${session.id}:${isElsewhere}`)) {
          const detail = { session: session.id, ...(isElsewhere ? { elsewhere: true } : {}) };
          record(db, { type: `refresh.${verdict}`, subject: user.username, detail, at }, { actor: null, request });
        }
      }
      return { ...rotation, user };
    });
  }

  /**
   * Ends stolen sessions in a separate transaction. It takes their locks in order, so that two thefts never deadlock.
   */
  async function endStolen(session: Session, username: string, request: RequestInfo): Promise<void> {
    await unitOfWork(async (db, effects) => {
      const at = now();
      // Locked first, because every change of the account takes its lock before those of its sessions.
      const user = await lockUser(db, session.userId);
      if (user) distrustDevices(user);
      const which = settings.reuseRevokes === 'user' ? { userId: session.userId } : { id: session.id };
      const ended = await sessions.end(db, which, { by: 'reuse', at });
      effects.denySessions(ended);
      const detail = { session: session.id, sessionsEnded: ended.length };
      record(db, { type: 'refresh.reused', subject: username, detail, at }, { actor: null, request });
    });
  }

  /** Ends only this session, because a client that moved or slept for too long is as likely as a thief. */
  async function endDoubtful({ id }: Session, username: string, request: RequestInfo): Promise<void> {
    await unitOfWork(async (db, effects) => {
      const at = now();
      effects.denySessions(await sessions.end(db, { id }, { by: 'doubt', at }));
      record(
        db,
        { type: 'refresh.doubtful', subject: username, detail: { session: id }, at },
        { actor: null, request },
      );
    });
  }

  /** Records a token of an ended session, at most once a minute for each account and network. */
  async function recordLate({ id, userId }: Session, request: RequestInfo): Promise<void> {
    if (!(await isNews(`late:${userId}:${limitKey(request.address)}`))) return;
    await database.transaction(async (db) => {
      const subject = await nameOf(db, userId);
      const detail = { session: id, sessionsEnded: 0 };
      record(db, { type: 'refresh.reused', subject, detail, at: now() }, { actor: null, request });
    });
  }

  /** Exchanges the token and returns the outcome. @throws REFRESH_TOKEN for a token that is no sign of a theft */
  async function exchange(text: string, clientId: string | null, request: RequestInfo): Promise<Exchanged> {
    const token = refreshTokens.parse(text);
    if (!token) throw new Refusal('REFRESH_TOKEN');
    // Without the denylist the new access token would not be accepted, so the refresh token stays unused.
    await keyValue.ping();

    const shown = { token, clientId, device: request };
    const advanced = await database.run((db) => sessions.advance(db, shown));
    if (advanced) {
      const signedIn = await issue(services, { ...advanced, user: advanced.owner });
      return { outcome: 'rotated', signedIn };
    }

    const rotation = await rotate(shown, request);
    switch (rotation.verdict) {
      case 'stolen':
        await endStolen(rotation.session, rotation.user.username, request);
        return { outcome: 'reused' };
      case 'doubtful':
        await endDoubtful(rotation.session, rotation.user.username, request);
        return { outcome: 'doubtful' };
      case 'late':
        await recordLate(rotation.session, request);
        return { outcome: 'reused' };
      case 'current':
      case 'repeated':
      case 'retried': {
        const signedIn = await issue(services, rotation);
        return { outcome: rotation.verdict === 'current' ? 'rotated' : rotation.verdict, signedIn };
      }
    }
  }

  return async (text, clientId, request) => {
    const { outcome, signedIn } = await exchange(text, clientId, request).catch((error: unknown) => {
      const isRefused = error instanceof Refusal && error.kind === 'REFRESH_TOKEN';
      metrics.refreshed(isRefused ? 'refused' : 'unavailable');
      throw error;
    });
    metrics.refreshed(outcome);
    if (!signedIn) throw new Refusal('REFRESH_TOKEN');
    return signedIn;
  };
}
