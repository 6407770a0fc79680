import type { UseCases } from '../../signin/use_cases.ts';
import type { Grant } from './grant.ts';

/** RFC 6749 section 4.3. An empty password is a missing one. */
export function passwordGrant({ login }: Pick<UseCases, 'login'>): Grant {
  return async (parameters, origin) =>
    login({ username: parameters.required('username'), password: parameters.required('password') }, origin);
}
