import { AuthError } from './auth_error.ts';
import { mayAnswerAgain, MOST_ANSWERS, type OnSecondFactor, type SecondFactor } from './factors.ts';

/**
 * Continues a sign-in with the answers of the person, until one is right.
 * @param refusal the refusal of the password alone
 * @param complete sends a factor
 * @throws AuthError if the person gives up, and for a refusal after which no further answer helps
 */
export async function continueSignIn(
  ask: OnSecondFactor,
  refusal: AuthError,
  complete: (factor: SecondFactor) => Promise<void>,
): Promise<void> {
  const { methods = [], expiresIn = 0 } = refusal.nextStep ?? {};
  const overAt = performance.now() + expiresIn * 1000;
  let failure: AuthError | undefined;
  for (let answers = 0; answers < MOST_ANSWERS; answers += 1) {
    const left = Math.max(0, Math.round((overAt - performance.now()) / 1000));
    const factor = await ask({ methods, expiresIn: left, failure });
    if (factor === undefined) throw refusal;
    try {
      return await complete(factor);
    } catch (error) {
      if (!(error instanceof AuthError) || !mayAnswerAgain(error)) throw error;
      failure = error;
    }
  }
  throw failure ?? refusal;
}
