import type { User } from '../../users/user.entity.ts';
import type { Authentication, AuthenticationMethod } from './authentication.ts';

/** The methods that an operator demands of a sign-in. */
export interface AuthenticationPolicy {
  readonly methods: readonly AuthenticationMethod[];
}

/** Every sign-in takes a password. */
const PASSWORD_POLICY: AuthenticationPolicy = { methods: ['pwd'] };

/**
 * Returns the methods that are still to be proven before a session may be opened; none if the authentication is enough.
 * An authentication counts only for the account as it is now: a changed password or a stolen token voids all its steps.
 * @param account the account under its lock
 */
export function required(
  authentication: Authentication | null,
  account: Pick<User, 'id' | 'deviceEpoch'>,
  policy: AuthenticationPolicy = PASSWORD_POLICY,
): readonly AuthenticationMethod[] {
  const counts = authentication?.userId === account.id && authentication.epoch === account.deviceEpoch;
  const proven = counts ? authentication.methods : [];
  return policy.methods.filter((method) => !proven.includes(method));
}
