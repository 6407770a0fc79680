import type { RequestInfo } from '../kernel/request_info.ts';
import type { UseCases } from '../application/use_cases.ts';
import type { AuthenticateClient } from './client_authentication.ts';
import type { Parameters } from './parameters.ts';

/**
 * The revocation endpoint (RFC 7009). The answer is empty and the same for every token, also for an unknown, expired or
 * foreign one. Both kinds of tokens can be revoked, so `unsupported_token_type` is never needed. The kinds have
 * different formats, so `token_type_hint` is ignored.
 * @throws OAuthError `invalid_client`, `invalid_request`
 */
export type RevocationEndpoint = (
  authorization: readonly string[],
  parameters: Parameters,
  origin: RequestInfo,
) => Promise<void>;

export function createRevocationEndpoint(
  { revoke }: Pick<UseCases, 'revoke'>,
  authenticateClient: AuthenticateClient,
): RevocationEndpoint {
  return async (authorization, parameters, origin) => {
    const client = await authenticateClient(authorization, parameters);
    await revoke(parameters.required('token'), client, origin);
  };
}
