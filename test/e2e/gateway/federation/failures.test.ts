import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BothPlanners, PLANNERS, startBothPlanners } from '../../../support/both_planners.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../../../support/subgraphs.ts';
import { faults } from './deviations.ts';
import { by } from './families/family.ts';
import { isPart } from './is_part.ts';

const ITEMS = [
  { __typename: 'Item', id: '1', name: 'one', note: 'n1', need: 'x1', tags: ['a', 'b'], deep: { must: 1, may: 'm' } },
  { __typename: 'Item', id: '2', name: 'two', note: 'n2', need: 'x2', tags: null, deep: null },
];
const BASE = `
  type Query { item: Item items: [Item!] strict: Item! any: Any count: Int level: Level nested: [[Item]] }
  type Item @key(fields: "id") { id: ID! name: String }
  type Other { id: ID! }
  union Any = Item | Other
  enum Level { LOW HIGH }
`;
const MORE = `
  type Query { safe: String }
  type Item @key(fields: "id") { id: ID! note: String need: String! tags: [String!] deep: Deep }
  type Deep { must: Int! may: String }
`;

let base: Subgraph;
let more: Subgraph;
let gatehouses: BothPlanners;
beforeAll(async () => {
  const root = {
    item: ITEMS[0],
    items: ITEMS,
    strict: ITEMS[1],
    any: ITEMS[0],
    count: 3,
    level: 'LOW',
    nested: [ITEMS],
  };
  base = await startSubgraph('base', BASE, {
    Query: Object.fromEntries(Object.entries(root).map(([name, value]) => [name, () => value])),
  });
  more = await startSubgraph('more', MORE, {
    Query: { safe: () => 'safe' },
    Item: { __resolveReference: by(ITEMS, 'id') },
  });
  gatehouses = await startBothPlanners({ SUBGRAPHS: subgraphsOf(base, more) });
});
afterAll(async () => {
  await gatehouses.close();
  await Promise.all([base.stop(), more.stop()]);
});
afterEach(() => {
  base.answer(null);
  more.answer(null);
  // No response may change the prototype of objects.
  expect(({} as any).polluted).toBeUndefined();
});

