import { describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildASTSchema, parse } from 'graphql';
import { cutAnswers } from '../../src/gateway/execution/cut_answer.ts';
import type { RequestScope, ExecuteFetch, FetchResult } from '../../src/gateway/execution/executor.ts';
import type { Log } from '../../src/kernel/log.ts';
import { LINK } from '../support/subgraphs.ts';

const SUBGRAPHS = {
  shop: `
    type Query { item: Item items: [Item!] grid: [[Item]] any: Any named: Named count: Int level: Level blob: Blob }
    type Mutation { rename: Item }
    type Item implements Named @key(fields: "id") { id: ID! name: String owner: Owner must: Int! tags: [String!] }
    type Tool implements Named @key(fields: "id") { id: ID! name: String size(unit: String): Int }
    type Owner @key(fields: "org { id } name") { org: Org! name: String! mail: String }
    type Org { id: ID! }
    interface Named { name: String }
    union Any = Item | Tool
    enum Level { LOW HIGH }
    scalar Blob
  `,
  other: 'type Query { stray: Stray } type Stray implements Named { name: String } interface Named { name: String }',
};
const { supergraphSdl } = composeServices(
  Object.entries(SUBGRAPHS).map(([name, text]) => ({ name, url: '', typeDefs: parse(LINK + text) })),
) as { supergraphSdl: string };
const schema = buildASTSchema(parse(supergraphSdl), { assumeValidSDL: true });

const log = { warn: () => {} } as unknown as Log;

/** Returns the data of a subgraph's response after the cut, and the paths of its errors. */
async function cut(query: string, answer: FetchResult | FetchResult['data'], variables = {}) {
  const result = answer && ('data' in answer || 'errors' in answer) ? (answer as FetchResult) : { data: answer };
  const fetch: ExecuteFetch = async () => structuredClone(result) as FetchResult;
  const context = { context: { origin: {} } } as RequestScope;
  const document = parse(query);
  const { data, errors } = await cutAnswers(schema, fetch, log)('shop', '', { document, variables, context });
  return [data, errors?.map(({ path }) => path)];
}
const ENTITIES = 'query ($r: [_Any!]!) { _entities(representations: $r)';

describe('a response is reduced to the requested fields', () => {
  it.each<[string, string, object, object]>([
    ['fields', '{ count }', { count: 1, level: 'LOW', me: { role: 'admin' }, __typename: 'Query' }, { count: 1 }],
    ['fields of objects', '{ item { name } }', { item: { name: 'a', id: '1' } }, { item: { name: 'a' } }],
    [
      'fields in lists of lists',
      '{ grid { id } }',
      { grid: [[{ id: '1', x: 1 }, null]] },
      { grid: [[{ id: '1' }, null]] },
    ],
    ['aliases', '{ a: item { b: name } }', { a: { b: 'x', name: 'y' }, item: { name: 'z' } }, { a: { b: 'x' } }],
    ['types', '{ item { name } }', { item: { __typename: 'Item', name: 'a' } }, { item: { name: 'a' } }],
    ['a mutation', 'mutation { rename { id } }', { rename: { id: '1', name: 'x' }, login: 1 }, { rename: { id: '1' } }],
    [
      'fragments of the other type',
      '{ any { __typename ... on Item { name } ... on Tool { id size } } }',
      { any: { __typename: 'Tool', id: '1', size: 2, name: 'x' } },
      { any: { __typename: 'Tool', id: '1', size: 2 } },
    ],
    [
      'fragments over an interface, named ones too',
      '{ any { __typename ...N } } fragment N on Named { name ... on Item { id } }',
      { any: { __typename: 'Tool', id: '1', name: 'a' } },
      { any: { __typename: 'Tool', name: 'a' } },
    ],
    [
      'several selections of one field',
      '{ item { owner { name } ... on Item { owner { mail } } ... on Named { name } } }',
      { item: { owner: { name: 'a', mail: 'm', org: { id: '1' } }, name: 'n', id: '1' } },
      { item: { owner: { name: 'a', mail: 'm' }, name: 'n' } },
    ],
    ['all but scalars of JSON', '{ blob }', { blob: { a: [{ b: null }] }, x: 1 }, { blob: { a: [{ b: null }] } }],
    [
      'names that objects inherit',
      '{ count }',
      JSON.parse('{"count":1,"__proto__":{"a":1},"constructor":1}'),
      { count: 1 },
    ],
  ])('without other %s', async (_what, query, answer, wanted) => {
    const [data, errors] = await cut(query, answer);
    expect(JSON.stringify(data)).toBe(JSON.stringify(wanted));
    expect(errors).toBeUndefined();
  });

  it.each<[string, object, object]>([
    ['left out', { on: false }, { count: 1 }],
    ['put in', { on: true }, { count: 1, level: 'LOW' }],
    ['put in by its default', {}, { count: 1, level: 'LOW' }],
  ])('with fields that a variable has %s', async (_what, variables, wanted) => {
    const query = 'query ($on: Boolean = true) { count level @include(if: $on) }';
    expect(await cut(query, { count: 1, level: 'LOW' }, variables)).toEqual([wanted, undefined]);
  });
});

