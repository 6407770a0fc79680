import type { UseCases } from '../../application/use_cases.ts';
import { invalidClient } from '../client_authentication.ts';
import type { GrantHandler } from './grant.ts';

/**
 * RFC 6749 section 4.1.3, with the verifier of RFC 7636 section 4.5. The redirect URI may be left out, as OAuth 2.1 has
 * it: the verifier or the client's secret ties the code to the client that asked.
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
