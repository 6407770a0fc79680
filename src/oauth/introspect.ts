import { isPublic } from '../clients/clients.ts';
import type { UseCases } from '../application/use_cases.ts';
import { type AuthenticateClient, invalidClient } from './client_authentication.ts';
import type { Parameters } from './parameters.ts';

/** The introspection response (RFC 7662 section 2.2). It has only `active` for an invalid token. */
export type IntrospectionResponse = { readonly active: false } | ({ readonly active: true } & Record<string, unknown>);

/**
 * The introspection endpoint (RFC 7662), only for clients with a secret. Threat: others could test which stolen tokens
 * are still valid.
 * @throws OAuthError `invalid_client`, `invalid_request`
 */
export type IntrospectionEndpoint = (
  authorization: readonly string[],
  parameters: Parameters,
) => Promise<IntrospectionResponse>;

export function createIntrospectionEndpoint(
  { introspect }: Pick<UseCases, 'introspect'>,
  authenticateClient: AuthenticateClient,
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
): IntrospectionEndpoint {
  return async (authorization, parameters) => {
    const client = await authenticateClient(authorization, parameters);
    if (!client || isPublic(client)) throw invalidClient();
    const token = await introspect(parameters.required('token'), client);
    if (!token) return { active: false };
    const { sub, username, clientId, scope, iat, exp, jti, authTime, amr, acr } = token;
    return {
      active: true,
      scope,
      ...(clientId === null ? {} : { client_id: clientId }),
      ...(username === undefined ? {} : { username }),
      // Only access tokens have a token type (RFC 6749 section 5.1). Only this server accepts refresh tokens.
      ...(jti === undefined ? {} : { token_type: 'bearer', aud: audience, jti }),
      iss: issuer,
      sub,
      iat,
      exp,
      ...(authTime === undefined ? {} : { auth_time: authTime }),
      ...(amr === undefined ? {} : { amr }),
      ...(acr === undefined ? {} : { acr }),
    };
  };
}
