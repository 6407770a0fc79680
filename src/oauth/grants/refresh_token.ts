import type { UseCases } from '../../application/use_cases.ts';
import type { GrantHandler } from './grant.ts';

/** RFC 6749 section 6. The token counts for the client it was given to, and for no other. */
export function refreshTokenGrant({ refresh }: Pick<UseCases, 'refresh'>): GrantHandler {
  return async ({ parameters, client, origin }) =>
    refresh(parameters.required('refresh_token'), client?.id ?? null, origin);
}
