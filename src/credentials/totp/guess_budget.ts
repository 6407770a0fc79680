/** A wrong code. */
export interface FailedGuess {
  /** Milliseconds since the epoch, by PostgreSQL's clock. */
  readonly at: number;
  /** True if it came from a device that the account's user had signed in from. */
  readonly known: boolean;
}

const DAY_MS = 86_400_000;

/**
 * The most wrong codes of a day, for strangers and for known devices apart. An attacker who knows the password and uses
 * up the one leaves the other to the owner.
 */
const GUESSES_A_DAY = 20;

/**
 * The most wrong codes of a day together, for an attacker who also stole a device token. A code is one of 10^6, and
 * three are accepted at a time: that of the current step, and one step of drift to either side. A guess is thus right
 * with a chance of 3 * 10^-6. A stranger's chance for one account and day is at most 20 * 3 * 10^-6 = 6 * 10^-5, the
 * chance of the thief of a device token at most 33 * 3 * 10^-6 = 9.9 * 10^-5. Both are below 10^-4. Strangers never take more than 20 of the 33, so that a known device always has 13. A day is any 24
 * hours, not one of the calendar, whose midnight would allow twice as many. A success clears nothing: otherwise the
 * owner's own sign-ins would give an attacker new guesses.
 */
const GUESSES_TOGETHER = 33;

/** Returns the wrong codes that still count. */
export function recentGuesses(failures: readonly FailedGuess[], at: Date): FailedGuess[] {
  return failures.filter((failure) => at.getTime() - failure.at < DAY_MS);
}

/**
 * Returns the milliseconds until a code is looked at again; 0 if the next one is.
 * @param known true for a device that the account's user had signed in from
 */
export function guessesHeldFor(failures: readonly FailedGuess[], known: boolean, at: Date): number {
  const recent = recentGuesses(failures, at);
  const own = recent.filter((failure) => failure.known === known);
  return Math.max(heldFor(own, GUESSES_A_DAY, at), heldFor(recent, GUESSES_TOGETHER, at));
}

function heldFor(failures: readonly FailedGuess[], most: number, at: Date): number {
  if (failures.length < most) return 0;
  const times = failures.map((failure) => failure.at).sort((a, b) => a - b);
  return times[times.length - most]! + DAY_MS - at.getTime();
}
