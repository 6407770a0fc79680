import { outcomeOf } from '../foundation/metrics.ts';
import type { Services } from '../foundation/services.ts';

/** Runs a sign-in as a step of the trace, and counts its outcome. */
export async function observeSignIn<T>(
  { metrics, tracing }: Pick<Services, 'metrics' | 'tracing'>,
  signIn: () => Promise<T>,
): Promise<T> {
  try {
    const signedIn = await tracing.step('sign in', {}, signIn);
    metrics.signedIn('succeeded');
    return signedIn;
  } catch (error) {
    metrics.signedIn(outcomeOf(error));
    throw error;
  }
}
