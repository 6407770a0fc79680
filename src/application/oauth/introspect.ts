import type { Client } from '../../clients/client.entity.ts';
import { toSeconds } from '../../kernel/clock.ts';
import { equal } from '../../kernel/secret.ts';
import type { RefreshToken } from '../../sessions/refresh_token.ts';
import { SessionEntity } from '../../sessions/session.entity.ts';
import { findUserById } from '../../users/users.ts';
import type { Services } from '../foundation/services.ts';
import { effectiveScopes, sessionScopes } from '../foundation/scopes.ts';
import { mustEnrol } from '../authentication/factors.ts';
import { claimsOf, tokenStateOf } from '../authentication/token_state.ts';

/** A token that is valid now. Times are in seconds since the epoch. */
export interface LiveToken {
  readonly sub: string;
  /** The user; absent for the token of a client without a user. */
  readonly username?: string;
  readonly clientId: string | null;
  /** The current scopes, space-separated. */
  readonly scope: string;
  readonly iat: number;
  readonly exp: number;
  /** Present for access tokens only. */
  readonly jti?: string;
  /** The user's last authentication (RFC 9470 section 6.2). Present for the access tokens of users only. */
  readonly authTime?: number;
  readonly amr?: readonly string[];
  readonly acr?: string;
}

/**
 * Returns the current state of a token (RFC 7662). Every registered client may introspect access tokens, because each
 * may be a resource server. Only its own client may introspect a refresh token.
 * @returns null for a denied or expired token, a disabled account, and text that is not a token, without a difference
 * @throws SERVICE_UNAVAILABLE
 */
export type Introspect = (token: string, client: Client) => Promise<LiveToken | null>;

export function createIntrospect(services: Services): Introspect {
  const { database, accessTokens, refreshTokens, sessions, settings, clock } = services;

  async function accessToken(text: string): Promise<LiveToken | null> {
    const claims = await claimsOf(accessTokens.verify(text));
    if (!claims) return null;
    const { denied, user } = await tokenStateOf(claims, services);
    if (denied) return null;
    const { sub, iat, exp, jti } = claims;
    const told = { sub, clientId: claims.clientId ?? null, iat, exp, jti };
    if (claims.sid === undefined) return { ...told, scope: claims.scope ?? '' };
    if (!user || user.disabled || mustEnrol(settings.factors, user)) return null;
    const { authTime, amr, acr } = claims;
    return {
      ...told,
      username: user.username,
      scope: effectiveScopes(settings.roles, claims, user.role).join(' '),
      ...(authTime !== undefined && { authTime }),
      ...(amr && { amr }),
      ...(acr !== undefined && { acr }),
    };
  }

  async function refreshToken(token: RefreshToken, client: Client): Promise<LiveToken | null> {
    return database.run(async (db) => {
      const session = await db.findOne(SessionEntity, { id: token.sessionId, clientId: client.id });
      const now = new Date(clock());
      if (!session || !sessions.isRunning(session, now)) return null;
      if (!equal(token.digest, Buffer.from(session.tokenDigest))) return null;
      const user = await findUserById(db, session.userId);
      if (!user || user.disabled) return null;
      return {
        sub: user.username,
        username: user.username,
        clientId: client.id,
        scope: sessionScopes(settings.roles, user.role, session.scope).join(' '),
        iat: toSeconds((session.rotatedAt ?? session.createdAt).getTime()),
        exp: toSeconds(session.expiresAt.getTime()),
      };
    });
  }

  return async (text, client) => {
    const token = refreshTokens.parse(text);
    return token ? refreshToken(token, client) : accessToken(text);
  };
}
