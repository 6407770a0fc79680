import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Instance, startInstance } from '../support/instance.ts';
import { createUser } from '../support/accounts.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';
import { latency } from '../support/real_time.ts';

const SHOP = `
  type Query { goods: [Good!] open: String must: String! private: String @authenticated }
  type Mutation { buy: String }
  type Good @key(fields: "id") { id: ID! name: String }
`;
const STOCK =
  'type Query { depots: [String] counted(by: Int): Int } type Good @key(fields: "id") { id: ID! count: Int }';

/** The shortest timeout in which a busy machine still responds, including retries and pauses. */
const TIMEOUT_MS = 1500;
let gatehouse: Instance;
let shop: Subgraph;
let stock: Subgraph;
/** The number of requests at `stock`, now and at the peak. */
let [now, most] = [0, 0];
const CONCURRENCY = 4;
const allThere = Promise.withResolvers<void>();
beforeAll(async () => {
  const goods = [
    { id: '1', name: 'Pen' },
    { id: '2', name: 'Ink' },
  ];
  shop = await startSubgraph('shop', SHOP, {
    Query: { goods: () => goods, open: () => 'open', must: () => 'must', private: () => 'private' },
    Mutation: { buy: () => 'bought' },
  });
  stock = await startSubgraph('stock', STOCK, {
    Query: {
      depots: () => ['A'],
      counted: async () => {
        most = Math.max(most, (now += 1));
        // Waits until the limit is reached, then for as long as one more request would need.
        if (now === CONCURRENCY) allThere.resolve();
        await allThere.promise;
        await latency(20);
        return (now -= 1);
      },
    },
    Good: { __resolveReference: ({ id }: { id: string }) => ({ id, count: Number(id) }) },
  });
  gatehouse = await startInstance({
    env: {
      SUBGRAPHS: subgraphsOf(shop, stock),
      SUPERGRAPH_POLL_SECONDS: '3600',
      SUBGRAPH_OPTIONS: JSON.stringify({
        '*': { timeoutMs: TIMEOUT_MS, maxResponseBytes: 10_000 },
        stock: { concurrency: CONCURRENCY, exposeErrors: true },
      }),
    },
  });
});
afterAll(async () => {
  await gatehouse.close();
  await Promise.all([shop.stop(), stock.stop()]);
});
beforeEach(() => {
  for (const { received } of [shop, stock]) received.length = 0;
});
afterEach(() => {
  for (const { answer } of [shop, stock]) answer(null);
});

const failed = (name: string, ...path: (string | number)[]) => ({
  message: `Subgraph ${name} failed`,
  path,
  extensions: { code: 'SUBREQUEST_FAILED', requestId: expect.any(String) },
});
const ask = (query: string, token?: string) => gatehouse.client.ask(query, { token });

describe('a subgraph that is down', () => {
  it('makes its own fields null, with an error that names only the subgraph', async () => {
    await stock.stop();
    try {
      const { data, errors, status } = await ask('{ open goods { id name count } depots }');
      expect(status).toBe(200);
      expect(data).toEqual({
        open: 'open',
        goods: [
          { id: '1', name: 'Pen', count: null },
          { id: '2', name: 'Ink', count: null },
        ],
        depots: null,
      });
      expect(errors).toHaveLength(2);
      expect(errors).toEqual(expect.arrayContaining([failed('stock', 'goods', 0), failed('stock', 'depots')]));
    } finally {
      await stock.start();
    }
    expect((await ask('{ goods { count } }')).data).toEqual({ goods: [{ count: 1 }, { count: 2 }] });
  });

  it('makes the parent null in a non-null position', async () => {
    shop.answer(async () => 'break');
    const { data, errors, status } = await ask('{ must }');
    expect([data, status]).toEqual([null, 200]);
    expect(errors).toEqual([failed('shop', 'must')]);
  });

  it('does not stop sign-ins', async () => {
    shop.answer(async () => 'hang');
    const { username, password } = await createUser(gatehouse);
    const { accessToken } = await gatehouse.client.login(username, password);
    expect((await gatehouse.client.me(accessToken)).data?.me.username).toBe(username);
  });
});

