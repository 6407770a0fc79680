import { expect, it } from '@jest/globals';
import { wholeNumber } from '../../src/cli/whole_number.ts';

const read = wholeNumber(1, 500);

it.each([
  ['1', 1],
  ['500', 500],
  ['007', 7],
])('reads %s', (text, value) => {
  expect(read(text)).toBe(value);
});

it.each(['0', '501', '-1', '1.5', '1e2', '0x10', '', ' 5', 'five', '9'.repeat(16)])('refuses "%s"', (text) => {
  expect(() => read(text)).toThrow('It must be a whole number from 1 to 500.');
});
