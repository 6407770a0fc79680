import type { RefreshToken } from '../../sessions/refresh_token.ts';
import type { Session } from '../../sessions/session.entity.ts';
import type { User } from '../../users/user.entity.ts';
import { toSeconds } from '../../kernel/clock.ts';
import { acrOf } from '../../tokens/assurance.ts';
import type { Services } from './services.ts';
import { sessionScopes } from './scopes.ts';

/** An access token, as its client receives it. */
export interface Issued {
  readonly accessToken: string;
  /** The lifetime of the access token, in seconds. */
  readonly expiresIn: number;
  /** The scopes granted, space-separated (RFC 6749 section 3.3). */
  readonly scope: string;
}

/** The tokens for a password, a code or a refresh token, at both doors. */
export interface SignedIn extends Issued {
  readonly refreshToken: string;
  /** The end of the session. Refreshing does not extend it. */
  readonly refreshExpiresAt: Date;
}

/** A session that gets its next tokens. */
export interface TokenGrant {
  readonly user: Pick<User, 'username' | 'role'>;
  readonly session: Pick<
    Session,
    'id' | 'expiresAt' | 'clientId' | 'scope' | 'authenticatedAt' | 'createdAt' | 'amr' | 'acr'
  >;
  readonly token: RefreshToken;
  /** The time when the session was started, rotated or authenticated again. */
  readonly at: Date;
}

/** Signs an access token for a session, and returns it with the refresh token. */
export async function issue(
  services: Pick<Services, 'accessTokens' | 'settings'>,
  { token, ...grant }: TokenGrant,
): Promise<SignedIn> {
  const access = await issueAccess(services, grant);
  return { ...access, refreshToken: token.text, refreshExpiresAt: grant.session.expiresAt };
}

/** Signs an access token for a session. */
export async function issueAccess(
  { accessTokens, settings }: Pick<Services, 'accessTokens' | 'settings'>,
  { user, session, at }: Omit<TokenGrant, 'token'>,
): Promise<Issued> {
  const scope = sessionScopes(settings.roles, user.role, session.scope).join(' ');
  const subject = {
    sub: user.username,
    role: user.role,
    sid: session.id,
    scope,
    authTime: toSeconds((session.authenticatedAt ?? session.createdAt).getTime()),
    amr: session.amr.split(' '),
    acr: acrOf(session.acr === 2 ? 2 : 1),
    ...(session.scope == null ? {} : { narrowed: true as const }),
    ...(session.clientId == null ? {} : { clientId: session.clientId }),
  };
  const access = await accessTokens.issue(subject, at, session.expiresAt);
  return { accessToken: access.token, expiresIn: access.expiresIn, scope };
}
