import { equal } from '../kernel/secret.ts';
import type { RefreshToken } from './refresh_token.ts';
import type { Session } from './session.entity.ts';

/** Who shows a refresh token. The agent is a digest of the user agent; null where none was sent. */
export interface Presenter {
  readonly address: string;
  readonly agent: Buffer | null;
}

/**
 * What a presented refresh token is to its session's row:
 * - `current`: the one that counts; it is used up and replaced
 * - `repeated`: its parent, again, within the grace: a second tab, or a client whose reply was lost
 * - `stolen`: used up before that; either this presenter or an earlier one is a thief
 * - `unknown`: not this session's, or the session is over; says nothing about anybody
 */
export type Verdict = 'current' | 'repeated' | 'stolen' | 'unknown';

/**
 * Judges a token under the lock of its session, which goes on. RFC 9700 section 4.14.2.
 */
export function judge(
  session: Session,
  token: RefreshToken,
  presenter: Presenter,
  now: Date,
  graceSeconds: number,
): Verdict {
  if (token.generation === session.generation) {
    return equal(token.digest, Buffer.from(session.tokenDigest)) ? 'current' : 'unknown';
  }
  // A generation that was never given out: a row from an older backup. It accuses nobody.
  if (token.generation > session.generation) return 'unknown';
  const isParent = session.parentDigest != null && equal(token.digest, Buffer.from(session.parentDigest));
  // Anybody can write down a session and a generation.
  if (!isParent && !token.genuine) return 'unknown';
  const repeated = isParent && isWithinGrace(session, now, graceSeconds) && isSamePresenter(session, presenter);
  return repeated ? 'repeated' : 'stolen';
}

function isWithinGrace(session: Session, now: Date, graceSeconds: number): boolean {
  return (
    session.sealedSuccessor != null &&
    session.rotatedAt != null &&
    now.getTime() < session.rotatedAt.getTime() + graceSeconds * 1000
  );
}

/** A tab may change its network and an update its user agent, hardly both within seconds. None sent proves nothing. */
function isSamePresenter(session: Session, presenter: Presenter): boolean {
  return (
    session.rotatedByAddress === presenter.address ||
    (presenter.agent !== null &&
      session.rotatedByAgent != null &&
      equal(presenter.agent, Buffer.from(session.rotatedByAgent)))
  );
}
