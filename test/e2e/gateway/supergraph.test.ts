import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import type { PlannerKind } from '../../../src/gateway/planning/planner.ts';
import { emitSubgraph } from '../../../src/graphql/schema/schema.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { adminToken } from '../../support/accounts.ts';
import { latency, realTime } from '../../support/real_time.ts';
import { LINK, type Resolvers, startSubgraph, type Subgraph, subgraphsOf } from '../../support/subgraphs.ts';
import { until } from '../../support/until.ts';

let plain: Instance;
beforeAll(async () => {
  plain = await startInstance();
});
afterAll(() => plain.close());

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function subgraph(name: string, typeDefs: string, resolvers: Resolvers): Promise<Subgraph> {
  const started = await startSubgraph(name, typeDefs, resolvers);
  opened.push(() => started.stop());
  return started;
}

/** Starts a gateway on the stores of an instance that is not a gateway. */
async function gatehouse(env: Record<string, string>, planner: PlannerKind = 'native'): Promise<Instance> {
  const started = await plain.planningBy(planner, { SUPERGRAPH_POLL_SECONDS: '1', ...env });
  opened.push(() => started.stop());
  return started;
}

const BOXES =
  'type Query { boxes: [Box!]! } type Box @key(fields: "id") { id: ID! size: Int owner: User } type User @key(fields: "username") { username: String! }';
const LABELS = 'type Box @key(fields: "id") { id: ID! label: String }';
const boxes: Resolvers = { Query: { boxes: () => [{ id: 'b1', size: 3, owner: { username: 'admin' } }] } };
const labels: Resolvers = {
  Box: { __resolveReference: ({ id }: { id: string }) => ({ id, label: `label of ${id}` }) },
};

async function readiness({ url }: Instance) {
  const response = await fetch(`${url}/health/ready`);
  const { checks, reasons } = await response.json();
  return { status: response.status, supergraph: checks.supergraph, reason: reasons?.supergraph };
}

