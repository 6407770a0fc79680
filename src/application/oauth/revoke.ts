import { record } from '../../audit/audit.ts';
import { clientActor } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Client } from '../../clients/client.entity.ts';
import type { AccessTokenClaims } from '../../tokens/access_token.ts';
import type { RefreshToken } from '../../sessions/refresh_token.ts';
import { nameOf } from '../../users/users.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import type { Services } from '../foundation/services.ts';
import { claimsOf, tokenStateOf } from '../authentication/token_state.ts';

/**
 * Revokes a token (RFC 7009): a refresh token with its session and all its access tokens, or a single access token. Too
 * many revoked access tokens of one session end the session. Text that is not a token, an expired token and a token of
 * another client change nothing, with the same answer.
 * @param client the authenticated client; null for a token of a direct sign-in
 * @throws SERVICE_UNAVAILABLE
 */
export type Revoke = (token: string, client: Client | null, request: RequestInfo) => Promise<void>;

export function createRevoke(services: Services, unitOfWork: UnitOfWork): Revoke {
  const { refreshTokens, accessTokens, sessions, quotas, clock } = services;

  async function revokeSession(token: RefreshToken, client: Client | null, request: RequestInfo): Promise<void> {
    await unitOfWork(async (db, effects) => {
      const session = await sessions.lockOf(db, token);
      if (!session || (session.clientId ?? null) !== (client?.id ?? null)) return;
      const at = new Date(clock());
      const ended = await sessions.end(db, { id: session.id }, { by: 'revoked', at });
      if (ended.length === 0) return;
      effects.denySessions(ended);
      const subject = await nameOf(db, session.userId);
      const detail = { session: session.id, token: 'refresh_token' };
      record(db, { type: 'token.revoked', subject, detail, at }, { actor: client && clientActor(client), request });
    });
  }

  async function revokeAccess(claims: AccessTokenClaims, client: Client | null, request: RequestInfo): Promise<void> {
    if ((claims.clientId ?? null) !== (client?.id ?? null)) return;
    // Threat: repeated revocations would fill the log.
    if ((await tokenStateOf(claims, services)).denied) return;
    const { sid, jti } = claims;
    // Threat: each denied token is a key and a row, and refreshes create tokens for free. Beyond the quota the session
    // itself ends (allowed by RFC 7009 section 2.1), with one denial for all its tokens.
    const ends = sid !== undefined && !(await quotas.take('revokedTokens', sid));
    await unitOfWork(async (db, effects) => {
      const at = new Date(clock());
      if (ends) {
        await sessions.end(db, { id: sid }, { by: 'revoked', at });
        effects.deny({ subject: `sid:${sid}`, until: new Date(at.getTime() + accessTokens.lifetime * 1000) });
      } else {
        effects.deny({ subject: `jti:${jti}`, until: new Date(claims.exp * 1000) });
      }
      const detail = ends ? { session: sid, token: 'access_token' } : { jti, token: 'access_token' };
      const entry = { type: 'token.revoked', subject: claims.sub, detail, at } as const;
      record(db, entry, { actor: client && clientActor(client), request });
    });
  }

  return async (text, client, request) => {
    const token = refreshTokens.parse(text);
    if (token) return revokeSession(token, client, request);
    const claims = await claimsOf(accessTokens.verify(text));
    if (claims) await revokeAccess(claims, client, request);
  };
}
