import { record } from '../../audit/audit.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { AuthorizationCode } from '../../clients/authorization_code.entity.ts';
import type { Client } from '../../clients/client.entity.ts';
import { findCode, verifies } from '../../clients/codes.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { Session } from '../../sessions/session.entity.ts';
import { isReserved } from '../../sessions/sessions.ts';
import { findUserById } from '../../users/users.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import { issue, type SignedIn } from '../foundation/issue.ts';
import type { Services } from '../foundation/services.ts';

/** What a client shows for its tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
export interface ShownCode {
  readonly code: string;
  /** Undefined where it is not shown: the verifier or the client's secret says who asked. */
  readonly redirectUri: string | undefined;
  /** Undefined where a confidential client asked without PKCE. */
  readonly verifier: string | undefined;
  /** Who proved to be asking. */
  readonly client: Client;
}

/**
 * Exchanges an authorization code for tokens, once. One that comes a second time ends the session of its first use and
 * denies its tokens (RFC 6749 section 4.1.2); one that comes with anything wrong is burnt, so that whoever took it off
 * the way gets one guess at the verifier and not more.
 * Throws AUTHORIZATION_CODE whatever is wrong, SERVICE_UNAVAILABLE.
 */
export type ExchangeCode = (shown: ShownCode, request: RequestInfo) => Promise<SignedIn>;

/**
 * - `fresh`: all is well
 * - `reused`: it was exchanged before; either this client or the earlier one is a thief
 * - `wrong`: it comes from another client, with another redirect URI, or with a verifier that is not the challenge's
 * - `over`: too late, or its session ended meanwhile; says nothing about anybody
 */
type CodeVerdict = 'fresh' | 'reused' | 'wrong' | 'over';

export function createExchangeCode(services: Services, unitOfWork: UnitOfWork): ExchangeCode {
  const { keyValue, sessions, clock } = services;
  return async (shown, request) => {
    // Without the denylist nobody could use the access token: better to leave the code unused.
    await keyValue.ping();
    const redeemed = await unitOfWork(async (db, effects) => {
      const code = await findCode(db, shown.code);
      if (!code) return null;
      const session = await sessions.lock(db, code.sessionId);
      if (!session) return null;
      const user = await findUserById(db, session.userId);
      if (!user) return null;

      const at = new Date(clock());
      const verdict = judgeCode(code, session, shown, at);
      if (verdict === 'over') return null;
      if (verdict === 'fresh') {
        if (user.disabled) return null;
        const token = sessions.activate(session, at);
        return { user, session, token, at };
      }
      const ended = await sessions.end(db, { id: session.id }, { by: 'code', at });
      effects.denySessions(ended);
      // Once: who shows it again and again ends nothing more, and fills no log.
      if (ended.length === 0) return null;
      const detail = { session: session.id, client: shown.client.id, verdict };
      record(db, { type: 'code.reused', subject: user.username, detail, at }, { actor: null, request });
      return null;
    });
    if (!redeemed) throw new Refusal('AUTHORIZATION_CODE');
    return issue(services, redeemed.user, redeemed.session, redeemed.token, redeemed.at);
  };
}

/** Under the session's lock. */
function judgeCode(code: AuthorizationCode, session: Session, shown: ShownCode, now: Date): CodeVerdict {
  if (!isReserved(session)) return 'reused';
  if (session.endedAt != null || session.expiresAt <= now) return 'over';
  const matches =
    session.clientId === shown.client.id &&
    (shown.redirectUri === undefined || code.redirectUri === shown.redirectUri) &&
    verifies(shown.verifier, code.challenge);
  return matches ? 'fresh' : 'wrong';
}
