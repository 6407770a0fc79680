import type { StepUp } from '../../kernel/errors.ts';
import { acrOf } from '../../tokens/assurance.ts';
import { findUserById } from '../../users/users.ts';
import type { FactorPolicy, Services } from '../foundation/services.ts';
import { findFactors, methodsOf } from './factors.ts';
import type { Principal } from './principal.ts';

/**
 * Returns whether an authentication is fresh: within `FRESH_MINUTES`, and by two factors if the account has a second
 * one. Threat: a token of before the enrolment, or of a remembered device, proves the password alone.
 * @param now milliseconds since the epoch
 */
export function isFresh(
  { user, authenticatedAt, assurance }: Pick<Principal, 'authenticatedAt' | 'assurance'> & OwnFactor,
  { freshSeconds }: Pick<FactorPolicy, 'freshSeconds'>,
  now: number,
): boolean {
  return now - authenticatedAt.getTime() <= freshSeconds * 1000 && (assurance === 2 || !user.secondFactor);
}

interface OwnFactor {
  readonly user: Pick<Principal['user'], 'secondFactor'>;
}

/**
 * Returns the authentication that a refused field asks for: how recent, how strong, and the methods that the account
 * has for it.
 * @throws SERVICE_UNAVAILABLE
 */
export type DescribeStepUp = (principal: Pick<Principal, 'user'>) => Promise<StepUp>;

export function createDescribeStepUp({ database, settings }: Pick<Services, 'database' | 'settings'>): DescribeStepUp {
  return async ({ user: { id, secondFactor } }) => {
    const factors = await database.run(async (db) => {
      const user = await findUserById(db, id);
      return user && findFactors(db, user);
    });
    return {
      maxAge: settings.factors.freshSeconds,
      acr: acrOf(secondFactor ? 2 : 1),
      methods: factors ? [...(factors.password ? (['PASSWORD'] as const) : []), ...methodsOf(factors)] : [],
    };
  };
}
