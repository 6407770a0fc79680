import { describe, expect, it } from '@jest/globals';
import { specifiedScalarTypes } from 'graphql';
import { leaf } from '../../src/gateway/execution/leaf.ts';

const VALUES: unknown[] = [
  ...[0, -0, 1, -1, 1.5, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 53, 1e300, NaN, Infinity, -Infinity],
  ...['', ' ', 'a', '1', '1.5', '-1', '1e3', '0x10', '2147483648', '-2147483649', 'NaN', 'true'],
  ...[true, false, [], [1], {}, { a: 1 }, Symbol('x'), undefined],
];

// The expected value is the one of graphql-js for a resolver's value; undefined where graphql-js throws.
describe.each([...specifiedScalarTypes])('a value of %s equals the one of graphql-js', (type) => {
  const expected = (value: unknown): unknown => {
    try {
      return type.serialize(value);
    } catch {
      return undefined;
    }
  };

  it.each(VALUES.map((value) => [typeof value, value] as const))('%s %p', (_type, value) => {
    expect(leaf(type, value)).toEqual(expected(value));
  });
});
