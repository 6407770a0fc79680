import type { UseCases } from '../../application/use_cases.ts';
import { invalidClient } from '../client_authentication.ts';
import type { GrantHandler } from './grant.ts';

/** The client credentials grant (RFC 6749 section 4.4): a token without a user and without a refresh token. */
export function clientCredentialsGrant({ clientToken }: Pick<UseCases, 'clientToken'>): GrantHandler {
  return async ({ parameters, client }) => {
    if (!client) throw invalidClient();
    return { ...(await clientToken(client, parameters.optional('scope') ?? null)), refreshToken: null };
  };
}
