import { afterEach, describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { createGateway, type Gateway, type GatewayOptions } from '../../src/gateway/gateway.ts';
import type { GraphServices } from '../../src/gateway/graph.ts';
import type { Log } from '../../src/kernel/log.ts';
import { SupergraphError } from '../../src/gateway/composition/supergraph_error.ts';
import { LINK } from '../support/subgraphs.ts';
import { until } from '../support/until.ts';

const compose = (text: string): string => {
  const result = composeServices([{ name: 'one', url: 'http://127.0.0.1:1', typeDefs: parse(LINK + text) }]);
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.supergraphSdl;
};
const [ALONE, FIRST, SECOND, EARLIER] = ['alone', 'first', 'second', 'earlier'].map((field) =>
  compose(`type Query { ${field}: Int }`),
) as [string, string, string, string];
/** A supergraph that cannot be served, because a type lacks a field of its interface. */
const BROKEN = `${FIRST}\ninterface I { a: Int }\ntype T implements I { b: Int }`;

const gateways: Gateway[] = [];
afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
});

/** Starts a gateway over a source that the test fills, and records its calls. */
async function start(
  load: () => Promise<string>,
  options: {
    earlier?: string;
    recall?: (seen: { readonly states: readonly string[] }) => Promise<string | null>;
    pollSeconds?: number;
  } = {},
) {
  const { earlier = null, recall = async () => earlier, pollSeconds = 0.01 } = options;
  const seen = { looks: 0, kept: [] as string[], told: [] as string[], states: [] as string[], checked: 0, recalls: 0 };
  const note =
    (level: string) =>
    ({ detail }: { readonly detail?: string }, message: string) => {
      seen.told.push(`${level}: ${message}${detail === undefined ? '' : ` (${detail})`}`);
    };
  const log = { info: note('info'), warn: note('warn'), error: note('error') } as unknown as Log;
  let now = 1_000;
  const graph: GraphServices = {
    own: buildSchema('type Query { a: Int }'),
    checkOwn({ whole }) {
      seen.checked += 1;
      const isTaken = whole.getQueryType()!.getFields()['taken'];
      return isTaken ? [{ coordinate: 'Query.me', by: ['one'], what: 'is overridden by another subgraph' }] : [];
    },
    fetch: () => Promise.reject(new Error('nobody asks')),
    callers: undefined as never,
    policies: new Map(),
    unauthorized: 'filter',
    planner: 'javascript',
    onRefused: () => undefined,
    log,
  };
  const gateway = await createGateway({
    source: { load: () => ((seen.looks += 1), load()) },
    alone: { load: async () => ALONE },
    last: {
      load: () => ((seen.recalls += 1), recall(seen)),
      save: async (supergraph) => void seen.kept.push(supergraph),
    },
    pollSeconds,
    graph,
    metrics: {
      looked: (state) => void seen.states.push(state),
      changed: () => void seen.states.push('changed'),
    } as GatewayOptions['metrics'],
    clock: () => (now += 1_000),
    log,
  });
  gateways.push(gateway);
  /** Waits for this many further loads. */
  const looked = async (times = 2) => {
    const from = seen.states.length;
    await until(() => seen.states.length >= from + times, undefined, { everyMs: 5 });
  };
  const errors = () => seen.told.filter((line) => line.startsWith('error'));
  return { gateway, seen, looked, errors };
}

/** Returns the fields of the active graph, as Apollo Server receives them. */
async function fieldsOf({ apollo }: Gateway): Promise<string[]> {
  let fields: string[] = [];
  const leave = apollo.onSchemaLoadOrUpdate(
    ({ apiSchema }) => (fields = Object.keys(apiSchema.getQueryType()!.getFields())),
  );
  await apollo.load({} as never);
  leave();
  return fields;
}

