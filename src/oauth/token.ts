import type { Origin } from '../audit/audit.ts';
import type { UseCases } from '../signin/use_cases.ts';
import type { SignedIn } from '../signin/issue.ts';
import { OAuthError } from './errors.ts';
import type { Grant } from './grants/grant.ts';
import { passwordGrant } from './grants/password.ts';
import { refreshTokenGrant } from './grants/refresh_token.ts';
import type { Parameters } from './parameters.ts';

/** RFC 6749 section 5.1. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'bearer';
  /** Seconds. */
  readonly expires_in: number;
  readonly refresh_token?: string;
  readonly scope: string;
}

/** The token endpoint (RFC 6749 section 3.2): the grant is named by `grant_type`, a password where it is missing. */
export type TokenEndpoint = (parameters: Parameters, origin: Origin) => Promise<TokenResponse>;

export function createTokenEndpoint(useCases: Pick<UseCases, 'login' | 'refresh'>): TokenEndpoint {
  const grants = new Map<string, Grant>([
    ['password', passwordGrant(useCases)],
    ['refresh_token', refreshTokenGrant(useCases)],
  ]);
  return async (parameters, origin) => {
    const grant = grants.get(parameters.optional('grant_type') ?? 'password');
    if (!grant) throw new OAuthError('unsupported_grant_type', 'The grant type is not supported');
    return toTokenResponse(await grant(parameters, origin));
  };
}

export function toTokenResponse(signedIn: SignedIn): TokenResponse & { refresh_token: string } {
  return {
    access_token: signedIn.accessToken,
    token_type: 'bearer',
    expires_in: signedIn.expiresIn,
    refresh_token: signedIn.refreshToken,
    // A narrower `scope` may be asked for; what was granted is told, as RFC 6749 section 3.3 asks.
    scope: signedIn.scope,
  };
}
