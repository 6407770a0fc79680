import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BothPlanners, PLANNERS, startBothPlanners } from '../support/both_planners.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';

const SHOP = `
  scalar Blob
  type Query {
    items: [Item] strict: [Strict!] counts: [Int] must: [Int!] blob(of: Blob): Blob name: String loose: [Loose]
    ${Array.from({ length: 300 }, (_, at) => `g${at}: Int @authenticated`).join(' ')}
  }
  type Item { id: ID! hidden: String @authenticated open: String }
  type Strict { id: ID! hidden: String! @authenticated }
  type Loose @key(fields: "blob") { blob: Blob other: Int }
`;
const STOCK = 'scalar Blob type Loose @key(fields: "blob") { blob: Blob extra: Int }';

/** The limit of errors in one response. */
const MOST = 100;
let shop: Subgraph;
let stock: Subgraph;
let gatehouses: BothPlanners;
beforeAll(async () => {
  shop = await startSubgraph('shop', SHOP);
  stock = await startSubgraph('stock', STOCK);
  gatehouses = await startBothPlanners({
    SUBGRAPHS: subgraphsOf(shop, stock),
    SUBGRAPH_OPTIONS: JSON.stringify({ '*': { timeoutMs: 60_000 }, shop: { exposeErrors: true } }),
  });
});
afterAll(async () => {
  await gatehouses.close();
  await Promise.all([shop.stop(), stock.stop()]);
});
afterEach(() => {
  for (const { answer } of [shop, stock]) answer(null);
});

const list = <One>(length: number, one: (at: number) => One): One[] => Array.from({ length }, (_, at) => one(at));
const aliases = (field: string) => list(29, (at) => `h${at}: ${field}`).join(' ');
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const says = (body: string) => shop.answer(async () => ({ body }));
const saysData = (data: unknown, errors?: unknown) => says(JSON.stringify({ data, errors }));
const codes = (errors: readonly { extensions: { code: string } }[] | undefined) => [
  ...new Set(errors?.map(({ extensions }) => extensions.code)),
];

describe.each(PLANNERS)('over the %s planner', (planner) => {
  const ask = (query: string, variables?: Record<string, unknown>) =>
    gatehouses[planner].client.ask(query, { variables });

  /** Returns a response with its duration in milliseconds. */
  async function timed(query: string) {
    const begun = performance.now();
    const answer = await ask(query);
    return { ...answer, ms: performance.now() - begun };
  }

  it('refuses a field under many aliases in a long list almost as cheaply as it returns one', async () => {
    saysData({ items: list(1000, (at) => ({ __typename: 'Item', id: String(at), open: 'open' })) });
    await ask(`{ items { id ${aliases('hidden')} } }`);
    const refused = await timed(`{ items { id ${aliases('hidden')} } }`);
    expect(refused.data!.items).toHaveLength(1000);
    expect(refused.data!.items[999]).toMatchObject({ id: '999', h0: null, h28: null });
    expect([refused.errors!.length <= MOST, codes(refused.errors)]).toEqual([true, ['UNAUTHORIZED_FIELD_OR_TYPE']]);
    saysData({ items: list(1000, (at) => ({ __typename: 'Item', id: String(at), ...gathered('open') })) });
    const query = `{ items { id ${aliases('open')} } }`;
    await ask(query);
    const { ms } = await timed(query);
    expect(refused.ms).toBeLessThan(5 * ms + 500);
  });

  /** Makes the planned response: `open` under each of its keys. */
  const gathered = (value: string) => Object.fromEntries(list(29, (at) => [`gatehouse_${at}`, value]));

  it('removes the items of a long list for a non-null field', async () => {
    saysData({ strict: list(29_000, (at) => ({ __typename: 'Strict', id: String(at) })) });
    const { data, errors } = await ask('{ strict { id hidden } }');
    expect(data).toEqual({ strict: null });
    expect(errors).toHaveLength(1);
  });

  it('reports the first errors of a subgraph with very many, and every null has its reason', async () => {
    saysData(
      { name: null },
      list(20_000, () => ({ message: 'x'.repeat(20), path: ['name'] })),
    );
    const { data, errors } = await ask('{ name }');
    expect(data).toEqual({ name: null });
    expect(errors!.length).toBeLessThanOrEqual(MOST);
    expect(codes(errors)).toEqual(['SUBREQUEST_FAILED']);
  });

  it('bounds every path, message and extension of a subgraph', async () => {
    const long = 'x'.repeat(100_000);
    saysData({ name: null }, [
      { message: long, path: ['name'], extensions: { long } },
      { message: 'path', path: list(100_000, () => 'name') },
      { message: 'step', path: [long] },
      { message: JSON.parse(`{"a":${nested(400)}}`), path: { name: 1 } },
    ]);
    const { data, errors } = await ask('{ name }');
    expect([data, codes(errors)]).toEqual([{ name: null }, ['SUBREQUEST_FAILED']]);
    expect(JSON.stringify(errors).length).toBeLessThan(5_000);
  });

  it.each([
    ['in a scalar', () => `{"data":{"gatehouse_0":${nested(20_000)}}}`, '{ blob }'],
    [
      'in an error',
      () => `{"data":{"name":"x"},"errors":[{"message":"x","extensions":${nested(20_000)}}]}`,
      '{ name }',
    ],
    ['in a key', () => `{"data":{"loose":[{"__typename":"Loose","blob":${nested(20_000)}}]}}`, '{ loose { extra } }'],
  ])('treats a response that nests 20,000 levels deep %s as a failure of its subgraph', async (_where, body, query) => {
    says(body());
    const { status, data, errors } = await ask(query);
    expect([status, Object.values(data)]).toEqual([200, [null]]);
    expect(codes(errors)).toEqual(['SUBREQUEST_FAILED']);
  });

  it('forwards values that nest a hundred levels deep', async () => {
    const deep: unknown = JSON.parse(nested(100));
    shop.answer(async ({ query, variables }) => {
      const key = /(\w+): blob/.exec(query)?.[1] ?? 'blob';
      return { body: JSON.stringify({ data: { [key]: Object.values(variables).at(-1) } }) };
    });
    expect((await ask('query ($of: Blob) { blob(of: $of) }', { of: deep })).data).toEqual({ blob: deep });
  });

  it.each(['{"__pr\\u006fto__":{"polluted":true}}', '{"a":[{"\\u005f_proto__":1}]}', '{"__proto__":1}'])(
    'treats a response with a member __proto__, in any spelling, as a failure: %s',
    async (blob) => {
      says(`{"data":{"gatehouse_0":${blob}}}`);
      const { data, errors } = await ask('{ blob }');
      expect([data, codes(errors)]).toEqual([{ blob: null }, ['SUBREQUEST_FAILED']]);
    },
  );

  it('treats a text about __proto__ as a text', async () => {
    const name = '{"__proto__": 1} \u005f_proto__ "__proto__":';
    saysData({ name });
    expect(await ask('{ name }')).toMatchObject({ data: { name }, errors: undefined });
  });

  it.each([
    ['are of another type', { counts: list(100_000, () => 'x') }, '{ counts }'],
    [
      'are of another type in objects',
      { loose: list(100_000, () => ({ __typename: 'Loose', other: 'x' })) },
      '{ loose { other } }',
    ],
    ['are null where none may be', { must: list(100_000, () => null) }, '{ must }'],
    ['are no objects', { items: list(100_000, () => 'x') }, '{ items { id } }'],
  ])('reports few of the positions of a long list that %s', async (_which, data, query) => {
    saysData(data);
    const { errors } = await ask(query);
    expect([errors!.length > 0, errors!.length <= MOST]).toEqual([true, true]);
    expect(codes(errors)).toEqual(['SUBREQUEST_FAILED']);
  });
});

