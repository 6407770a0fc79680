import type { Client } from '../clients/client.entity.ts';
import type { GrantType } from '../clients/clients.ts';
import type { UseCases } from '../application/use_cases.ts';
import type { AuthenticateClient } from './client_authentication.ts';
import { OAuthError } from './errors.ts';
import { authorizationCodeGrant } from './grants/authorization_code.ts';
import { clientCredentialsGrant } from './grants/client_credentials.ts';
import type { GrantHandler, Granted, GrantRequest } from './grants/grant.ts';
import { passwordGrant } from './grants/password.ts';
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

/** The token endpoint (RFC 6749 section 3.2). `grant_type` names the grant; its default is `password`. */
export type TokenEndpoint = (request: TokenRequest) => Promise<TokenAnswer>;

export function createTokenEndpoint(
  useCases: Pick<UseCases, 'login' | 'refresh' | 'clientToken' | 'exchangeCode'>,
  authenticateClient: AuthenticateClient,
): TokenEndpoint {
  const grants: Readonly<Record<GrantType, GrantHandler>> = {
    password: passwordGrant(useCases),
    refresh_token: refreshTokenGrant(useCases),
    client_credentials: clientCredentialsGrant(useCases),
    authorization_code: authorizationCodeGrant(useCases),
  };
  return async ({ authorization, ...request }) => {
    const type = request.parameters.optional('grant_type') ?? 'password';
    if (!isKnown(grants, type)) throw new OAuthError('unsupported_grant_type', 'The grant type is not supported');
    const client = await authenticateClient(authorization, request.parameters);
    if (client && !client.grantTypes.includes(type)) {
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

function isKnown(grants: object, type: string): type is GrantType {
  return Object.hasOwn(grants, type);
}
