import type { UseCases } from '../../application/use_cases.ts';
import type { Grant } from './grant.ts';

/** RFC 6749 section 4.3, with a client or without. An empty password is a missing one. */
export function passwordGrant({ login }: Pick<UseCases, 'login'>): Grant {
  return async ({ parameters, client, origin, checkOrigin, giveDevice }) => {
    // A form of any page can be sent here: it would use up its visitors' attempts.
    checkOrigin();
    const credentials = { username: parameters.required('username'), password: parameters.required('password') };
    const asked = { client, scope: parameters.optional('scope') ?? null };
    const { deviceToken, ...signedIn } = await login(credentials, origin, asked);
    giveDevice(deviceToken);
    return signedIn;
  };
}
