import type { UseCases } from '../../application/use_cases.ts';
import { invalidClient } from '../client_authentication.ts';
import type { GrantHandler } from './grant.ts';

/**
 * The authorization code grant (RFC 6749 section 4.1.3) with PKCE (RFC 7636 section 4.5). The redirect URI is optional,
 * as in OAuth 2.1, because the verifier or the client secret binds the code to the client.
 */
export function authorizationCodeGrant({ exchangeCode }: Pick<UseCases, 'exchangeCode'>): GrantHandler {
  return async ({ parameters, client, origin }) => {
    if (!client) throw invalidClient();
    const shown = {
      code: parameters.required('code'),
      redirectUri: parameters.optional('redirect_uri'),
      verifier: client.pkce ? parameters.required('code_verifier') : parameters.optional('code_verifier'),
      client,
    };
    return exchangeCode(shown, origin);
  };
}
