import type { User } from '../../users/user.entity.ts';
import { assuranceOf, type Authentication } from './authentication.ts';
import { type Factors, hasSecondFactor } from './factors.ts';

/** A step that a sign-in still needs. `authentication`: it does not count for the account any more, and begins again. */
export type MissingStep = 'authentication' | 'second_factor';

/** The account as it is now, under its lock. */
export interface JudgedAccount extends Pick<User, 'id' | 'deviceEpoch'> {
  readonly factors: Pick<Factors, 'totp' | 'passkeys'>;
  /** True if the request comes from a device that may skip the second factor. */
  readonly isRemembered: boolean;
}

/**
 * Returns the steps that are still to be taken before a session may be opened; none if the authentication is enough. An
 * authentication counts only for the account as it is now: a changed password, a changed factor or a stolen token voids
 * all its steps.
 */
export function required(authentication: Authentication, account: JudgedAccount): readonly MissingStep[] {
  if (!counts(authentication, account) || authentication.methods.length === 0) return ['authentication'];
  const isEnough = assuranceOf(authentication) === 2 || !hasSecondFactor(account.factors) || account.isRemembered;
  return isEnough ? [] : ['second_factor'];
}

/** Returns whether the steps of an authentication count for the account as it is now. */
export function counts(
  authentication: Pick<Authentication, 'userId' | 'epoch'>,
  account: Pick<User, 'id' | 'deviceEpoch'>,
): boolean {
  return authentication.userId === account.id && authentication.epoch === account.deviceEpoch;
}
