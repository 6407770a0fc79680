import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { operationOf, operationOfBody } from '../../../packages/client/src/asked_operation.ts';
import { mayRepeat } from '../../../packages/client/src/may_repeat.ts';

const expired = (...path: (string | number)[]) => ({
  message: 'no',
  path,
  extensions: { code: 'UNAUTHENTICATED', reason: 'EXPIRED' },
});
const wrongPassword = { message: 'no', extensions: { code: 'UNAUTHENTICATED' } };
const ofSubgraph = { message: 'sold out', extensions: { code: 'OUT_OF_STOCK' } };

/** The two forms of an operation: parsed by a GraphQL client, and as text in `fetch`. */
const KNOWN = [
  { by: 'its document', operationIn: (query: string) => operationOf(parse(query)) },
  { by: 'its text', operationIn: (query: string) => operationOfBody(JSON.stringify({ query })) },
];

describe.each(KNOWN)('an operation in the form of $by is repeated with a new token', ({ operationIn }) => {
  const repeats = (document: string, errors?: readonly object[], unauthorized = false) =>
    mayRepeat({ operation: operationIn(document), errors: errors as never, unauthorized });

  it.each<[string, string, readonly object[] | undefined, boolean]>([
    ['a query whose token was refused', '{ a }', [expired('a')], true],
    ['a query that was refused deep in its answer', '{ a { b } }', [expired('a', 'b')], true],
    ['a query with a refused token among several errors', '{ a b }', [ofSubgraph, expired('b')], true],
    ['a mutation whose only field was refused', 'mutation { a }', [expired('a')], true],
    ['a mutation that was refused as a whole', 'mutation { a }', [expired()], true],
    ['an operation beside fragments', 'fragment F on A { a } { ...F }', [expired('a')], true],
    ['a mutation beside fragments', 'fragment F on A { b } mutation { a { ...F } }', [expired('a')], true],
    [
      'a mutation of one field with every part that a field can have',
      'mutation M($a: [Int!] = [1, 2] @d, $b: I = { c: 1 }) @d(x: "}") { a: b(c: { d: [1] }, e: "{ \\"f") @g(h: 1) { i j: k } }',
      [expired('a')],
      true,
    ],
    ['a mutation with a comment and a block text', 'mutation { # b\n a(x: """{ \\""" c """) }', [expired('a')], true],
    ['not a mutation of two fields behind commas', 'mutation{a(x:1),b}', [expired('a')], false],
    ['not a mutation of two aliases of one field', 'mutation { a: x b: x }', [expired('a')], false],
    ['not a mutation of one field and a directive', 'mutation { a @include(if: true) b }', [expired('a')], false],
    ['not one whose password was refused', '{ a }', [wrongPassword], false],
    ['not one that a subgraph failed', '{ a }', [ofSubgraph], false],
    ['not one that was answered', '{ a }', undefined, false],
    ['not one that was answered with an empty list of errors', '{ a }', [], false],
    ['not a mutation that was refused below its field', 'mutation { a { b } }', [expired('a', 'b')], false],
    ['not a mutation with a refusal below its field', 'mutation { a { b } }', [expired('a'), expired('a', 'b')], false],
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
    ['without errors', undefined, true],
    ['with an empty list of errors', [], true],
    ['with errors of a subgraph', [ofSubgraph], false],
    ['of a wrong password', [wrongPassword], false],
  ])('a 401 %s: %j', (_which, errors, expected) => {
    expect(repeats('mutation { a b }', errors, true)).toBe(expected);
  });
});

describe('a request with an unclear text is not repeated', () => {
  it.each([
    ['no JSON', 'query { a }'],
    ['no object', 'null'],
    ['no query', '{}'],
    ['a query that is not text', '{"query":{}}'],
    ['an empty query', '{"query":""}'],
    ['a fragment alone', '{"query":"fragment F on A { a }"}'],
    ['two operations', '{"query":"query A { a } mutation B { b }"}'],
    ['a batch', '[{"query":"{ a }"}]'],
  ])('%s', (_what, body) => {
    expect(mayRepeat({ operation: operationOfBody(body), errors: [expired('a')], unauthorized: true })).toBe(false);
  });
});
