import type { UseCases } from '../../application/use_cases.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { GrantHandler } from './grant.ts';

/** RFC 6749 section 4.3, with a client or without. An empty password is a missing one. */
export function passwordGrant({ login }: Pick<UseCases, 'login'>): GrantHandler {
  return async ({ parameters, client, origin, isForeignPage }) => {
    // Threat: a form on any page could be sent here, and would use up the attempts of its visitors.
    if (isForeignPage) throw new Refusal('ORIGIN_NOT_ALLOWED');
    const credentials = { username: parameters.required('username'), password: parameters.required('password') };
    const asked = { client, scope: parameters.optional('scope') ?? null };
    return login(credentials, origin, asked);
  };
}
