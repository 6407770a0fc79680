import type { Assurance } from '../../tokens/assurance.ts';
import type { LiveUser } from '../../users/live_users.ts';
import type { FactorPolicy } from '../foundation/services.ts';

/** The last authentication of a user, as an access token tells it. */
export interface LastAuthentication {
  readonly user: Pick<LiveUser, 'secondFactor'>;
  readonly authenticatedAt: Date;
  readonly assurance: Assurance;
}

/**
 * Returns whether an authentication is fresh: within `FRESH_MINUTES`, and by two factors if the account has a second
 * one. Threat: a token of before the enrolment, or of a remembered device, proves the password alone.
 * @param now milliseconds since the epoch
 */
export function isFresh(
  { user, authenticatedAt, assurance }: LastAuthentication,
  { freshSeconds }: Pick<FactorPolicy, 'freshSeconds'>,
  now: number,
): boolean {
  return now - authenticatedAt.getTime() <= freshSeconds * 1000 && (assurance === 2 || !user.secondFactor);
}
