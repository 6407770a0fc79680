import { equal } from '../kernel/secret.ts';
import { secondsBefore, type SessionTimes } from './lifetime.ts';
import type { RefreshToken } from './refresh_token.ts';
import type { Session } from './session.entity.ts';

/** The presenter of a refresh token. The agent is a digest of the user agent; null if none was sent. */
export interface Presenter {
  readonly address: string;
  readonly agent: Buffer | null;
}

/**
 * The relation of a presented refresh token to its session:
 * - `current`: the current token. It is used up and replaced.
 * - `repeated`: its parent, within the grace. A second tab, a server-rendered page, or a client whose response was
 * lost. It gets the same successor, from any address.
 * - `retried`: its parent after the grace, from the last presenter, while the successor is unused. A client whose
 * response was lost. It gets a fresh successor, which ends the unused one.
 * - `doubtful`: as `retried`, but too late or from elsewhere. A thief or a client that moved. Only this session ends.
 * - `stolen`: a token that was used up earlier. This presenter or an earlier one is a thief.
 * - `unknown`: not a token of this session, or the session is over. It proves nothing.
 */
export type RotationVerdict = 'current' | 'repeated' | 'retried' | 'doubtful' | 'stolen' | 'unknown';

/** The time and the presenter of a token, and the durations to judge it by. */
export interface Presentation {
  readonly presenter: Presenter;
  /** PostgreSQL's time. With the replicas' clocks, a difference of 15 seconds would turn a second tab into a theft. */
  readonly at: Date;
  readonly times: Pick<SessionTimes, 'graceSeconds' | 'retrySeconds'>;
}

/** Judges a token under the lock of its running session (RFC 9700 section 4.14.2). */
export function judgeRotation(
  session: Session,
  token: RefreshToken,
  { presenter, at, times }: Presentation,
): RotationVerdict {
  if (token.generation === session.generation) {
    return equal(token.digest, Buffer.from(session.tokenDigest)) ? 'current' : 'unknown';
  }
  // The generation was never issued: the row comes from an older backup. A theft is not proven.
  if (token.generation > session.generation) return 'unknown';
  if (session.parentDigest == null || !equal(token.digest, Buffer.from(session.parentDigest))) {
    // Session and generation can be forged, the tag cannot.
    return token.genuine ? 'stolen' : 'unknown';
  }
  if (session.sealedSuccessor != null && isWithin(session.rotatedAt, at, times.graceSeconds)) return 'repeated';
  if (times.retrySeconds === 0) return 'stolen';
  const isInTime = isWithin(session.parentUsedAt ?? session.rotatedAt, at, times.retrySeconds);
  return isInTime && isSamePresenter(session, presenter) ? 'retried' : 'doubtful';
}

/** Returns whether `moment` is less than `seconds` before `at`. */
function isWithin(moment: Date | null | undefined, at: Date, seconds: number): boolean {
  return moment != null && moment > secondsBefore(at, seconds);
}

/** Returns whether a presenter has the address or the user agent of the last one. Missing user agents do not match. */
export function isSamePresenter(session: Session, presenter: Presenter): boolean {
  return (
    session.rotatedByAddress === presenter.address ||
    (presenter.agent !== null &&
      session.rotatedByAgent != null &&
      equal(presenter.agent, Buffer.from(session.rotatedByAgent)))
  );
}
