import { equal } from '../kernel/secret.ts';
import { secondsBefore, type SessionTimes } from './lifetime.ts';
import type { RefreshToken } from './refresh_token.ts';
import type { Session } from './session.entity.ts';

/** Who shows a refresh token. The agent is a digest of the user agent; null where none was sent. */
export interface Presenter {
  readonly address: string;
  readonly agent: Buffer | null;
}

/**
 * What a presented refresh token is to its session's row:
 * - `current`: the current token; it is used up and replaced
 * - `repeated`: its parent, within the grace: a second tab, a page's server, or a client whose reply was lost.
 *   It gets the same successor, wherever it comes from.
 * - `retried`: its parent after the grace, while no one has used the successor, from the last presenter: a client whose
 *   reply was lost. It gets a fresh successor, which ends the unused one.
 * - `doubtful`: the same, too late or from elsewhere. A thief or a client that moved; the session ends, and nothing else.
 * - `stolen`: used up before that; this presenter or an earlier one is a thief
 * - `unknown`: not a token of this session, or the session is over; proves nothing about anyone
 */
export type RotationVerdict = 'current' | 'repeated' | 'retried' | 'doubtful' | 'stolen' | 'unknown';

/** When and by whom a token is presented, and the times it is judged by. */
export interface Presentation {
  readonly presenter: Presenter;
  /** PostgreSQL's time: with the replicas' own, two clocks 15 seconds apart would make a thief of a second tab. */
  readonly at: Date;
  readonly times: Pick<SessionTimes, 'graceSeconds' | 'retrySeconds'>;
}

/**
 * Judges a token under the lock of its running session. RFC 9700 section 4.14.2.
 */
export function judgeRotation(
  session: Session,
  token: RefreshToken,
  { presenter, at, times }: Presentation,
): RotationVerdict {
  if (token.generation === session.generation) {
    return equal(token.digest, Buffer.from(session.tokenDigest)) ? 'current' : 'unknown';
  }
  // A generation that was never given out: the row comes from an older backup. It accuses no one.
  if (token.generation > session.generation) return 'unknown';
  if (session.parentDigest == null || !equal(token.digest, Buffer.from(session.parentDigest))) {
    // The session and the generation can be made up; the tag cannot.
    return token.genuine ? 'stolen' : 'unknown';
  }
  if (session.sealedSuccessor != null && isWithin(session.rotatedAt, at, times.graceSeconds)) return 'repeated';
  if (times.retrySeconds === 0) return 'stolen';
  const isInTime = isWithin(session.parentUsedAt ?? session.rotatedAt, at, times.retrySeconds);
  return isInTime && isSamePresenter(session, presenter) ? 'retried' : 'doubtful';
}

/** Whether a moment is less than so many seconds ago. */
function isWithin(moment: Date | null | undefined, at: Date, seconds: number): boolean {
  return moment != null && moment > secondsBefore(at, seconds);
}

/** Whether a presenter shares the address or the user agent of the last one. Two that sent no agent share none. */
export function isSamePresenter(session: Session, presenter: Presenter): boolean {
  return (
    session.rotatedByAddress === presenter.address ||
    (presenter.agent !== null &&
      session.rotatedByAgent != null &&
      equal(presenter.agent, Buffer.from(session.rotatedByAgent)))
  );
}
