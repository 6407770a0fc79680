import type { RefreshToken } from '../sessions/refresh_token.ts';
import type { Session } from '../sessions/session.entity.ts';
import type { User } from '../users/user.entity.ts';
import type { Parts } from './parts.ts';

/** What a client gets for a password or a refresh token, at either door. */
export interface SignedIn {
  readonly accessToken: string;
  /** Seconds the access token lives. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  /** When the session ends, however often it refreshes. */
  readonly refreshExpiresAt: Date;
  /** The scopes of the role, space-separated (RFC 6749 section 3.3). */
  readonly scope: string;
}

/** Signs an access token for a session, as of when it was started or rotated, and puts the two tokens together. */
export async function issue(
  { accessTokens, settings }: Pick<Parts, 'accessTokens' | 'settings'>,
  user: Pick<User, 'username' | 'role'>,
  session: Pick<Session, 'id' | 'expiresAt'>,
  refreshToken: RefreshToken,
  at: Date,
): Promise<SignedIn> {
  const scope = (settings.roles[user.role] ?? []).join(' ');
  const subject = { username: user.username, role: user.role, sid: session.id, scope };
  const access = await accessTokens.issue(subject, at, session.expiresAt);
  return {
    accessToken: access.token,
    expiresIn: access.expiresIn,
    refreshToken: refreshToken.text,
    refreshExpiresAt: session.expiresAt,
    scope,
  };
}
