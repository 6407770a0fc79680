import { type Activity, type ActivityPeriod, countActivity, MOST_STEPS, stepsIn } from '../../audit/count_events.ts';
import { invalidInput } from '../../kernel/errors.ts';
import type { Services } from '../foundation/services.ts';

/**
 * Returns the numbers of sign-ins, failures, limits and reuses over time.
 * @throws BAD_USER_INPUT if the period has no step, or more than {@link MOST_STEPS}
 * @throws SERVICE_UNAVAILABLE
 */
export type ReadSignInActivity = (period: ActivityPeriod) => Promise<Activity[]>;

export function createSignInActivity({ database }: Pick<Services, 'database'>): ReadSignInActivity {
  return async (period) => {
    const steps = stepsIn(period);
    if (steps < 1) throw invalidInput({ field: 'to', code: 'NOT_AFTER', other: 'from' });
    if (steps > MOST_STEPS) throw invalidInput({ field: 'step', code: 'TOO_FINE', steps, max: MOST_STEPS });
    return database.run((db) => countActivity(db, period));
  };
}
