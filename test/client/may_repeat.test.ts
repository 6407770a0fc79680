import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { mayRepeat } from '../../src/client/may_repeat.ts';

const expired = (...path: (string | number)[]) => ({
  message: 'no',
  path,
  extensions: { code: 'UNAUTHENTICATED', reason: 'EXPIRED' },
});
const wrongPassword = { message: 'no', extensions: { code: 'UNAUTHENTICATED' } };
const ofSubgraph = { message: 'sold out', extensions: { code: 'OUT_OF_STOCK' } };

const repeats = (document: string, errors?: readonly object[], unauthorized = false) =>
  mayRepeat({ document: parse(document), errors: errors as never, unauthorized });

describe('an operation is sent again with another token', () => {
  it.each<[string, string, readonly object[] | undefined, boolean]>([
    ['a query whose token was refused', '{ a }', [expired('a')], true],
    ['a query that was refused deep in its answer', '{ a { b } }', [expired('a', 'b')], true],
    ['a query of which the token was one of several faults', '{ a b }', [ofSubgraph, expired('b')], true],
    ['a mutation whose only field was refused', 'mutation { a }', [expired('a')], true],
    ['a mutation that was refused as a whole', 'mutation { a }', [expired()], true],
    ['an operation beside fragments', 'fragment F on A { a } { ...F }', [expired('a')], true],
    ['a mutation beside fragments', 'fragment F on A { b } mutation { a { ...F } }', [expired('a')], true],
    ['not one whose password was refused', '{ a }', [wrongPassword], false],
    ['not one that a subgraph failed', '{ a }', [ofSubgraph], false],
    ['not one that was answered', '{ a }', undefined, false],
    ['not one that was answered with no errors', '{ a }', [], false],
    ['not a mutation that was refused below its field', 'mutation { a { b } }', [expired('a', 'b')], false],
    [
      'not a mutation of which one of two refusals is deep',
      'mutation { a { b } }',
      [expired('a'), expired('a', 'b')],
      false,
    ],
    ['not a mutation of two fields', 'mutation { a b }', [expired('a')], false],
    ['not a mutation whose field is in a fragment', 'mutation { ... { a b } }', [expired('a')], false],
    [
      'not a mutation whose field is in a named fragment',
      'fragment F on Mutation { a b } mutation { ...F }',
      [expired('a')],
      false,
    ],
  ])('%s', (_which, document, errors, expected) => {
    expect(repeats(document, errors)).toBe(expected);
  });

  it.each<[string, readonly object[] | undefined, boolean]>([
    ['that says nothing else', undefined, true],
    ['that lists no errors', [], true],
    ['whose errors are of something else', [ofSubgraph], false],
    ['of a wrong password', [wrongPassword], false],
  ])('a 401 %s: %j', (_which, errors, expected) => {
    expect(repeats('mutation { a b }', errors, true)).toBe(expected);
  });
});
