import { type Activity, type ActivityPeriod, countActivity, MOST_STEPS, stepsIn } from '../../audit/count_events.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { Parts } from '../foundation/services.ts';

/**
 * Sign-ins, failures, limits and reuses over time. Throws BAD_USER_INPUT where the period has no step or more than
 * {@link MOST_STEPS}, SERVICE_UNAVAILABLE.
 */
export type SignInActivity = (period: ActivityPeriod) => Promise<Activity[]>;

export function createSignInActivity({ database }: Pick<Parts, 'database'>): SignInActivity {
  return async (period) => {
    const steps = stepsIn(period);
    if (steps < 1) throw new Refusal('BAD_USER_INPUT', { message: 'to: must be later than from' });
    if (steps > MOST_STEPS) {
      const message = `step: ${steps} steps between from and to; at most ${MOST_STEPS}`;
      throw new Refusal('BAD_USER_INPUT', { message });
    }
    return database.read((db) => countActivity(db, period));
  };
}