describe('variables that nest 20,000 levels deep', () => {
  const query = 'query ($of: Blob) { blob(of: $of) }';
  const deep = (levels: number) => `{"of":${nested(levels)}}`;
  const send = (path: string, init?: RequestInit) => fetch(`${gatehouses.native.url}${path}`, init);
  const headers = { 'content-type': 'application/json', 'apollo-require-preflight': '1' };
  const post = (levels: number) =>
    send('/graphql', {
      method: 'POST',
      headers,
      body: `{"query":${JSON.stringify(query)},"variables":${deep(levels)}}`,
    });
  const get = (levels: number) =>
    send(`/graphql?${new URLSearchParams({ query, variables: deep(levels) })}`, { headers });

  it.each([
    ['in a body', () => post(20_000)],
    ['once the document is known', async () => (await post(2), await post(2), post(20_000))],
    // An address is at most 16 kB long.
    ['in an address', () => get(1_000)],
  ])('are refused %s', async (_where, ask) => {
    shop.received.length = 0;
    const response = await ask();
    const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
    expect([response.status, errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(shop.received.filter(({ body }) => body.length > 1_000)).toEqual([]);
  });
});

describe('the log', () => {
  /** Returns the log lines of a request, by the id in its errors. */
  async function linesOf(errors: readonly { extensions: { requestId?: string } }[] | undefined): Promise<string[]> {
    const text = await readFile(process.env['GATEHOUSE_TEST_LOG']!, 'utf8');
    return text.split('\n').filter((line) => line.includes(errors![0]!.extensions.requestId!));
  }
  const ask = (query: string) => gatehouses.native.client.ask(query);

  it('has the first of very many errors of a subgraph, and their number', async () => {
    saysData(
      { name: null },
      list(20_000, () => ({ message: 'x'.repeat(300), path: ['name'], extensions: { stack: 'x' } })),
    );
    const lines = await linesOf((await ask('{ name }')).errors);
    const told = lines.filter((line) => line.includes('a subgraph responded with errors'));
    expect(told).toHaveLength(1);
    expect(told[0]!.length).toBeLessThan(5_000);
    expect(JSON.parse(told[0]!)).toMatchObject({ errorCount: 20_000 });
  });

  it('has the first of very many denied fields', async () => {
    const { errors } = await ask(`{ ${list(300, (at) => `g${at}`).join(' ')} }`);
    expect(errors!.length).toBeLessThanOrEqual(MOST);
    const lines = (await linesOf(errors)).filter((line) => line.includes('unauthorized field'));
    expect(lines).toHaveLength(11);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ more: 290 });
  });
});