const says = (body: unknown, status = 200) => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe.each(PLANNERS)('a subgraph that fails, under the %s planner', (planner) => {
  const ask = async (query: string) => {
    const { data, errors, status } = await gatehouses[planner].client.ask(query);
    return { data, errors: errors?.map(({ message, path, extensions: { code } }) => [code, message, path]), status };
  };
  /** Expects the correct response, or null and an error if the deviation is listed. */
  const expectAnswer = (fault: string, answer: Awaited<ReturnType<typeof ask>>, data: object, errors?: unknown[]) => {
    const wanted = { data, errors, status: 200 };
    const deviation = faults.find(({ planner: one, names }) => one === planner && names.includes(fault));
    if (!deviation) {
      expect(answer).toEqual(wanted);
      return;
    }
    expect(answer).not.toEqual(wanted);
    expect(answer.errors !== undefined).toBe(deviation.answers === 'error');
    expect(isPart(answer.data, data)).toBe(deviation.answers !== 'value');
  };
  const failed = (name: string, ...path: (string | number)[]) => ['SUBREQUEST_FAILED', `Subgraph ${name} failed`, path];

  /** A response that is not GraphQL is ignored as a whole. */
  it.each<[string, string]>([
    ['HTML', '<html>Bad gateway</html>'],
    ['an empty body', ''],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[{"data":{"item":{"id":"1"}}}]'],
    ['nothing in it', '{}'],
    ['null data and no error', '{"data":null}'],
    ['a list as data', '{"data":[{"item":{"id":"1","name":"one"}}]}'],
    ['a text as data', '{"data":"item"}'],
    ['a text as errors', '{"data":{"item":{"id":"1","name":"one"}},"errors":"none"}'],
    ['texts as errors', '{"data":{"item":{"id":"1","name":"one"}},"errors":["none"]}'],
    ['a prototype', '{"data":{"item":{"id":"1","name":"one","__proto__":{"polluted":true}}}}'],
    ['half an answer', '{"data":{"item":{"id":"1"'],
  ])('has only its fields null after a response of %s', async (_, body) => {
    for (const status of [200, 500]) {
      base.answer(async () => says(body, status));
      const { data, errors } = await ask('{ item { name } safe }');
      expect(data).toEqual({ item: null, safe: 'safe' });
      expect(errors).toEqual([failed('base', 'item')]);
    }
  });

  /** A GraphQL response that breaks its own schema: the wrong value is null with an error. */
  it.each<[string, string, unknown, unknown, (string | number)[]]>([
    ['a text for an object', '{ item { name } safe }', { item: 'text' }, { item: null }, ['item']],
    ['a list for an object', '{ item { name } safe }', { item: [{ name: 'a' }] }, { item: null }, ['item']],
    ['an object for a list', '{ items { name } safe }', { items: { name: 'a' } }, { items: null }, ['items']],
    [
      'an object for a text',
      '{ item { name } safe }',
      { item: { name: { a: 1 } } },
      { item: { name: null } },
      ['item', 'name'],
    ],
    [
      'a list for a text',
      '{ item { name } safe }',
      { item: { name: ['a'] } },
      { item: { name: null } },
      ['item', 'name'],
    ],
    ['a fraction for an integer', '{ count safe }', { count: 1.5 }, { count: null }, ['count']],
    ['a large number for an integer', '{ count safe }', { count: 5e10 }, { count: null }, ['count']],
    ['a text for an integer', '{ count safe }', { count: 'many' }, { count: null }, ['count']],
    ['a value of no enum', '{ level safe }', { level: 'TOP' }, { level: null }, ['level']],
    [
      'a type that nobody knows',
      '{ any { ... on Item { name } } safe }',
      { any: { __typename: 'Hole' } },
      { any: null },
      ['any'],
    ],
    [
      'a type that it may not be',
      '{ any { ... on Item { name } } safe }',
      { any: { __typename: 'User' } },
      { any: null },
      ['any'],
    ],
    ['null in a list that has none', '{ items { name } safe }', { items: [null] }, { items: null }, ['items', 0]],
  ])('has the wrong value null with an error: %s', async (fault, query, answer, wanted, path) => {
    base.answer(async () => says({ data: answer }));
    expectAnswer(fault, await ask(query), { ...(wanted as object), safe: 'safe' }, [failed('base', ...path)]);
  });

  it('cannot add data that was not requested', async () => {
    base.answer(async () =>
      says({ data: { item: { id: '1', name: 'one', secret: 's', constructor: { polluted: 1 } }, extra: 1 } }),
    );
    expect(await ask('{ item { name } safe }')).toEqual({
      data: { item: { name: 'one' }, safe: 'safe' },
      errors: undefined,
      status: 200,
    });
  });

  it('has fields null that it leaves out', async () => {
    base.answer(async () => says({ data: { item: {} } }));
    expect((await ask('{ item { name } safe }')).data).toEqual({ item: { name: null }, safe: 'safe' });
    base.answer(async () => says({ data: {} }));
    expect((await ask('{ item { name } safe }')).data).toEqual({ item: null, safe: 'safe' });
    // The value is not the function that every object inherits.
    expect((await ask('{ toString: item { constructor: name } safe }')).data).toEqual({ toString: null, safe: 'safe' });
  });

  it('makes the response null if a non-null root field fails', async () => {
    base.answer(async () => says({ data: null, errors: [{ message: 'inner words', path: ['strict'] }] }));
    expect(await ask('{ strict { name } safe }')).toEqual({
      data: null,
      errors: [failed('base', 'strict')],
      status: 200,
    });
  });

  it('makes the response null if a field below a non-null root field fails', async () => {
    base.answer(async () => says({ data: null, errors: [{ message: 'inner words', path: ['strict', 'name'] }] }));
    const { data, errors } = await ask('{ strict { name } safe }');
    expect([data, errors]).toEqual([null, [failed('base', 'strict', 'name')]]);
  });

  it("is reported beside a fault in another subgraph's data", async () => {
    base.answer(async () =>
      says({
        data: { item: { __typename: 'Item', id: '1' }, count: null },
        errors: [{ message: 'inner words', path: ['count'] }],
      }),
    );
    more.answer(async () => says({ data: { _entities: [{ __typename: 'Item', deep: { must: null } }] } }));
    const both = [failed('base', 'count'), failed('more', 'item', 'deep', 'must')];
    const answer = await ask('{ item { deep { must } } count }');
    expectAnswer('null where none may be', answer, { item: { deep: null }, count: null }, both);
  });

  it('is reported once for a list of non-null fields', async () => {
    more.answer(async () => 'break');
    const answer = await ask('{ nested { need } }');
    expectAnswer('a broken connection', answer, { nested: [[null, null]] }, [failed('more', 'nested', 0, 0)]);
  });

  it('is reported at the path of its error, at the root, in objects and in lists', async () => {
    const answer = (data: unknown, ...paths: unknown[]) =>
      base.answer(async () => says({ data, errors: paths.map((path) => ({ message: 'inner words', path })) }));
    answer({ item: { name: null }, count: 3 }, ['item', 'name']);
    expect(await ask('{ item { name } count }')).toMatchObject({
      data: { item: { name: null }, count: 3 },
      errors: [failed('base', 'item', 'name')],
    });
    answer({ items: [{ name: 'one' }, { name: null }] }, ['items', 1, 'name']);
    expect(await ask('{ items { name } }')).toMatchObject({
      data: { items: [{ name: 'one' }, { name: null }] },
      errors: [failed('base', 'items', 1, 'name')],
    });
  });

  it("is reported under the client's alias", async () => {
    base.answer(async ({ query }) => {
      const [, key] = /(\w+): name/.exec(query) ?? [undefined, 'name'];
      const [, item] = /(\w+): item/.exec(query) ?? [undefined, 'item'];
      return says({ data: { [item]: { [key]: null } }, errors: [{ message: 'inner words', path: [item, key] }] });
    });
    expect(await ask('{ a: item { constructor: name } }')).toMatchObject({
      data: { a: { constructor: null } },
      errors: [failed('base', 'a', 'constructor')],
    });
  });

  it('is reported at its entities, in lists and in lists of lists', async () => {
    more.answer(async ({ variables }) => {
      const { representations } = variables as { representations: { id: string }[] };
      const at = representations.findIndex(({ id }) => id === '2');
      return says({
        data: { _entities: representations.map(({ id }) => ({ __typename: 'Item', note: id === '2' ? null : 'n1' })) },
        errors: [{ message: 'inner words', path: ['_entities', at, 'note'] }],
      });
    });
    const [one, two] = [{ note: 'n1' }, { note: null }];
    const fault = 'errors in entities';
    expectAnswer(fault, await ask('{ items { note } }'), { items: [one, two] }, [failed('more', 'items', 1, 'note')]);
    const nested = await ask('{ nested { note } }');
    expectAnswer(fault, nested, { nested: [[one, two]] }, [failed('more', 'nested', 0, 1, 'note')]);
  });

  it('has fields null for an entity that it does not find', async () => {
    more.answer(async () => says({ data: { _entities: [null, { __typename: 'Item', note: 'n2' }] } }));
    expect(await ask('{ items { name note } }')).toMatchObject({
      data: {
        items: [
          { name: 'one', note: null },
          { name: 'two', note: 'n2' },
        ],
      },
      errors: undefined,
    });
  });

  it('makes the parent null for a non-null field of an entity that it does not find', async () => {
    more.answer(async () => says({ data: { _entities: [null, { __typename: 'Item', need: 'x2' }] } }));
    const { data, errors } = await ask('{ items { name need } safeToo: count }');
    expect(data).toEqual({ items: null, safeToo: 3 });
    expect(errors).toHaveLength(1);
  });

  /** A list of another length would give one entity the data of another. */
  it.each<[string, unknown]>([
    ['fewer entities', [{ __typename: 'Item', note: 'n2' }]],
    ['more entities', ['n0', 'n1', 'n2'].map((note) => ({ __typename: 'Item', note }))],
    ['texts for entities', ['n1', 'n2']],
    ['lists for entities', [[], []]],
    ['an object for the entities', { note: 'n1' }],
    ['nothing for the entities', undefined],
  ])('has its fields null for a wrong list of entities: %s', async (_, entities) => {
    more.answer(async () => says({ data: { _entities: entities } }));
    const { data, errors } = await ask('{ items { name note } count }');
    expect(data).toEqual({
      items: [
        { name: 'one', note: null },
        { name: 'two', note: null },
      ],
      count: 3,
    });
    expect(errors?.[0]?.slice(0, 2)).toEqual(['SUBREQUEST_FAILED', 'Subgraph more failed']);
  });

  it.each<[string, string]>([
    ['HTML', '<html>'],
    ['a prototype', '{"data":{"_entities":[{"__proto__":{"polluted":true},"note":"n1"},{"note":"n2"}]}}'],
    [
      'a prototype in other letters',
      '{"data":{"_entities":[{"\\u005f_proto__":{"polluted":true},"note":"n1"},{"note":"n2"}]}}',
    ],
  ])('cannot reach the prototype through entities: %s', async (_, body) => {
    more.answer(async () => says(body));
    const { data } = await ask('{ items { name note } count }');
    const [first, second] = data.items;
    expect([first.name, second.name, data.count]).toEqual(['one', 'two', 3]);
    expect([null, 'n1']).toContain(first.note);
  });

  it('has its fields null if the connection breaks', async () => {
    more.answer(async () => 'break');
    const items = [
      { name: 'one', note: null },
      { name: 'two', note: null },
    ];
    const answer = await ask('{ items { name note } count }');
    expectAnswer('a broken connection', answer, { items, count: 3 }, [failed('more', 'items', 0)]);
  });
});

describe('a subgraph with many errors', () => {
  /** Requests one item per id; each has an error in the other subgraph. */
  async function askAbout(ids: readonly string[]) {
    base.answer(async () => says({ data: { items: ids.map((id) => ({ __typename: 'Item', id, name: id })) } }));
    more.answer(async ({ variables }) => {
      const asked: unknown[] = variables['representations'];
      return says({
        data: { _entities: asked.map(() => ({ __typename: 'Item', note: null })) },
        errors: asked.map((_, at) => ({ message: 'inner words', path: ['_entities', at, 'note'] })),
      });
    });
    return gatehouses.native.client.ask('{ items { name note } }');
  }
  const firsts = Array.from({ length: 100 }, (_, at) => ['items', at, 'note']);

  it.each<[string, (at: number) => string]>([
    ['one for each of its entities', (at) => `i${at}`],
    ['one for an entity that stands in many places', () => 'i'],
  ])('has an error for the first hundred: %s', async (_what, idOf) => {
    const ids = Array.from({ length: 5000 }, (_, at) => idOf(at));
    const { data, errors } = await askAbout(ids);
    expect(data.items).toEqual(ids.map((name) => ({ name, note: null })));
    expect(errors!.map(({ path }) => path)).toEqual(firsts);
  });
});
