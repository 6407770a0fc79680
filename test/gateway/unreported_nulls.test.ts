import { expect, it } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { unreportedNulls } from '../../src/gateway/execution/unreported_nulls.ts';

type Path = (string | number)[];
const faults = (paths: Path[], isMissing = false) => paths.map((path) => ({ path, isMissing }));
const errors = (paths: (Path | null)[]) => paths.map((path) => new GraphQLError('wrong', { path }));

it.each<[string, (Path | null)[], Path[], Path[]]>([
  ['no told error', [], [['a', 'b']], [['a', 'b']]],
  ['one at its place', [['a', 'b']], [['a', 'b'], ['b']], [['b']]],
  ['one above it', [['a']], [['a', 'b', 'c'], ['b']], [['b']]],
  ['one below it', [['a', 'b', 'c']], [['a'], ['b', 'c', 'd', 'e']], [['b', 'c', 'd', 'e']]],
  ['one beside it', [['a', 'b']], [['a', 'c'], ['ab']], [['a', 'c'], ['ab']]],
  [
    'one at another place of its list',
    [['a', 0, 'b']],
    [
      ['a', 7, 'b', 'c'],
      ['a', 7, 'd'],
    ],
    [['a', 7, 'd']],
  ],
  ['one of the whole', [null], [['a', 'b']], []],
])('reports a fault beside %s only if the error does not explain it', (_which, told, found, left) => {
  expect(unreportedNulls(faults(found), errors(told)).map(({ path }) => path)).toEqual(left);
});

it.each<[string, Path, Path[]]>([
  ['what beside it took its parent along', ['a', 'c'], []],
  ['what has nothing to do with it', ['b', 'c'], [['a', 'b']]],
])('reports a missing value beside an error only if the error does not explain it: %s', (_which, told, left) => {
  expect(unreportedNulls(faults([['a', 'b']], true), errors([told])).map(({ path }) => path)).toEqual(left);
});

it("cuts long paths of a subgraph's errors", () => {
  const long = Array.from({ length: 1_000_000 }, () => 'a');
  expect(unreportedNulls(faults([['b', 'c']]), errors([long]))).toHaveLength(1);
});
