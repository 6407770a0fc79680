import { isPublic } from '../clients/clients.ts';
import type { UseCases } from '../application/use_cases.ts';
import { type AuthenticateClient, invalidClient } from './client_authentication.ts';
import type { Parameters } from './parameters.ts';

/** RFC 7662 section 2.2. Of a token that does not count, nothing but that. */
export type IntrospectionResponse = { readonly active: false } | ({ readonly active: true } & Record<string, unknown>);

/**
 * The introspection endpoint (RFC 7662), for clients with a secret alone: whoever else could ask would find out which
 * stolen tokens still count. Throws `invalid_client`, `invalid_request`.
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
    const { sub, username, clientId, scope, iat, exp, jti } = token;
    return {
      active: true,
      scope,
      ...(clientId === null ? {} : { client_id: clientId }),
      ...(username === undefined ? {} : { username }),
      // Of an access token: how it is used (RFC 6749 section 5.1). A refresh token is shown to nobody but us.
      ...(jti === undefined ? {} : { token_type: 'bearer', aud: audience, jti }),
      iss: issuer,
      sub,
      iat,
      exp,
    };
  };
}
