import { describe, expect, it } from '@jest/globals';
import { type FailedGuess, guessesHeldFor, recentGuesses } from '../../../src/credentials/totp/guess_budget.ts';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;

/** Guesses whenever a guess is allowed, once a minute for so many hours. Returns the failures of both kinds. */
function guess(kinds: readonly boolean[], hours: number, order: 'in turn' | 'strangers first' = 'in turn') {
  let failures: FailedGuess[] = [];
  const all: FailedGuess[] = [];
  const sorted = order === 'in turn' ? kinds : kinds.toSorted((a, b) => Number(a) - Number(b));
  for (let ms = NOW; ms < NOW + hours * HOUR; ms += 60_000) {
    for (const known of sorted) {
      if (guessesHeldFor(failures, known, new Date(ms)) > 0) continue;
      const failure = { at: ms, known };
      failures = [...recentGuesses(failures, new Date(ms)), failure];
      all.push(failure);
    }
  }
  return all;
}

/** Returns the most failures of any 24 hours. */
const mostInADay = (failures: readonly FailedGuess[]) =>
  Math.max(...failures.map(({ at }) => failures.filter((other) => other.at >= at && other.at < at + 24 * HOUR).length));

describe('guessing a one-time code', () => {
  it('is held after 20 guesses of strangers in any 24 hours', () => {
    expect(mostInADay(guess([false], 100))).toBe(20);
  });

  it('is held after 20 guesses of known devices in any 24 hours', () => {
    expect(mostInADay(guess([true], 100))).toBe(20);
  });

  it.each(['in turn', 'strangers first'] as const)(
    'succeeds with a chance below 10^-4 for an attacker who has a known device as well, %s',
    (order) => {
      const most = mostInADay(guess([false, true], 100, order));
      expect(most * 3e-6).toBeLessThan(1e-4);
    },
  );

  it('by strangers leaves 13 guesses to a known device', () => {
    const failures = guess([false], 24);
    const at = new Date(failures.at(-1)!.at);
    expect(guessesHeldFor(failures, false, at)).toBeGreaterThan(0);
    let known = 0;
    for (; guessesHeldFor(failures, true, at) === 0; known += 1) failures.push({ at: at.getTime(), known: true });
    expect(known).toBe(13);
  });

  it('is held until the oldest guess that counts is a day old', () => {
    const failures = Array.from({ length: 20 }, (_, minute) => ({ at: NOW + minute * 60_000, known: false }));
    const after = new Date(NOW + HOUR);
    expect(guessesHeldFor(failures, false, after)).toBe(23 * HOUR);
    const released = new Date(NOW + 24 * HOUR);
    expect(guessesHeldFor(failures, false, released)).toBe(0);
    expect(recentGuesses(failures, released)).toHaveLength(19);
  });
});
