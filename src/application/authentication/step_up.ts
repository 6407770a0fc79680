import type { StepUp } from '../../kernel/errors.ts';
import { acrOf } from '../../tokens/assurance.ts';
import { findUserById } from '../../users/users.ts';
import type { Services } from '../foundation/services.ts';
import { findFactors, methodsOf } from './factors.ts';
import type { Principal } from './principal.ts';

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
