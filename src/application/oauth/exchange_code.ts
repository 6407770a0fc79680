import { record } from '../../audit/audit.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Client } from '../../clients/client.entity.ts';
import { verifies } from '../../clients/pkce.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { Session } from '../../sessions/session.entity.ts';
import { isReserved } from '../../sessions/sessions.ts';
import type { CodeTerms } from './authorizations.ts';
import { findUserById } from '../../users/users.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import { issue, type SignedIn } from '../foundation/issue.ts';
import type { Services } from '../foundation/services.ts';

/** A presented authorization code (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
export interface ShownCode {
  readonly code: string;
  /** Undefined if it is omitted, because the verifier or the client secret identifies the client. */
  readonly redirectUri: string | undefined;
  /** Undefined for a confidential client without PKCE. */
  readonly verifier: string | undefined;
  /** The authenticated client. */
  readonly client: Client;
}

/**
 * Exchanges an authorization code for tokens, once. A second use ends the session of the first and denies its tokens
 * (RFC 6749 section 4.1.2). Threat: a thief of a code must have only one guess at the verifier, so a wrong exchange
 * invalidates the code.
 * @throws AUTHORIZATION_CODE for every fault, SERVICE_UNAVAILABLE
 */
export type ExchangeCode = (shown: ShownCode, request: RequestInfo) => Promise<SignedIn>;

/**
 * The verdict about a presented code.
 * - `fresh`: valid
 * - `reused`: exchanged before; either this client or the earlier one is a thief
 * - `wrong`: from another client, with another redirect URI, or with a verifier that does not match the challenge
 * - `over`: expired, or its session ended meanwhile; no sign of a theft
 */
type CodeVerdict = 'fresh' | 'reused' | 'wrong' | 'over';

export function createExchangeCode(services: Services, unitOfWork: UnitOfWork): ExchangeCode {
  const { keyValue, sessions, proofs, clock } = services;
  return async (shown, request) => {
    // Without the denylist the access token would not be accepted, so the code stays unused.
    await keyValue.ping();
    const redeemed = await unitOfWork(async (db, effects) => {
      const proof = await proofs.find(db, { purpose: 'authorization-code', token: shown.code });
      if (!proof) return null;
      const code = proof.data as unknown as CodeTerms;
      const session = await sessions.lock(db, code.sessionId);
      if (!session) return null;
      const user = await findUserById(db, session.userId);
      if (!user) return null;

      const at = new Date(clock());
      const verdict = judgeCode(shown, { code, session, at });
      if (verdict === 'over') return null;
      if (verdict === 'fresh') {
        if (user.disabled || !(await proofs.use(db, proof))) return null;
        const token = sessions.activate(session, at);
        return { user, session, token, at };
      }
      await proofs.use(db, proof);
      const ended = await sessions.end(db, { id: session.id }, { by: 'code', at });
      effects.denySessions(ended);
      // Recorded once. Threat: repeated uses would fill the log.
      if (ended.length === 0) return null;
      const detail = { session: session.id, client: shown.client.id, verdict };
      record(db, { type: 'code.reused', subject: user.username, detail, at }, { actor: null, request });
      return null;
    });
    if (!redeemed) throw new Refusal('AUTHORIZATION_CODE');
    return issue(services, redeemed);
  };
}

/** A code as it is stored, at the time of the exchange. */
interface StoredCode {
  readonly code: CodeTerms;
  readonly session: Session;
  readonly at: Date;
}

/** Judges a presented code, under the lock of its session. */
function judgeCode(shown: ShownCode, { code, session, at }: StoredCode): CodeVerdict {
  if (!isReserved(session)) return 'reused';
  if (session.endedAt != null || session.expiresAt <= at) return 'over';
  const matches =
    session.clientId === shown.client.id &&
    (shown.redirectUri === undefined || code.redirectUri === shown.redirectUri) &&
    verifies(shown.verifier, code.challenge);
  return matches ? 'fresh' : 'wrong';
}