async function metric({ url }: Instance, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

describe('subgraphs', () => {
  it.each<PlannerKind>(['native', 'javascript'])('may have any name, with the %s planner', async (planner) => {
    const named = [await subgraph('Order-Items', BOXES, boxes), await subgraph('order_labels', LABELS, labels)];
    named.push(
      await subgraph('Weights-2_', 'type Box @key(fields: "id") { id: ID! weight: Int }', {
        Box: { __resolveReference: ({ id }: { id: string }) => ({ id, weight: 9 }) },
      }),
    );
    const { client } = await gatehouse({ SUBGRAPHS: subgraphsOf(...named) }, planner);
    const { data, errors } = await client.ask('{ boxes { size label weight } }');
    expect([data, errors]).toEqual([{ boxes: [{ size: 3, label: 'label of b1', weight: 9 }] }, undefined]);
    await named[1]!.stop();
    expect((await client.ask('{ boxes { label } }')).errors?.[0]?.message).toBe('Subgraph order_labels failed');
  });

  it('may be unavailable at the start: our own graph is served, and theirs as soon as possible', async () => {
    const away = await subgraph('boxes', BOXES, boxes);
    await away.stop();
    const instance = await gatehouse({ SUBGRAPHS: subgraphsOf(away) });
    expect(await readiness(instance)).toEqual({ status: 503, supergraph: 'unavailable', reason: 'boxes: no schema' });
    expect(await metric(instance, 'gatehouse_supergraph_current')).toBe(0);
    const token = await adminToken(instance);
    expect((await instance.client.me(token)).data?.me.username).toBe('admin');
    expect((await instance.client.ask('{ boxes { size } }')).refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    await away.start();
    await until(async () => (await readiness(instance)).status === 200);
    expect(await readiness(instance)).toEqual({ status: 200, supergraph: 'ok', reason: undefined });
    expect((await instance.client.ask('{ boxes { size } }')).data).toEqual({ boxes: [{ size: 3 }] });
  });

  it('change: running requests finish on the old graph, later ones use the new graph, and none fails', async () => {
    const changing = await subgraph('boxes', BOXES, boxes);
    const other = await subgraph('labels', LABELS, labels);
    const { client } = await gatehouse({ SUBGRAPHS: subgraphsOf(changing, other) });
    const QUERY = '{ boxes { size label } }';
    await client.ask(QUERY);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    other.answer(async () => {
      await held;
      return { body: '{"data":{"_entities":[{"__typename":"Box","label":"old"}]}}' };
    });
    const slow = client.ask(QUERY);
    await until(async () => other.received.length === 2);
    other.answer(null);
    // The new schema has no `size`.
    changing.become('type Query { boxes: [Box!]! } type Box @key(fields: "id") { id: ID! width: Int }', {
      Query: { boxes: () => [{ id: 'b1', width: 7 }] },
    });
    let failures = 0;
    await until(async () => {
      const { data, errors } = await client.ask('{ boxes { id } }');
      if (errors || data.boxes[0].id !== 'b1') failures += 1;
      return (await client.ask('{ boxes { width } }')).data;
    });
    expect(failures).toBe(0);
    expect((await client.ask(QUERY)).refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    // The other request ends only now.
    release();
    const { data, errors } = await slow;
    expect([data, errors]).toEqual([{ boxes: [{ size: 3, label: 'old' }] }, undefined]);
    expect((await client.ask('{ boxes { width label } }')).data).toEqual({
      boxes: [{ width: 7, label: 'label of b1' }],
    });
  });

  it('do not compose any more: the last valid graph stays active, with the reason, until they do', async () => {
    const breaking = await subgraph('boxes', BOXES, boxes);
    const other = await subgraph('labels', LABELS, labels);
    const instance = await gatehouse({ SUBGRAPHS: subgraphsOf(breaking, other) });
    expect(await metric(instance, 'gatehouse_supergraph_current')).toBe(1);
    other.become('type Box @key(fields: "id") { id: ID! label: String size: Boolean }', labels);
    await until(async () => (await readiness(instance)).supergraph === 'stale');
    const { status, reason } = await readiness(instance);
    // Safe for strangers: it quotes no schema.
    expect([status, reason]).toEqual([200, expect.stringMatching(/^composition: [A-Z_, ]+$/)]);
    expect(await metric(instance, 'gatehouse_supergraph_current')).toBe(0);
    const { data } = await instance.client.ask('{ boxes { size label } }');
    expect(data).toEqual({ boxes: [{ size: 3, label: 'label of b1' }] });
    // The same supergraph is loaded again and fails again.
    // The second request begins after the result of the first was used.
    const requests = other.schemaRequests();
    await until(() => other.schemaRequests() >= requests + 2);
    expect((await readiness(instance)).reason).toBe(reason);
    other.become('type Box @key(fields: "id") { id: ID! label: String colour: String }', {
      Box: { ...labels['Box'], colour: () => 'red' },
    });
    await until(async () => (await readiness(instance)).supergraph === 'ok');
    expect(await metric(instance, 'gatehouse_supergraph_current')).toBe(1);
    expect((await instance.client.ask('{ boxes { colour } }')).data).toEqual({ boxes: [{ colour: 'red' }] });
  });

  it('are unavailable at a restart: the previous graph is active until they are available or others', async () => {
    const [one, other] = [
      await subgraph('boxes', BOXES, boxes),
      await subgraph('hats', 'type Query { hats: Int }', { Query: { hats: () => 2 } }),
    ];
    const env = { SUBGRAPHS: subgraphsOf(one, other) };
    await (await plain.planningBy('native', env)).stop();
    await one.stop();
    const instance = await gatehouse(env);
    expect(await readiness(instance)).toEqual({ status: 200, supergraph: 'stale', reason: 'boxes: no schema' });
    expect(await metric(instance, 'gatehouse_supergraph_current')).toBe(0);
    expect((await instance.client.ask('{ hats }')).data).toEqual({ hats: 2 });
    expect((await instance.client.ask('{ boxes { size } }')).refusal).toBe('SUBREQUEST_FAILED');
    await one.start();
    await until(async () => (await readiness(instance)).supergraph === 'ok');
    expect((await instance.client.ask('{ boxes { size } hats }')).data).toEqual({ boxes: [{ size: 3 }], hats: 2 });

    await one.stop();
    const changed = await gatehouse({ SUBGRAPHS: subgraphsOf(one) });
    expect(await readiness(changed)).toEqual({ status: 503, supergraph: 'unavailable', reason: 'boxes: no schema' });
  });

  it('delay a start if their schemas are slow', async () => {
    const slow = createServer((_request, response) => {
      void latency(500).then(() => response.end(JSON.stringify({ data: { _service: { sdl: LINK + BOXES } } })));
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    opened.push(async () => void slow.close());
    const { port } = slow.address() as AddressInfo;
    const instance = await gatehouse({ SUBGRAPHS: `slow=http://127.0.0.1:${port}` });
    // The first response already has this state.
    expect(await readiness(instance)).toEqual({ status: 200, supergraph: 'ok', reason: undefined });
  });

  it('delay neither a start nor a stop if they hang', async () => {
    const hanging = createServer(() => {});
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    opened.push(async () => {
      hanging.closeAllConnections();
      hanging.close();
    });
    const { port } = hanging.address() as AddressInfo;
    const began = performance.now();
    const instance = await plain.planningBy('native', {
      SUBGRAPHS: `slow=http://127.0.0.1:${port}`,
      SUBGRAPH_OPTIONS: '{"slow":{"timeoutMs":60000}}',
    });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await readiness(instance)).toEqual({ status: 503, supergraph: 'unavailable', reason: 'not composed yet' });
    expect((await instance.client.me(await adminToken(instance))).data?.me.username).toBe('admin');
    await instance.stop();
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('have their message in the log if they refuse to show their schema', async () => {
    const said = `The identity is of another gateway, says ${randomUUID()}`;
    const refusing = createServer((_request, response) => {
      response.writeHead(401).end(JSON.stringify({ errors: [{ message: said }] }));
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    opened.push(async () => void refusing.close());
    const { port } = refusing.address() as AddressInfo;
    const instance = await gatehouse({ SUBGRAPHS: `strict=http://127.0.0.1:${port}` });
    expect((await readiness(instance)).reason).toBe('strict: no schema');
    const log = await readFile(process.env['GATEHOUSE_TEST_LOG']!, 'utf8');
    expect(log).toContain(`The schema of strict: no _service { sdl } in the response (status 401): ${said}`);
  });

  it('keep their graph active while their schema cannot be loaded', async () => {
    const one = await subgraph('boxes', BOXES, boxes);
    const instance = await gatehouse({ SUBGRAPHS: subgraphsOf(one) });
    await one.stop();
    await until(async () => (await readiness(instance)).supergraph === 'stale');
    expect((await readiness(instance)).reason).toBe('boxes: no schema');
    await one.start();
    await until(async () => (await readiness(instance)).supergraph === 'ok');
  });
});

describe('a supergraph file', () => {
  const compose = (services: readonly { name: string; url: string; text: string }[]) => {
    const result = composeServices(services.map(({ text, ...one }) => ({ ...one, typeDefs: parse(text) })));
    if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'));
    return result.supergraphSdl;
  };
  const own = { name: 'gatehouse', url: '', text: emitSubgraph() };

  async function file(text: string) {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'));
    opened.push(() => rm(folder, { recursive: true }));
    const path = join(folder, 'supergraph.graphql');
    const write = (other: string) => writeFile(path, other);
    await write(text);
    return { path, write };
  }

  it.each<PlannerKind>(['native', 'javascript'])(
    'is served with our own subgraph in it, with the %s planner',
    async (planner) => {
      const { url } = await subgraph('boxes', BOXES, boxes);
      const { path } = await file(compose([own, { name: 'boxes', url, text: LINK + BOXES }]));
      const instance = await gatehouse({ SUPERGRAPH_FILE: path }, planner);
      expect(await readiness(instance)).toEqual({ status: 200, supergraph: 'ok', reason: undefined });
      const token = await adminToken(instance);
      const { data, errors } = await instance.client.ask('{ boxes { size owner { username email } } me { role } }', {
        token,
      });
      expect(errors).toBeUndefined();
      expect(data).toEqual({
        boxes: [{ size: 3, owner: { username: 'admin', email: 'admin@localhost.localdomain' } }],
        me: { role: 'admin' },
      });
    },
  );

  it('is served without our own subgraph', async () => {
    const { url } = await subgraph('boxes', BOXES, boxes);
    const { path } = await file(compose([{ name: 'boxes', url, text: LINK + BOXES }]));
    const { client } = await gatehouse({ SUPERGRAPH_FILE: path });
    expect((await client.ask('{ boxes { size owner { username } } }')).data).toEqual({
      boxes: [{ size: 3, owner: { username: 'admin' } }],
    });
    expect((await client.ask('{ me { username } }')).refusal).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it.each<PlannerKind>(['native', 'javascript'])(
    'may define directives for operations, which exclude nothing, with the %s planner',
    async (planner) => {
      const text = `${LINK} directive @hint(on: Boolean) on FIELD ${BOXES}`;
      const { url } = await subgraph('boxes', text, boxes);
      const { path } = await file(compose([{ name: 'boxes', url, text }]));
      const { client } = await gatehouse({ SUPERGRAPH_FILE: path }, planner);
      const { data, errors } = await client.ask('{ boxes @hint(on: true) { id size @hint(on: false) } }');
      expect([data, errors]).toEqual([{ boxes: [{ id: 'b1', size: 3 }] }, undefined]);
    },
  );

  it('is polled: a new one is served, and a broken one is reported', async () => {
    const { url } = await subgraph('boxes', BOXES, { ...boxes });
    const { path, write } = await file(compose([own, { name: 'boxes', url, text: LINK + BOXES }]));
    const instance = await gatehouse({ SUPERGRAPH_FILE: path });
    await write('type Query {');
    await until(async () => (await readiness(instance)).supergraph === 'stale');
    expect((await instance.client.ask('{ boxes { size } }')).data).toEqual({ boxes: [{ size: 3 }] });
    const { reason } = await readiness(instance);
    const good = compose([own, { name: 'boxes', url, text: LINK + BOXES }]);
    await write(good);
    await until(async () => (await readiness(instance)).supergraph === 'ok');
    // A repeated fault has the same reason as before.
    await write('type Query {');
    await until(async () => (await readiness(instance)).supergraph === 'stale');
    expect((await readiness(instance)).reason).toBe(reason);
    await rm(path);
    await until(async () => (await readiness(instance)).reason === 'the file cannot be read');
    await write('type Query {');
    await until(async () => (await readiness(instance)).reason === reason);
    await write(compose([own, { name: 'boxes', url, text: LINK + BOXES.replace('size: Int ', '') }]));
    await until(async () => (await readiness(instance)).supergraph === 'ok');
    expect((await instance.client.ask('{ boxes { size } }')).refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await instance.client.ask('{ boxes { id } }')).data).toEqual({ boxes: [{ id: 'b1' }] });
  });

  it.each([
    ['an object', 'Box.label', 'type Box'],
    ['an interface', 'Sized.label', 'interface Sized'],
  ])('is never active with an argument from a context: in %s', async (_what, coordinate, type) => {
    const { url } = await subgraph('boxes', BOXES, { ...boxes });
    const text = compose([
      own,
      {
        name: 'boxes',
        url,
        text: `${LINK} ${BOXES.replace('type Box', 'type Box implements Sized')}
        interface Sized { size: Int }`,
      },
    ]);
    const field = `label(width: Int): String @join__field(graph: BOXES,
      contextArguments: [{ context: "page", name: "width", type: "Int", selection: "{ width }" }])`;
    const edited = text.replace(new RegExp(`${type}\\b[^{]*\\{`), `$& ${field}`);
    const { path } = await file(edited);
    const instance = await gatehouse({ SUPERGRAPH_FILE: path });
    expect(await readiness(instance)).toEqual({
      status: 503,
      supergraph: 'unavailable',
      reason: 'the supergraph cannot be served',
    });
    const log = await readFile(process.env['GATEHOUSE_TEST_LOG']!, 'utf8');
    expect(log).toContain(`${coordinate} takes an argument from a context (@fromContext), which is not supported`);
  });

  it('is never active with an invalid schema', async () => {
    const { url } = await subgraph('boxes', BOXES, { ...boxes });
    const good = compose([own, { name: 'boxes', url, text: LINK + BOXES }]);
    const { path, write } = await file(good);
    const instance = await gatehouse({ SUPERGRAPH_FILE: path });
    // A type lacks a field of its interface.
    await write(`${good}\ninterface Sized @join__type(graph: BOXES) { width: Int }\nextend type Box implements Sized`);
    await until(async () => (await readiness(instance)).supergraph === 'stale');
    // Waits a little longer than one period, because a load of an unchanged file leaves no trace.
    await realTime(1_200);
    expect(await readiness(instance)).toEqual({
      status: 200,
      supergraph: 'stale',
      reason: 'the supergraph cannot be served',
    });
    expect(await metric(instance, 'gatehouse_supergraph_current')).toBe(0);
  });
});
