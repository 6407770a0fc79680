import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type BothPlanners, PLANNERS, startBothPlanners } from '../../support/both_planners.ts';
import { startInstance } from '../../support/instance.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../../support/subgraphs.ts';

const SHOP = `
  scalar Big
  enum Mode { SMALL LARGE }
  input Filter { id: ID big: Big mode: Mode float: Float more: [Filter!] }
  type Query {
    wides: [Wide] numbered: [Numbered]
    echo(big: Big, id: ID, ids: [ID!], float: Float, int: Int, text: String, mode: Mode, filter: Filter): String
  }
  type Wide @key(fields: "big") { big: Big float: Float }
  type Numbered @key(fields: "id") { id: ID! big: Big }
`;
const STOCK = `
  scalar Big
  type Wide @key(fields: "big") { big: Big extra: String }
  type Numbered @key(fields: "id") { id: ID! extra: String }
`;
/** Above 2^53: JavaScript would change the last digits. */
const LARGE = '9007199254740993';
let shop: Subgraph;
let stock: Subgraph;
let gatehouses: BothPlanners;
beforeAll(async () => {
  shop = await startSubgraph('shop', SHOP);
  stock = await startSubgraph('stock', STOCK);
  gatehouses = await startBothPlanners({ SUBGRAPHS: subgraphsOf(shop, stock) });
});
afterAll(async () => {
  await gatehouses.close();
  await Promise.all([shop.stop(), stock.stop()]);
});

beforeEach(() => {
  for (const { received } of [shop, stock]) received.length = 0;
  shop.answer(async ({ query }) => ({ body: `{"data":{"${/(\w+): echo/.exec(query)?.[1] ?? 'echo'}":"heard"}}` }));
  stock.answer(async ({ body }) => {
    const count = body.match(/"__typename":/g)?.length ?? 0;
    const entities = Array.from({ length: count }, (_, at) => `{"__typename":"Wide","extra":"extra ${at}"}`);
    return {
      body: `{"data":{"_entities":[${entities.join().replaceAll('Wide', /Numbered/.exec(body)?.[0] ?? 'Wide')}]}}`,
    };
  });
});

