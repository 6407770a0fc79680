import { expect, it } from '@jest/globals';
import { isFresh } from '../../src/application/authentication/freshness.ts';

const NOW = 1_800_000_000_000;
const authenticated = (secondsAgo: number, assurance: 1 | 2, secondFactor = false) => ({
  user: { secondFactor },
  authenticatedAt: new Date(NOW - secondsAgo * 1000),
  assurance,
});

it.each<[string, Parameters<typeof isFresh>[0], boolean]>([
  ['just now', authenticated(0, 1), true],
  ['at the limit', authenticated(900, 1), true],
  ['a second past the limit', authenticated(901, 1), false],
  ['at the limit by two factors', authenticated(900, 2, true), true],
  ['a second past the limit by two factors', authenticated(901, 2, true), false],
  // A token of before the enrolment, or of a remembered device.
  ['just now by one factor of two', authenticated(0, 1, true), false],
  // The account has given up its second factor since.
  ['just now by two factors of one', authenticated(0, 2), true],
  // A token of an earlier release has no `auth_time`.
  ['at no known time', { ...authenticated(0, 2), authenticatedAt: new Date(0) }, false],
  // Signed at a replica whose clock is ahead.
  ['in a moment', authenticated(-3, 1), true],
])('judges an authentication %s', (_when, authentication, expected) => {
  expect(isFresh(authentication, { freshSeconds: 900 }, NOW)).toBe(expected);
});