describe('a gateway', () => {
  it("serves its source's supergraph, stores it once, and does not plan it again", async () => {
    const { gateway, seen, looked } = await start(async () => FIRST);
    expect([gateway.state(), await fieldsOf(gateway)]).toEqual([{ state: 'ok' }, ['first']]);
    const { since, subgraphs } = gateway.inForce()!;
    expect([since.getTime(), [...subgraphs]]).toEqual([3_000, [['one', 'http://127.0.0.1:1']]]);
    await looked(3);
    // One of the checks is for our own schema.
    expect([seen.kept, seen.checked, seen.recalls]).toEqual([[FIRST], 2, 0]);
    expect(seen.states.filter((state) => state === 'changed')).toHaveLength(1);
    expect(seen.told).toEqual(['info: supergraph activated']);
  });

  it('replaces the graph as a whole, and announces it until Apollo Server stops listening', async () => {
    let text = FIRST;
    const { gateway, seen } = await start(async () => text);
    const announced: string[] = [];
    const leave = gateway.apollo.onSchemaLoadOrUpdate(({ coreSupergraphSdl }) => announced.push(coreSupergraphSdl));
    text = SECOND;
    await until(() => seen.kept.length === 2);
    expect([announced, gateway.inForce()!.since.getTime()]).toEqual([[SECOND], 4_000]);
    leave();
    text = FIRST;
    await until(() => seen.kept.length === 3);
    expect([announced, await fieldsOf(gateway)]).toEqual([[SECOND], ['first']]);
  });

  it('keeps the active graph if the source fails, and logs each reason once', async () => {
    let answer = async () => FIRST;
    const { gateway, seen, looked, errors } = await start(() => answer());
    const fail = (message: string) => (answer = () => Promise.reject(new SupergraphError('away', message)));
    fail('the first');
    await looked();
    expect([gateway.state(), await fieldsOf(gateway)]).toEqual([{ state: 'stale', reason: 'away' }, ['first']]);
    await looked();
    fail('the second');
    await looked(3);
    answer = async () => FIRST;
    await until(() => gateway.state().state === 'ok');
    fail('the second');
    await looked(3);
    const told = (detail: string) => `error: cannot load the supergraph: the last valid one stays active (${detail})`;
    expect(errors()).toEqual([told('the first'), told('the second'), told('the second')]);
    answer = () => Promise.reject(new Error('out of memory'));
    await looked(3);
    expect(gateway.state()).toEqual({ state: 'stale', reason: 'unknown' });
    expect(seen.kept).toEqual([FIRST]);
  });

  it('plans a supergraph that cannot be served once, and again after another one', async () => {
    let text = BROKEN;
    const { gateway, seen, looked, errors } = await start(async () => text);
    expect([gateway.state(), gateway.inForce()]).toEqual([
      { state: 'unavailable', reason: 'the supergraph cannot be served' },
      null,
    ]);
    expect(await fieldsOf(gateway)).toEqual(['alone']);
    await looked(3);
    expect(errors()).toEqual([
      expect.stringMatching(/^error: cannot load the supergraph: only the schema of Gatehouse is served \(.*I\.a/s),
    ]);
    text = FIRST;
    await until(() => gateway.state().state === 'ok');
    text = BROKEN;
    await until(() => gateway.state().state === 'stale');
    await looked(3);
    expect([errors().length, seen.kept]).toEqual([2, [FIRST]]);
  });

  it('checks a refused supergraph once while it is unchanged', async () => {
    const { gateway, seen, looked } = await start(async () => compose('type Query { taken: Int }'));
    await looked(3);
    expect(gateway.state()).toEqual({ state: 'unavailable', reason: 'the subgraphs change the schema of gatehouse' });
    // One of the checks is for our own schema.
    expect(seen.checked).toBe(2);
  });

  it("activates an earlier process's supergraph while its source has none", async () => {
    let answer: () => Promise<string> = () => Promise.reject(new SupergraphError('away', 'away'));
    const { gateway, seen } = await start(() => answer(), { earlier: EARLIER });
    expect([gateway.state(), await fieldsOf(gateway)]).toEqual([{ state: 'stale', reason: 'away' }, ['earlier']]);
    expect(seen.told.at(-1)).toBe('warn: using the last valid supergraph of an earlier run');
    answer = async () => FIRST;
    await until(() => gateway.state().state === 'ok');
    expect([await fieldsOf(gateway), seen.kept, seen.recalls]).toEqual([['first'], [FIRST], 1]);
  });

  it("serves its own graph if the earlier process's supergraph cannot be served", async () => {
    const { gateway, seen } = await start(() => Promise.reject(new SupergraphError('away', 'away')), {
      earlier: BROKEN,
    });
    expect([gateway.state(), await fieldsOf(gateway), gateway.inForce()]).toEqual([
      { state: 'unavailable', reason: 'away' },
      ['alone'],
      null,
    ]);
    expect(seen.told).toContain('warn: the supergraph of an earlier run cannot be used');
  });

  it("prefers its source's supergraph to an earlier process's, in either order", async () => {
    let arrive: (text: string) => void = () => undefined;
    const pending = new Promise<string>((resolve) => (arrive = resolve));
    const { gateway, seen } = await start(() => pending, {
      // The source responds while the stored supergraph is read.
      recall: async ({ states }) => {
        arrive(FIRST);
        await until(() => states.includes('changed'));
        return EARLIER;
      },
    });
    expect(gateway.state()).toEqual({ state: 'ok' });
    expect([await fieldsOf(gateway), seen.kept]).toEqual([['first'], [FIRST]]);
  });

  it('polls every second until its first supergraph, even with a longer period', async () => {
    let answer: () => Promise<string> = () => Promise.reject(new SupergraphError('away', 'away'));
    const { gateway } = await start(() => answer(), { pollSeconds: 3_600 });
    answer = async () => FIRST;
    await until(() => gateway.state().state === 'ok');
  });

  it('stops polling at its stop, and does not log the result of the last load', async () => {
    let answer = async () => FIRST;
    const { gateway, seen, errors } = await start(() => answer());
    let fail: (error: Error) => void = () => undefined;
    answer = () => new Promise((_resolve, reject) => (fail = reject));
    const { looks } = seen;
    await until(() => seen.looks > looks);
    const stopping = gateway.stop();
    const { looks: last } = seen;
    fail(new SupergraphError('hung up', 'hung up'));
    await stopping;
    expect([gateway.state(), errors()]).toEqual([{ state: 'ok' }, []]);
    // Waits as long as another gateway needs for some loads.
    await (await start(async () => FIRST)).looked(3);
    expect(seen.looks).toBe(last);
  });
});

describe('a document', () => {
  const errorsIn = (text: string, { validationRule }: Gateway, schema = buildSchema('type Query { a: Int }')) =>
    validate(schema, parse(text), [...specifiedRules, validationRule]).map(({ message }) => message);

  it('cannot use aliases that plans use', async () => {
    const { gateway } = await start(async () => FIRST);
    for (const alias of ['__a', '_internal_qp', '__typename'])
      expect(errorsIn(`{ ${alias}: a }`, gateway)).toEqual([`The alias ${alias} is reserved`]);
    for (const alias of ['a', '_a', 'a__b', 'a_internal_', '_internal'])
      expect(errorsIn(`{ ${alias}: a }`, gateway)).toEqual([]);
    expect(errorsIn('{ __typename }', gateway)).toEqual([]);
  });

  it('is current while the graph that it was validated for is active', async () => {
    let text = FIRST;
    const { gateway } = await start(async () => text);
    const document = parse('{ __typename }');
    expect(gateway.isCurrent(document)).toBe(false);
    let schema = buildSchema('type Query { a: Int }');
    gateway.apollo.onSchemaLoadOrUpdate(({ apiSchema }) => void (schema = apiSchema));
    await gateway.apollo.load({} as never);
    validate(schema, document, [gateway.validationRule]);
    expect(gateway.isCurrent(document)).toBe(true);
    text = SECOND;
    await until(() => !gateway.isCurrent(document));
    validate(schema, document, [gateway.validationRule]);
    expect(gateway.isCurrent(document)).toBe(true);
  });
});
