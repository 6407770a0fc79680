import { describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildSchema, execute, parse } from 'graphql';
import type { Context } from '../../src/graphql/server/context.ts';
import { createGraph, type GraphServices, type Unauthorized } from '../../src/gateway/graph.ts';
import type { Subject } from '../../src/gateway/authorization/policies.ts';
import type { Log } from '../../src/kernel/log.ts';
import { LINK } from '../support/subgraphs.ts';

const SHOP = `
  type Query { open: Int hidden: Int @authenticated priced: Int @policy(policies: [["p"]]) item: Item thing(of: Int): Thing }
  interface Thing { id: ID secret: Int }
  type Item implements Thing { id: ID secret: Int @authenticated }
  type Mutation { buy: Int pay: Int! }
`;
const schema = buildSchema(SHOP, { assumeValidSDL: true });
const { supergraphSdl } = composeServices([{ name: 'shop', url: 'http://shop', typeDefs: parse(LINK + SHOP) }]);
const SOMEBODY = { sub: 'kandi', scopes: [] as readonly string[] } as Subject;
const thing = { __typename: 'Item', id: '1', secret: 2 };

/** Creates a graph over one subgraph, and records its requests and its log. */
async function start(options: { unauthorized?: Unauthorized; subject?: Subject | null; values?: object } = {}) {
  const { unauthorized = 'filter', subject = null, values = {} } = options;
  const seen = { fetched: [] as string[], subjects: 0, refused: [] as string[], logged: [] as object[] };
  const services: GraphServices = {
    own: buildSchema('type Query { open: Int }'),
    checkOwn: () => [],
    async fetch(_subgraph, _url, { document, variables }) {
      const rootValue = { open: 1, hidden: 2, priced: 3, item: thing, thing, buy: 4, pay: 5, ...values };
      const { data, errors } = await execute({ schema, document, rootValue, variableValues: variables });
      const [definition] = document.definitions;
      if (definition && 'selectionSet' in definition)
        for (const one of definition.selectionSet.selections) if ('name' in one) seen.fetched.push(one.name.value);
      return { data, ...(errors ? { errors } : {}) } as never;
    },
    callers: {
      of: () => ({
        subject: async () => ((seen.subjects += 1), subject),
        identity: async () => ({}),
        reason: () => ({ reason: 'MISSING' }),
      }),
    },
    policies: new Map([['p', () => false]]),
    unauthorized,
    planner: 'native',
    onRefused: (coordinate, layer) => void seen.refused.push(`${coordinate} ${layer}`),
    log: { info: (fields: object) => void seen.logged.push(fields), warn: () => undefined } as unknown as Log,
  };
  const graph = await createGraph(supergraphSdl!, services);
  const context = { origin: { requestId: 'r1', address: '192.0.2.1' } } as Context;
  const ask = async (text: string, variables?: Record<string, unknown>) => {
    const { data, errors } = await graph.execute({ document: parse(text), variables, context });
    return {
      data: JSON.parse(JSON.stringify(data ?? null)) as unknown,
      errors: errors?.map(({ path, message }) => (path ? path.join('.') : message)) ?? [],
    };
  };
  return { graph, context, seen, ask };
}

describe('the caller', () => {
  it('is looked up only if something depends on it', async () => {
    const { ask, seen } = await start({ subject: SOMEBODY });
    expect(await ask('{ open }')).toEqual({ data: { open: 1 }, errors: [] });
    expect(seen.subjects).toBe(0);
    expect(await ask('{ open hidden }')).toEqual({ data: { open: 1, hidden: 2 }, errors: [] });
    expect(seen.subjects).toBe(1);
  });

  it('reaches every permitted field, on every path', async () => {
    const FIELDS = [
      'Query.open',
      'Query.hidden',
      'Query.priced',
      'Query.item',
      'Thing.id',
      'Thing.secret',
      'Item.secret',
    ];
    const reached = async (subject: Subject | null) => {
      const { graph, context } = await start({ subject });
      const reach = await graph.visibilityOf(context);
      return FIELDS.filter((coordinate) => reach(...(coordinate.split('.') as [string, string])));
    };
    expect(await reached(null)).toEqual(['Query.open', 'Query.item', 'Thing.id']);
    expect(await reached(SOMEBODY)).toEqual(FIELDS.filter((field) => field !== 'Query.priced'));
  });
});

describe('a field that the caller may not have', () => {
  it.each<[Unauthorized, string, object | null, string[], string[]]>([
    ['filter', '{ hidden }', { hidden: null }, ['hidden'], []],
    ['filter', '{ open hidden priced }', { open: 1, hidden: null, priced: null }, ['hidden', 'priced'], ['open']],
    ['reject', '{ hidden }', null, ['hidden'], []],
    ['reject', '{ open a: hidden b: hidden }', null, ['a', 'b'], []],
    ['reject', '{ open }', { open: 1 }, [], ['open']],
    ['reject', '{ open hidden @skip(if: true) }', { open: 1 }, [], ['open']],
    ['dry-run', '{ open hidden }', { open: 1, hidden: 2 }, [], ['open', 'hidden']],
  ])('is treated by UNAUTHORIZED=%s: %s', async (unauthorized, text, data, errors, fetched) => {
    const { ask, seen } = await start({ unauthorized });
    expect(await ask(text)).toEqual({ data, errors });
    expect(seen.fetched.filter((name) => name !== '__typename')).toEqual(fetched);
  });

  it.each<Unauthorized>(['filter', 'reject', 'dry-run'])(
    'is counted and logged once, under UNAUTHORIZED=%s',
    async (mode) => {
      const { ask, seen } = await start({ unauthorized: mode });
      await ask('{ open a: hidden b: hidden priced }');
      expect(seen.refused).toEqual(['Query.hidden authenticated', 'Query.priced policy']);
      expect(seen.logged).toEqual([
        { requestId: 'r1', coordinate: 'Query.hidden', layer: 'authenticated', mode },
        { requestId: 'r1', coordinate: 'Query.priced', layer: 'policy', mode },
      ]);
    },
  );

  it('has at most a hundred errors if it fails the operation', async () => {
    const { ask } = await start({ unauthorized: 'reject' });
    const { errors } = await ask(`{ ${Array.from({ length: 120 }, (_, at) => `a${at}: hidden`).join(' ')} }`);
    expect(errors).toEqual(Array.from({ length: 100 }, (_, at) => `a${at}`));
  });
});

describe('a mutation', () => {
  const fails = () => {
    throw new Error('no');
  };

  it('continues after a nullable field, and ends at a non-null one', async () => {
    const nullable = await start({ values: { buy: fails } });
    expect(await nullable.ask('mutation { buy pay }')).toEqual({ data: { buy: null, pay: 5 }, errors: ['buy'] });
    expect(nullable.seen.fetched).toEqual(['buy', 'pay']);
    const over = await start({ values: { pay: fails } });
    expect(await over.ask('mutation { pay buy }')).toEqual({ data: null, errors: ['pay'] });
    expect(over.seen.fetched).toEqual(['pay']);
    expect((await over.ask('mutation { buy pay again: buy }')).data).toBeNull();
    expect(over.seen.fetched).toEqual(['pay', 'buy', 'pay']);
  });
});

it('variables of a wrong type end an operation before any request', async () => {
  const { ask, seen } = await start({ subject: SOMEBODY });
  const { data, errors } = await ask('query ($of: Int) { thing(of: $of) { secret } }', { of: 'many' });
  expect([data, errors, seen.fetched, seen.subjects]).toEqual([null, [expect.stringContaining('$of')], [], 0]);
});
