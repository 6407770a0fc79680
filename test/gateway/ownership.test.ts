import { expect, it } from '@jest/globals';
import { buildASTSchema, type GraphQLObjectType, parse } from 'graphql';
import { readOwnership } from '../../src/gateway/composition/ownership.ts';

const schema = buildASTSchema(
  parse(`
    enum join__Graph { ONE @join__graph(name: "one", url: "http://one") TWO_ @join__graph(name: "two-", url: "http://two") THREE @join__graph(name: "three") NONE }
    type Query { a: Int }
    type Box @join__type(graph: ONE, key: "id") @join__type(graph: ONE, key: "code") @join__type(graph: TWO_, key: "id") {
      id: ID! code: Int @join__field(graph: ONE)
      both: Int @join__field(graph: ONE, requires: "code") @join__field(graph: TWO_)
      moved: Int @join__field(graph: ONE, usedOverridden: true) @join__field(graph: TWO_, override: "one")
      known: Int @join__field(graph: ONE, external: true) @join__field(graph: TWO_)
      typed: Int @join__field(type: "Int")
      lost: Int @join__field(graph: NONE)
      open: Int @join__field(graph: TWO_, external: false, usedOverridden: false)
    }
    interface Sized @join__type(graph: ONE) @join__type(graph: TWO_, isInterfaceObject: true) { size: Int @join__field(graph: TWO_) width: Int }
    union Any @join__type(graph: ONE) = Box
    type Old { a: Int @join__field(graph: ONE) b: Int }
  `),
  { assumeValidSDL: true },
);
const { of, knows, subgraphs } = readOwnership(schema);
const type = (name: string) => schema.getType(name) as GraphQLObjectType;

it('subgraphs have the names and addresses of the supergraph', () =>
  expect([...subgraphs]).toEqual([
    ['one', 'http://one'],
    ['two-', 'http://two'],
    ['three', ''],
  ]));

it.each<[coordinate: string, owners: string[]]>([
  ['Box.id', ['one', 'two-']],
  ['Box.code', ['one']],
  ['Box.both', ['one', 'two-']],
  ['Box.moved', ['two-']],
  ['Box.known', ['two-']],
  ['Box.typed', ['one', 'two-']],
  ['Box.lost', []],
  ['Box.open', ['two-']],
  ['Box.__typename', ['one', 'two-']],
  ['Sized.size', ['two-']],
  ['Sized.width', ['one', 'two-']],
  ['Old.a', ['one']],
  ['Old.b', []],
  ['Any.__typename', ['one']],
])('%s is served by the subgraphs that declare it, or by all that have its type', (coordinate, owners) => {
  const [name = '', field = ''] = coordinate.split('.');
  expect(of(type(name), field)).toEqual(owners);
});

it.each<[subgraph: string, name: string, how: string]>([
  ['one', 'Box', 'itself'],
  ['three', 'Box', 'no'],
  ['one', 'Sized', 'itself'],
  ['two-', 'Sized', 'interface object'],
  ['two-', 'Any', 'no'],
  ['three', 'Old', 'itself'],
])('%s knows %s: %s', (subgraph, name, how) => expect(knows(subgraph, type(name))).toBe(how));
