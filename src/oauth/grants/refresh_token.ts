import type { UseCases } from '../../application/use_cases.ts';
import type { GrantHandler } from './grant.ts';

/** The refresh token grant (RFC 6749 section 6). A token is valid only for the client that received it. */
export function refreshTokenGrant({ refresh }: Pick<UseCases, 'refresh'>): GrantHandler {
  return async ({ parameters, client, origin }) =>
    refresh(parameters.required('refresh_token'), client?.id ?? null, origin);
}