describe('a subgraph that is slow', () => {
  it('is given up after its timeout', async () => {
    shop.answer(async () => 'hang');
    const { data, errors } = await ask('{ open depots }');
    expect(data).toEqual({ open: null, depots: ['A'] });
    expect(errors).toEqual([failed('shop', 'open')]);
  });

  it('gets a limited number of simultaneous requests', async () => {
    // Every request is different, because equal ones are sent once.
    const answers = await Promise.all(Array.from({ length: 24 }, (_, at) => ask(`{ counted(by: ${at}) }`)));
    expect(answers.map(({ errors }) => errors)).toEqual(Array(24).fill(undefined));
    expect(most).toBe(CONCURRENCY);
  });
});

describe('a connection that breaks', () => {
  /** Breaks this many connections, and then responds. */
  const breaking = (times: number, how: 'break' | 'reset' = 'break') => {
    let left = times;
    return async () => (left-- > 0 ? how : { body: JSON.stringify({ data: { open: 'open', buy: 'bought' } }) });
  };

  it.each(['break', 'reset'] as const)('(%s) is repeated for a query, each time with another identity', async (how) => {
    shop.answer(breaking(2, how));
    expect((await ask('{ open }')).data).toEqual({ open: 'open' });
    expect(shop.received).toHaveLength(3);
    expect(new Set(shop.received.map(({ headers }) => headers['gatehouse-identity'])).size).toBe(3);
  });

  it('is given up after the last try', async () => {
    shop.answer(breaking(3));
    const { data, errors } = await ask('{ open }');
    expect(data).toEqual({ open: null });
    expect(errors).toEqual([failed('shop', 'open')]);
    expect(shop.received).toHaveLength(3);
  });

  it('is not repeated for a mutation, which may have been executed', async () => {
    shop.answer(breaking(1));
    const { data, errors } = await ask('mutation { buy }');
    expect(data).toEqual({ buy: null });
    expect(errors).toEqual([failed('shop', 'buy')]);
    expect(shop.received).toHaveLength(1);
  });
});

describe('an answer', () => {
  it.each<{ title: string; body: string; status?: number }>([
    { title: 'is longer than it may be', body: JSON.stringify({ data: { open: 'x'.repeat(20_000) } }) },
    { title: 'is no JSON', body: '<html>Bad gateway</html>', status: 502 },
    { title: 'is empty', body: '' },
    { title: 'is a list', body: '[]' },
    { title: 'is null', body: 'null' },
    { title: 'has a list for data', body: '{"data":[]}' },
    { title: 'has a text for errors', body: '{"data":{"open":"open"},"errors":"none"}' },
    { title: 'has neither data nor errors', body: '{"open":"open"}' },
    { title: 'reaches for what objects inherit from', body: '{"data":{"open":"open","__proto__":{"polluted":true}}}' },
  ])('is a failure if it $title', async ({ body, status }) => {
    shop.answer(async () => ({ body, ...(status ? { status } : {}) }));
    const { data, errors } = await ask('{ open depots }');
    expect(data).toEqual({ open: null, depots: ['A'] });
    expect(errors).toEqual([failed('shop', 'open')]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('is used with any status', async () => {
    shop.answer(async () => ({ status: 503, body: '{"data":{"open":"open"}}' }));
    expect((await ask('{ open }')).data).toEqual({ open: 'open' });
  });

  it('has an error at the position of a value of the wrong type', async () => {
    shop.answer(async () => ({ body: '{"data":{"open":{"a":1},"must":null}}' }));
    const { data, errors } = await ask('{ must }');
    expect(data).toBeNull();
    expect(errors).toEqual([{ ...failed('shop', 'must'), message: 'Subgraph shop failed' }]);
    expect((await ask('{ open }')).data).toEqual({ open: null });
  });

  it('shows the errors of a subgraph whose errors are for clients', async () => {
    stock.answer(async () => ({
      body: JSON.stringify({ data: { depots: null }, errors: [{ message: 'No depot is open', path: ['depots'] }] }),
    }));
    const { data, errors } = await ask('{ depots }');
    expect(data).toEqual({ depots: null });
    expect(errors).toEqual([{ ...failed('stock', 'depots'), message: 'No depot is open' }]);
  });
});
