import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type BothPlanners, PLANNERS, startBothPlanners } from '../../../support/both_planners.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../../../support/subgraphs.ts';

/** The executed mutations, in their order. */
const done: string[] = [];
const add = (_: unknown, { what }: { what: string }) => {
  done.push(what);
  return { id: 't1' };
};
/** Resolvers that read the state at the time of the request, which the next mutation changes. */
const Tally = {
  __resolveReference: (reference: unknown) => reference,
  count: () => done.length,
  last: () => done.at(-1),
  note: () => `note ${done.length}`,
};

let counts: Subgraph;
let notes: Subgraph;
let gatehouses: BothPlanners;
beforeAll(async () => {
  counts = await startSubgraph(
    'counts',
    `type Query { total: Int! tally: Tally! }
    type Mutation { addA(what: String!): Tally! fail(what: String!): Tally }
    type Tally @key(fields: "id") { id: ID! count: Int! last: String! }`,
    {
      Query: { total: () => done.length, tally: () => ({ id: 't1' }) },
      Mutation: {
        addA: add,
        fail(_: unknown, { what }: { what: string }) {
          done.push(what);
          throw new Error('inner words');
        },
      },
      Tally: { __resolveReference: Tally.__resolveReference, count: Tally.count, last: Tally.last },
    },
  );
  notes = await startSubgraph(
    'notes',
    `type Mutation { addB(what: String!): Tally! }
    type Tally @key(fields: "id") { id: ID! note: String! }`,
    { Mutation: { addB: add }, Tally: { __resolveReference: Tally.__resolveReference, note: Tally.note } },
  );
  gatehouses = await startBothPlanners({ SUBGRAPHS: subgraphsOf(counts, notes) });
});
afterAll(async () => {
  await gatehouses.close();
  await Promise.all([counts.stop(), notes.stop()]);
});
beforeEach(() => void done.splice(0));

describe.each(PLANNERS)('mutations, under the %s planner', (planner) => {
  const ask = (query: string, signal?: AbortSignal) => gatehouses[planner].client.ask(query, signal ? { signal } : {});

  it('are executed one after another across subgraphs, each with its whole selection', async () => {
    const { data, errors } = await ask(`mutation {
      a: addA(what: "a") { count note } b: addB(what: "b") { count last } c: addB(what: "c") { note }
      d: addA(what: "d") { last note } e: addB(what: "e") { count }
    }`);
    expect(errors).toBeUndefined();
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(data).toEqual({
      a: { count: 1, note: 'note 1' },
      b: { count: 2, last: 'b' },
      c: { note: 'note 3' },
      d: { last: 'd', note: 'note 4' },
      e: { count: 5 },
    });
  });

  it('continue after a failure', async () => {
    const { data, errors } = await ask(
      'mutation { a: addB(what: "a") { count } x: fail(what: "x") { count } b: addB(what: "b") { count } }',
    );
    expect(data).toEqual({ a: { count: 1 }, x: null, b: { count: 3 } });
    expect(errors?.map(({ path }) => path)).toEqual([['x']]);
    expect(done).toEqual(['a', 'x', 'b']);
  });

  it('end at a null in a non-null field', async () => {
    notes.answer(async () => ({ body: '{"data":null,"errors":[{"message":"no","path":["gatehouse_0"]}]}' }));
    const { data, errors } = await ask('mutation { b: addB(what: "b") { id } a: addA(what: "a") { count } }');
    notes.answer(null);
    expect([data, errors?.map(({ path }) => path), done]).toEqual([null, [['b']], []]);
  });

  it('are not repeated after a broken connection, but queries are', async () => {
    let times = 0;
    counts.answer(async () => {
      times += 1;
      return 'break';
    });
    const { data, errors } = await ask('mutation { fail(what: "x") { count } }');
    expect([data, errors?.[0]?.message, times]).toEqual([{ fail: null }, 'Subgraph counts failed', 1]);
    times = 0;
    await ask('{ total }');
    expect(times).toBeGreaterThan(1);
    counts.answer(null);
  });

  it('are executed once if their response has an error, in later fetches too', async () => {
    counts.answer(async () => ({
      body: '{"data":{"_entities":[null]},"errors":[{"message":"no","path":["_entities",0]}]}',
    }));
    const { errors } = await ask('mutation { addB(what: "b") { note count } }');
    expect(errors?.length).toBeGreaterThan(0);
    expect(done).toEqual(['b']);
    counts.answer(null);
  });

  describe('after the client disconnects', () => {
    /**
     * Sends an operation and disconnects while the first subgraph handles it. Returns after a later request was served.
     */
    async function leave(query: string) {
      const client = new AbortController();
      let release = () => {};
      const arrived = new Promise<void>((resolve) => {
        counts.answer(async () => {
          counts.answer(null);
          resolve();
          await new Promise<void>((free) => (release = free));
          const tally = { __typename: 'Tally', id: 't1' };
          return { body: JSON.stringify({ data: { tally, addA: tally, gatehouse_0: tally } }) };
        });
      });
      const asked = ask(query, client.signal).catch(() => 'gone');
      await arrived;
      client.abort();
      expect(await asked).toBe('gone');
      await ask('{ total }');
      notes.received.length = 0;
      release();
    }

    it('are executed to the end', async () => {
      await leave('mutation { addA(what: "a") { note } addB(what: "b") { id } }');
      for (let tries = 0; tries < 100 && done.length === 0; tries += 1) await ask('{ total }');
      expect(done).toEqual(['b']);
      expect(notes.received.filter(({ query }) => query.includes('note'))).toHaveLength(1);
    });

    it('differ from queries, which send no further requests', async () => {
      await leave('{ tally { note } }');
      expect((await ask('{ tally { count note } }')).data).toEqual({ tally: { count: 0, note: 'note 0' } });
      expect(notes.received).toHaveLength(1);
    });
  });

  describe('during an equal query in progress', () => {
    /** Delays the response to the next request of a subgraph. It has the data from the time of the request. */
    function holdFirst(subgraph: Subgraph) {
      let [release, arrive] = [() => {}, () => {}];
      const held = new Promise<void>((resolve) => (release = resolve));
      const arrived = new Promise<void>((resolve) => (arrive = resolve));
      subgraph.answer(async () => {
        const _entities = [{ __typename: 'Tally', note: `note ${done.length}` }];
        const body = JSON.stringify({ data: { total: done.length, _entities } });
        subgraph.answer(null);
        arrive();
        await held;
        return { body };
      });
      return { arrived, release };
    }

    it('are visible to later queries', async () => {
      const { arrived, release } = holdFirst(counts);
      const before = ask('{ total }');
      await arrived;
      await ask('mutation { addA(what: "a") { id } }');
      const after = await ask('{ total }');
      release();
      expect([(await before).data, after.data]).toEqual([{ total: 0 }, { total: 1 }]);
    });

    it('are visible in their own result, at another subgraph too', async () => {
      const { arrived, release } = holdFirst(notes);
      const before = ask('{ tally { note } }');
      await arrived;
      const { data } = await ask('mutation { addA(what: "a") { note } }');
      release();
      expect([(await before).data, data]).toEqual([{ tally: { note: 'note 0' } }, { addA: { note: 'note 1' } }]);
    });
  });
});
