import type { Client } from '../../clients/client.entity.ts';
import { toSeconds } from '../../kernel/clock.ts';
import { equal } from '../../kernel/secret.ts';
import type { RefreshToken } from '../../sessions/refresh_token.ts';
import { SessionEntity } from '../../sessions/session.entity.ts';
import { findUserById } from '../../users/users.ts';
import type { Services } from '../foundation/services.ts';
import { effectiveScopes, sessionScopes } from '../foundation/scopes.ts';
import { claimsOf, tokenStateOf } from '../authentication/token_state.ts';

/** A token that counts now. Times in seconds since the epoch. */
export interface LiveToken {
  readonly sub: string;
  /** A person's; absent for a program's own token. */
  readonly username?: string;
  readonly clientId: string | null;
  /** What it may do now, space-separated. */
  readonly scope: string;
  readonly iat: number;
  readonly exp: number;
  /** Of an access token. */
  readonly jti?: string;
}

/**
 * What a token is worth at this moment (RFC 7662): denied, expired, of a disabled account, or no token at all are all
 * null. An access token is told to every registered client, which is what a resource server is; a refresh token to the
 * client it is bound to. Throws SERVICE_UNAVAILABLE.
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
    if (!user || user.disabled) return null;
    return { ...told, username: user.username, scope: effectiveScopes(settings.roles, claims, user.role).join(' ') };
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