describe('a value that does not match the schema becomes null with an error at its position', () => {
  const item = { id: '1', name: 'a' };
  it.each<[string, string, object, object, unknown[]]>([
    ['an object for a scalar', '{ count }', { count: { a: 1 } }, { count: null }, ['count']],
    ['a text for a number', '{ count }', { count: 'many' }, { count: null }, ['count']],
    ['a text that is no value of its enum', '{ level }', { level: 'TOP' }, { level: null }, ['level']],
    ['a fraction for an ID', '{ item { id } }', { item: { id: 1.5 } }, { item: { id: null } }, ['item', 'id']],
    ['a number in a list of lists', '{ grid { id } }', { grid: [[7]] }, { grid: [[null]] }, ['grid', 0, 0]],
    [
      'an object in a list of texts',
      '{ item { tags } }',
      { item: { tags: ['a', {}] } },
      { item: { tags: ['a', null] } },
      ['item', 'tags', 1],
    ],
    ['an object for an enum', '{ level }', { level: {} }, { level: null }, ['level']],
    ['a list for a scalar', '{ item { name } }', { item: { name: ['a'] } }, { item: { name: null } }, ['item', 'name']],
    ['a scalar for an object', '{ item { name } }', { item: 'a' }, { item: null }, ['item']],
    ['a list for an object', '{ item { name } }', { item: [item] }, { item: null }, ['item']],
    ['an object for a list', '{ items { name } }', { items: item }, { items: null }, ['items']],
    ['a list that is not deep enough', '{ grid { name } }', { grid: [item] }, { grid: [null] }, ['grid', 0]],
    [
      'null where none may be',
      '{ item { must } }',
      { item: { must: null } },
      { item: { must: null } },
      ['item', 'must'],
    ],
    ['null in a list that has none', '{ items { id } }', { items: [null] }, { items: [null] }, ['items', 0]],
    ['another type', '{ item { __typename } }', { item: { __typename: 'Tool' } }, { item: null }, ['item']],
    [
      'a type that is not of the union',
      '{ any { __typename } }',
      { any: { __typename: 'Owner' } },
      { any: null },
      ['any'],
    ],
    [
      'a type that is an interface',
      '{ named { __typename } }',
      { named: { __typename: 'Named' } },
      { named: null },
      ['named'],
    ],
    [
      'a type that only another subgraph has',
      '{ named { __typename } }',
      { named: { __typename: 'Stray' } },
      { named: null },
      ['named'],
    ],
    ['no text for a type', '{ any { __typename } }', { any: { __typename: 1 } }, { any: null }, ['any']],
    [
      'a field that is left out',
      '{ item { name id } }',
      { item: { id: '1' } },
      { item: { id: '1', name: null } },
      ['item', 'name'],
    ],
  ])('%s', async (_what, query, answer, wanted, path) => {
    expect(await cut(query, answer)).toEqual([wanted, [path]]);
  });

  it('has one error if the subgraph reported it', async () => {
    const errors = [{ message: 'no', path: ['item', 'must'] }];
    const answer = { data: { item: { must: null } }, errors } as unknown as FetchResult;
    expect(await cut('{ item { must } }', answer)).toEqual([answer.data, [['item', 'must']]]);
  });

  it('has the whole response null for very many faults', async () => {
    const items = Array.from({ length: 101 }, () => ({ name: {} }));
    expect(await cut('{ items { name } count }', { items, count: 1 })).toEqual([null, [['items'], ['count']]]);
  });

  it('may be missing in a fragment on an interface that the subgraph may not know', async () => {
    const query = '{ item { id ... on Named { name } } }';
    expect(await cut(query, { item: { id: '1' } })).toEqual([{ item: { id: '1' } }, undefined]);
  });
});

