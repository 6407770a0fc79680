import type { UseCases } from '../../signin/use_cases.ts';
import type { Grant } from './grant.ts';

/** RFC 6749 section 6. */
export function refreshTokenGrant({ refresh }: Pick<UseCases, 'refresh'>): Grant {
  return async (parameters, origin) => refresh(parameters.required('refresh_token'), origin);
}
