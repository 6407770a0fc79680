import type { Client } from '../clients/client.entity.ts';
import type { GrantType } from '../clients/clients.ts';
import type { UseCases } from '../application/use_cases.ts';
import type { AuthenticateClient } from './client_authentication.ts';
import { OAuthError } from './errors.ts';
import { authorizationCodeGrant } from './grants/authorization_code.ts';
import { clientCredentialsGrant } from './grants/client_credentials.ts';
import type { GrantHandler, Granted, GrantRequest } from './grants/grant.ts';
import { passwordGrant } from './grants/password.ts';
import { secondFactorGrant } from './grants/second_factor.ts';
import { refreshTokenGrant } from './grants/refresh_token.ts';

/** The token response (RFC 6749 section 5.1). */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'bearer';
  /** The lifetime of the access token, in seconds. */
  readonly expires_in: number;
  readonly refresh_token?: string;
  readonly scope: string;
}

/** The body of an answer, and the token of the device that signed in, which is sent in a header. */
export interface TokenAnswer {
  readonly body: TokenResponse;
  readonly deviceToken: string | undefined;
}

/** A request for tokens. @param authorization every `Authorization` header of the request, as sent */
export type TokenRequest = Omit<GrantRequest, 'client'> & { readonly authorization: readonly string[] };

/** The grant that continues a password grant with a second factor. */
export const SECOND_FACTOR = 'urn:gatehouse:grant:second-factor';

/** The token endpoint (RFC 6749 section 3.2). `grant_type` names the grant; its default is `password`. */
export type TokenEndpoint = (request: TokenRequest) => Promise<TokenAnswer>;

export function createTokenEndpoint(
  useCases: Pick<UseCases, 'login' | 'completeLogin' | 'refresh' | 'clientToken' | 'exchangeCode'>,
  authenticateClient: AuthenticateClient,
): TokenEndpoint {
  const grants: Readonly<Record<GrantType | typeof SECOND_FACTOR, GrantHandler>> = {
    password: passwordGrant(useCases),
    [SECOND_FACTOR]: secondFactorGrant(useCases),
    refresh_token: refreshTokenGrant(useCases),
    client_credentials: clientCredentialsGrant(useCases),
    authorization_code: authorizationCodeGrant(useCases),
  };
  return async ({ authorization, ...request }) => {
    const type = request.parameters.optional('grant_type') ?? 'password';
    if (!isKnown(grants, type)) throw new OAuthError('unsupported_grant_type', 'The grant type is not supported');
    const client = await authenticateClient(authorization, request.parameters);
    // A password grant in two requests is one grant.
    const registered = type === SECOND_FACTOR ? 'password' : type;
    if (client && !client.grantTypes.includes(registered)) {
      throw new OAuthError('unauthorized_client', 'The client is not registered for this grant type');
    }
    const granted = await grants[type]({ ...request, client });
    return { body: toTokenResponse(granted, client), deviceToken: granted.deviceToken };
  };
}

/**
 * Returns the token response. Threat: a refresh token that the client may not use could only be stolen, so it gets
 * none.
 */
export function toTokenResponse(granted: Granted, client: Client | null = null): TokenResponse {
  const refreshes = granted.refreshToken !== null && (!client || client.grantTypes.includes('refresh_token'));
  return {
    access_token: granted.accessToken,
    token_type: 'bearer',
    expires_in: granted.expiresIn,
    ...(refreshes ? { refresh_token: granted.refreshToken } : {}),
    // The granted scope may be narrower than the requested one (RFC 6749 section 3.3).
    scope: granted.scope,
  };
}

function isKnown<T extends object>(grants: T, type: string): type is keyof T & string {
  return Object.hasOwn(grants, type);
}