describe('an entity that was looked up', () => {
  const r = [
    { __typename: 'Item', id: '1' },
    { __typename: 'Tool', id: '2' },
  ];

  it('keeps its key and its type', async () => {
    const query = `${ENTITIES} { __typename ... on Item { id name } ... on Tool { id size } } }`;
    const answers = [
      { __typename: 'Item', id: '9', name: 'a', must: 1 },
      { __typename: 'Tool', id: '8', size: 3, name: 'b' },
    ];
    expect(await cut(query, { _entities: answers }, { r })).toEqual([
      {
        _entities: [
          { __typename: 'Item', id: '1', name: 'a' },
          { __typename: 'Tool', id: '2', size: 3 },
        ],
      },
      undefined,
    ]);
  });

  it('is not replaced by one of another type', async () => {
    const query = `${ENTITIES} { __typename ... on Item { name } ... on Tool { name } } }`;
    const answers = [
      { __typename: 'Tool', name: 'b' },
      { __typename: 'Item', name: 'a' },
    ];
    expect(await cut(query, { _entities: answers }, { r })).toEqual([
      { _entities: [null, null] },
      [
        ['_entities', 0],
        ['_entities', 1],
      ],
    ]);
  });

  it('has the requested type without a `__typename`', async () => {
    const query = `${ENTITIES} { ... on Item { name } ... on Tool { size } } }`;
    const both = { name: 'a', size: 1, __typename: 'Owner' };
    expect(await cut(query, { _entities: [{ ...both }, { ...both }] }, { r })).toEqual([
      { _entities: [{ name: 'a' }, { size: 1 }] },
      undefined,
    ]);
  });

  it('keeps a key inside an object', async () => {
    const query = `${ENTITIES} { ... on Owner { org { id } name mail } } }`;
    const owner = { org: { id: '9', x: 1 }, name: 'other', mail: 'm' };
    const variables = { r: [{ __typename: 'Owner', org: { id: '1' }, name: 'me' }] };
    expect(await cut(query, { _entities: [owner] }, variables)).toEqual([
      { _entities: [{ org: { id: '1' }, name: 'me', mail: 'm' }] },
      undefined,
    ]);
  });

  it('has the returned value for a key that was null', async () => {
    const query = `${ENTITIES} { ... on Owner { org { id } name } } }`;
    const owner = { org: { id: '1' }, name: 'me' };
    const variables = { r: [{ __typename: 'Owner', org: null, name: 'me' }] };
    expect(await cut(query, { _entities: [owner] }, variables)).toEqual([{ _entities: [owner] }, undefined]);
  });

  it('takes no known value for an alias, or for a field with arguments', async () => {
    const query = `${ENTITIES} { ... on Item { name: id id: name } ... on Tool { size(unit: "m") id: __typename } } }`;
    const both = [
      { __typename: 'Item', id: '1', name: 'a' },
      { __typename: 'Tool', id: '2', size: 1 },
    ];
    const answers = [
      { id: 'a', name: '1' },
      { id: 'Tool', size: 7 },
    ];
    expect(await cut(query, { _entities: structuredClone(answers) }, { r: both })).toEqual([
      { _entities: answers },
      undefined,
    ]);
  });

  it('is null with its error if it was not found or has an unknown type', async () => {
    const query = `${ENTITIES} { ... on Item { name } } }`;
    const variables = { r: [r[0], { __typename: 'Nothing', id: '1' }] };
    expect(await cut(query, { _entities: [null, { name: 'a' }] }, variables)).toEqual([
      { _entities: [null, null] },
      [['_entities', 1]],
    ]);
  });

  it('is null if the response is not a list of entities', async () => {
    const query = `${ENTITIES} { ... on Item { name } } }`;
    expect(await cut(query, { _entities: { name: 'a' } }, { r })).toEqual([{ _entities: null }, undefined]);
    expect(await cut(query, { _entities: [{ name: 'a' }] }, {})).toEqual([{ _entities: null }, undefined]);
  });

  it('is reduced under each alias of a batch', async () => {
    const query = `query ($r: [_Any!]!, $q: [_Any!]!) {
      e0: _entities(representations: $r) { ... on Item { name } }
      e1: _entities(representations: $q) { ... on Tool { t: size(unit: "m") } }
    }`;
    const lie = { id: '9', name: 'a', size: 7, t: 1, __typename: 'Owner' };
    const variables = { r: r.slice(0, 1), q: r.slice(1) };
    expect(await cut(query, { e0: [{ ...lie }], e1: [{ ...lie }], _entities: [lie] }, variables)).toEqual([
      { e0: [{ name: 'a' }], e1: [{ t: 1 }] },
      undefined,
    ]);
  });
});