describe.each(PLANNERS)('over the %s planner', (planner) => {
  /** Sends and returns numbers as text, because a JavaScript client would round them. */
  async function send(query: string, variables = '{}'): Promise<{ status: number; text: string }> {
    const body = `{"query":${JSON.stringify(query)},"variables":${variables}}`;
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${gatehouses[planner].url}/graphql`, { method: 'POST', headers, body });
    return { status: response.status, text: await response.text() };
  }
  /** Returns the document that a subgraph received, without the names of its variables. */
  function told({ received }: Subgraph): string {
    expect(received).toHaveLength(1);
    return received[0]!.body;
  }

  it.each([LARGE, '12345678901234567890', '0.12345678901234567890', '1.10', '1e400', '-0'])(
    'finds an entity by the key %s, and returns it exactly',
    async (number) => {
      shop.answer(async () => ({ body: `{"data":{"wides":[{"__typename":"Wide","big":${number}}]}}` }));
      const { text } = await send('{ wides { big extra } }');
      expect(text).toBe(`{"data":{"wides":[{"big":${number},"extra":"extra 0"}]}}\n`);
      expect(told(stock)).toContain(`"big":${number}}`);
    },
  );

  it('distinguishes two entities whose keys are equal as JavaScript numbers', async () => {
    const keys = [LARGE, '9007199254740992'];
    const entities = keys.map((id) => `{"__typename":"Numbered","id":${id}}`);
    shop.answer(async () => ({ body: `{"data":{"numbered":[${entities.join()}]}}` }));
    const { text } = await send('{ numbered { id extra } }');
    const wanted = keys.map((id, at) => `{"id":"${id}","extra":"extra ${at}"}`);
    expect(text).toBe(`{"data":{"numbered":[${wanted.join()}]}}\n`);
    for (const id of keys) expect(told(stock)).toMatch(new RegExp(`"id":"?${id}"?[,}]`));
  });

  it('returns a number of a custom scalar unchanged, and a Float as a double', async () => {
    const big = `{"a":[${LARGE},1.0]}`;
    shop.answer(async () => ({ body: `{"data":{"wides":[{"__typename":"Wide","big":${big},"float":1.50}]}}` }));
    expect((await send('{ wides { big float } }')).text).toBe(`{"data":{"wides":[{"big":${big},"float":1.5}]}}\n`);
  });

  it.each([
    ['a scalar of a subgraph', 'Big', 'big', LARGE, LARGE],
    ['a scalar of a subgraph, nested', 'Big', 'big', `{"a":[${LARGE}]}`, `{"a":[${LARGE}]}`],
    ['a decimal', 'Big', 'big', '1.10', '1.10'],
    ['an exponent', 'Big', 'big', '1e400', '1e400'],
    ['an ID', 'ID', 'id', LARGE, `"${LARGE}"`],
    ['a list of IDs', '[ID!]', 'ids', `[${LARGE},"a"]`, `["${LARGE}","a"]`],
    ['a Float', 'Float', 'float', '1.50', '1.5'],
    ['an Int', 'Int', 'int', '7.0', '7'],
    ['an input', 'Filter', 'filter', `{"id":${LARGE},"big":${LARGE}}`, `{"id":"${LARGE}","big":${LARGE}}`],
  ])('forwards a variable unchanged: %s', async (_what, type, name, sent, wanted) => {
    const query = `query ($v: ${type}) { echo(${name}: $v) }`;
    expect((await send(query, `{"v":${sent}}`)).text).toBe('{"data":{"echo":"heard"}}\n');
    expect(told(shop)).toContain(wanted);
  });

  it.each([
    [`big: 12345678901234567890`, '12345678901234567890'],
    [`big: {a: [1.10, $v, RED, "x"]}`, '{"a":[1.10,"variable","RED","x"]}'],
    [`big: 1e400`, '1e400'],
    [`id: ${LARGE}`, `"${LARGE}"`],
    [`ids: ${LARGE}`, `["${LARGE}"]`],
    [`float: 1.10`, '1.1'],
    [`int: 7`, '7'],
    ['text: "say \\"\\u00e9\\" \\\\ "', '"say \\"é\\" \\\\ "'],
    [
      `filter: {id: $v, big: ${LARGE}, mode: LARGE, more: {float: 2}}`,
      `{"id":"variable","big":${LARGE},"mode":"LARGE","more":[{"float":2}]}`,
    ],
  ])('forwards a literal unchanged: %s', async (argument, wanted) => {
    const query = argument.includes('$v') ? `query ($v: ID) { echo(${argument}) }` : `{ echo(${argument}) }`;
    expect((await send(query, '{"v":"variable"}')).text).toBe('{"data":{"echo":"heard"}}\n');
    expect(told(shop)).toContain(wanted);
    // Sends it again, because the document is then cached.
    await send(query, '{"v":"other"}');
    expect(shop.received[1]!.body).toContain(wanted.replace('"variable"', '"other"'));
  });

  it('omits absent values from an input', async () => {
    const query = 'query ($v: ID) { echo(filter: { id: $v, big: 1 }) }';
    await send(query);
    expect(told(shop)).toMatch(/\{"big":1\}/);
  });

  it.each([
    ['Big', 'big', LARGE, LARGE],
    ['ID', 'id', LARGE, `"${LARGE}"`],
    ['Filter', 'filter', `{big: 1.10}`, '{"big":1.10}'],
  ])("forwards a variable's default unchanged: %s", async (type, name, literal, wanted) => {
    await send(`query ($v: ${type} = ${literal}) { echo(${name}: $v) }`);
    expect(told(shop)).toContain(wanted);
  });

  it('generates names for literals that differ from every variable of the client', async () => {
    await send('query ($gatehouse_0: ID) { echo(id: $gatehouse_0, big: 1.10) }', '{"gatehouse_0":"mine"}');
    expect(told(shop)).toMatch(/"mine"/);
    expect(told(shop)).toMatch(/1\.10/);
  });

  it('sends equal literals of two fragments once', async () => {
    const query =
      '{ ...A ...B } fragment A on Query { echo(big: {a: 1, b: 2}) } fragment B on Query { echo(big: {b: 2, a: 1}) }';
    expect((await send(query)).text).toBe('{"data":{"echo":"heard"}}\n');
    expect(told(shop).match(/echo/g)).toHaveLength(1);
  });

  it.each([
    ['an Int beyond its range', 'query ($v: Int) { echo(int: $v) }', LARGE],
    ['a fraction for an ID', 'query ($v: ID) { echo(id: $v) }', '1.10'],
    ['a number for a text', 'query ($v: String) { echo(text: $v) }', LARGE],
    ['a number for an input', 'query ($v: Filter) { echo(filter: $v) }', LARGE],
    ['a Float beyond its range', 'query ($v: Float) { echo(float: $v) }', '1e400'],
    ['a literal beyond the range of Float', '{ echo(float: 1e400) }', '1'],
  ])('refuses %s', async (_what, query, value) => {
    const { status, text } = await send(query, `{"v":${value}}`);
    expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(shop.received).toEqual([]);
  });

  it('takes variables from the URL unchanged', async () => {
    const search = new URLSearchParams({
      query: 'query ($id: ID, $big: Big) { echo(id: $id, big: $big) }',
      variables: `{"id":${LARGE},"big":1.10}`,
    });
    const headers = { 'apollo-require-preflight': '1' };
    await fetch(`${gatehouses[planner].url}/graphql?${search}`, { headers });
    expect(told(shop)).toContain(`"${LARGE}"`);
    expect(told(shop)).toMatch(/:1\.10[,}]/);
  });
});

it('refuses a number outside its type without subgraphs too', async () => {
  const alone = await startInstance();
  try {
    const ask = async (query: string, value: string) => {
      const body = `{"query":${JSON.stringify(query)},"variables":{"v":${value}}}`;
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${alone.url}/graphql`, { method: 'POST', headers, body });
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      return errors[0]?.extensions.code;
    };
    for (let time = 0; time < 2; time += 1) {
      expect(await ask('query ($v: Int) { users(first: $v) { totalCount } }', LARGE)).toBe('BAD_USER_INPUT');
      expect(await ask('query ($v: Int) { users(first: $v) { totalCount } }', '7.0')).toBe('UNAUTHENTICATED');
      expect(await ask('query ($v: String!) { user(username: $v) { id } }', LARGE)).toBe('BAD_USER_INPUT');
    }
  } finally {
    await alone.close();
  }
});
