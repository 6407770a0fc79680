import type { RequestInfo } from '../kernel/request_info.ts';
import type { UseCases } from '../application/use_cases.ts';
import type { AuthenticateClient } from './client_authentication.ts';
import type { Parameters } from './parameters.ts';

/**
 * The revocation endpoint (RFC 7009). It answers nothing, and the same for every token: one that is none, is over or is
 * another client's is not told apart. Both kinds can be revoked, so `unsupported_token_type` is never the answer, and
 * `token_type_hint` has nothing to hint at: the two look different. Throws `invalid_client`, `invalid_request`.
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
