import type { UseCases } from '../../application/use_cases.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { GrantHandler } from './grant.ts';

/** The password grant (RFC 6749 section 4.3), with or without a client. An empty password counts as missing. */
export function passwordGrant({ login }: Pick<UseCases, 'login'>): GrantHandler {
  return async ({ parameters, client, origin, isForeignPage }) => {
    // Threat: any page could send a form here and use up the attempts of its visitors.
    if (isForeignPage) throw new Refusal('ORIGIN_NOT_ALLOWED');
    const credentials = { username: parameters.required('username'), password: parameters.required('password') };
    const asked = { client, scope: parameters.optional('scope') ?? null };
    return login(credentials, origin, asked);
  };
}
