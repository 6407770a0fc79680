import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectClosed } from '../support/error_table.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { describeOnRoutes } from '../support/both_routes.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';

let gatehouse: Instance;
let shop: Subgraph;
let gateway: Instance;
beforeAll(async () => {
  shop = await startSubgraph('shop', 'type Query { open: String }', { Query: { open: () => 'open' } });
  gatehouse = await startInstance();
  gateway = await gatehouse.replica({ SUBGRAPHS: subgraphsOf(shop) });
});
afterAll(async () => {
  await gateway.stop();
  await gatehouse.close();
  await shop.stop();
});
const place = { get: () => gatehouse, set: (instance: Instance) => (gatehouse = instance) };

const nested = (count: number, inside: string) => `${`${inside} { `.repeat(count)}name${' }'.repeat(count)}`;

/** Documents of a few hundred bytes whose responses would repeatedly list every type for every field of every type. */
const BOMBS: [string, string][] = [
  ['fields of the types of fields', `{ __schema { types { ${nested(4, 'fields { type')}${' }'.repeat(4)} } } }`],
  ['the types that a type may be', `{ __schema { types { ${nested(9, 'possibleTypes')} } } }`],
  ['the interfaces of interfaces', `{ __type(name: "User") { ${nested(9, 'interfaces')} } }`],
  [
    'by way of fragments',
    '{ __schema { types { ...A } } } fragment A on __Type { fields { type { ...B } } } ' +
      'fragment B on __Type { fields { type { ...C } } } fragment C on __Type { fields { type { fields { name } } } }',
  ],
  [
    'by way of inline fragments',
    `{ ... { __schema { types { ${'... on __Type { fields { type { '.repeat(3)}fields { name }${' } } }'.repeat(3)} } } } }`,
  ],
];

describe.each<[string, () => Instance]>([
  ['our own graph', () => gatehouse],
  ['a composed graph', () => gateway],
])('a request for the whole of %s, repeatedly', (_where, server) => {
  it.each(BOMBS)('is refused: %s', async (_name, query) => {
    const { status, data, errors, refusal } = await server().client.ask(query);
    expectClosed(errors);
    expect({ status, data, refusal }).toEqual({
      status: 400,
      data: undefined,
      refusal: 'GRAPHQL_VALIDATION_FAILED',
    });
  });
});

describe('introspection that is off', () => {
  const WAYS = [
    '{ ... { __schema { types { name } } } }',
    '{ ... on Query { __type(name: "User") { name } } }',
    '{ ...F } fragment F on Query { __schema { types { name } } }',
    '{ ...F } fragment F on Query { ... { ... on Query { a: __type(name: "User") { name } } } }',
    'query A { __typename } query B { __schema { types { name } } }',
    'query ($no: Boolean = false) { __schema @include(if: $no) { types { name } } }',
    'mutation M { ... { __typename } } query A { ...F } fragment F on Query { __schema { __typename } }',
  ];
  let off: Instance;
  beforeAll(async () => {
    off = await gateway.replica({ INTROSPECTION: 'off' });
  });
  afterAll(() => off.stop());

  it.each(WAYS)('is off on every path: %s', async (query) => {
    for (const operationName of ['A', 'B', undefined]) {
      const response = await fetch(`${off.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, operationName }),
      });
      const { data, errors } = (await response.json()) as { data?: unknown; errors: { message: string }[] };
      expect([response.status, data]).toEqual([400, undefined]);
      expect(errors.map(({ message }) => message).join()).not.toMatch(/AdminDashboard|ProtectedData/);
    }
  });
});

describeOnRoutes('a document', place, () => {
  it('is as small without its comments', async () => {
    const { status, data } = await gatehouse.client.ask(`${'#\n'.repeat(29_000)}{ __typename }`);
    expect({ status, data }).toEqual({ status: 200, data: { __typename: 'Query' } });
  });

  it.each([
    ['lists', `{ user(username: ${'['.repeat(950)}${']'.repeat(950)}) { id } }`],
    ['objects', `{ user(username: ${'{a:'.repeat(600)}1${'}'.repeat(600)}) { id } }`],
    ['types of lists', `query ($v: ${'['.repeat(950)}Int${']'.repeat(950)}) { __typename }`],
    ['inline fragments', `{ ${'... { '.repeat(600)}__typename${' }'.repeat(600)} }`],
  ])('a thousand levels deep is refused for its depth: %s', async (_name, query) => {
    const { status, errors, refusal } = await gatehouse.client.ask(query);
    expectClosed(errors);
    expect([status, refusal]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  });

  it.each([
    ['that are unknown', `{ __typename ${'@a '.repeat(900)} }`],
    ['that may stand there once', `{ __typename ${'@skip(if: false) '.repeat(300)} }`],
    ['of which each has another name', `{ __typename ${Array.from({ length: 900 }, (_, n) => `@a${n}`).join(' ')} }`],
  ])('with hundreds of directives %s is refused in few words', async (_name, query) => {
    const response = await fetch(`${gatehouse.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(response.status).toBe(400);
    expect((await response.text()).length).toBeLessThan(10_000);
  });
});
