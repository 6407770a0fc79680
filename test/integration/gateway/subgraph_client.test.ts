import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createIdentities, type Identities } from '../../../src/gateway/transport/identity.ts';
import { createSettings, type SubgraphOptions } from '../../../src/gateway/transport/subgraph_settings.ts';
import { createSubgraphClient, type SubgraphClient } from '../../../src/gateway/transport/subgraph_client.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { NO_TRACING, type Tracing } from '../../../src/kernel/tracing.ts';
import { createVerifier } from '../../../packages/subgraph/src/index.ts';
import { logFile } from '../../support/log_file.ts';
import { type Received, startSubgraph, type Subgraph } from '../../support/subgraphs.ts';
import { latency, realTime } from '../../support/real_time.ts';
import { until } from '../../support/until.ts';

const ISSUER = 'http://gateway.test';
const QUERY = '{ n }';
const MUTATION = 'mutation { add }';

let orders: Subgraph;
let identities: Identities;
/** The keys that the identities are signed with. */
let now = 1_800_000_000_000;
beforeAll(async () => {
  orders = await startSubgraph('orders', 'type Query { n: Int } type Mutation { add: Int }');
  identities = await createIdentities(['a secret of the tests, 32 bytes or more'], { issuer: ISSUER }, () => now);
});
afterAll(() => orders.stop());

const clients: SubgraphClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  orders.answer(null);
  orders.received.length = 0;
});

/** Creates a client, and a function that asks the subgraph with it. */
function makeClient(options: SubgraphOptions = {}, tracing: Tracing = NO_TRACING) {
  const settingsOf = createSettings({ '*': options });
  const client = createSubgraphClient({ identities, settingsOf, tracing, log: createLog('trace', logFile()) });
  clients.push(client);
  const post = (query: string, url = orders.url) => {
    const body = JSON.stringify({ query });
    const idempotent = !query.startsWith('mutation');
    return client.post({ subgraph: 'orders', url, body, idempotent, identity: {}, headers: {} });
  };
  return { client, ask: async (query: string) => (await post(query)).text, post };
}

/** Holds each request of the subgraph until it is released, and answers with its number. */
function hold() {
  const releases: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  orders.answer(async () => {
    const number = orders.received.length;
    waiting.shift()?.();
    await new Promise<void>((resolve) => (releases[number] = resolve));
    return { body: String(number) };
  });
  return {
    /** Resolves when the subgraph receives another request. */
    arrival: () => new Promise<void>((resolve) => waiting.push(resolve)),
    release: (number: number) => releases[number]!(),
  };
}

const asked = () => orders.received.map(({ query }) => query);

describe('the same query, asked again', () => {
  it('is sent once while it is under way', async () => {
    const { ask } = makeClient();
    const { arrival, release } = hold();
    const arrived = arrival();
    const answers = [ask(QUERY), ask(QUERY)];
    await arrived;
    answers.push(ask(QUERY));
    release(1);
    expect(await Promise.all(answers)).toEqual(['1', '1', '1']);
    expect(asked()).toEqual([QUERY]);
  });

  it('is sent anew once a mutation has begun, and once it has ended', async () => {
    const { ask } = makeClient();
    const { arrival, release } = hold();
    const answers: Promise<string>[] = [];
    for (const query of [QUERY, MUTATION, QUERY]) {
      const arrived = arrival();
      answers.push(ask(query));
      await arrived;
    }
    release(2);
    expect(await answers[1]).toBe('2');
    const arrived = arrival();
    answers.push(ask(QUERY));
    await arrived;
    for (const number of [1, 3, 4]) release(number);
    expect(await Promise.all(answers)).toEqual(['1', '2', '3', '4']);
    expect(asked()).toEqual([QUERY, MUTATION, QUERY, QUERY]);
  });

  it('is sent once while it is under way after a mutation, also where the one from before ends', async () => {
    const { ask } = makeClient();
    const { arrival, release } = hold();
    const arrivals = [arrival(), arrival(), arrival()];
    const before = ask(QUERY);
    await arrivals[0];
    const change = ask(MUTATION);
    await arrivals[1];
    release(2);
    await change;
    const after = [ask(QUERY)];
    await arrivals[2];
    release(1);
    expect(await before).toBe('1');
    after.push(ask(QUERY));
    release(3);
    expect(await Promise.all(after)).toEqual(['3', '3']);
    expect(asked()).toEqual([QUERY, MUTATION, QUERY]);
  });
});

describe('a request', () => {
  it('may take all the time that there is for it', async () => {
    const { ask } = makeClient({ timeoutMs: 700 });
    orders.answer(async () => 'hang');
    // At different moments between the ticks of any clock.
    const times = ['a', 'b', 'c', 'd'].map(async (alias, at) => {
      await latency(at * 125);
      const started = performance.now();
      await expect(ask(`{ ${alias}: n }`)).rejects.toThrow();
      return performance.now() - started;
    });
    for (const time of await Promise.all(times)) expect([time > 690, time < 1_000]).toEqual([true, true]);
  });
});

describe('the headers of a trace', () => {
  it('take the place of none that goes along on purpose', async () => {
    const traced = {
      traceparent: 'ours',
      baggage: 'a=forged',
      'content-type': 'forged',
      'gatehouse-identity': 'forged',
    };
    const { client } = makeClient({}, { ...NO_TRACING, headers: () => traced });
    const request = { subgraph: 'orders', url: orders.url, body: JSON.stringify({ query: QUERY }), idempotent: true };
    await client.post({ ...request, identity: {}, headers: { baggage: 'a=1' } });
    const { headers } = orders.received[0]!;
    expect(headers).toMatchObject({ traceparent: 'ours', baggage: 'a=1', 'content-type': 'application/json' });
    expect(headers['gatehouse-identity']).toMatch(/^eyJ/);
  });
});

describe('a name with several addresses', () => {
  it('fails with a message if none of them responds', async () => {
    const { port } = new URL(orders.url);
    await orders.stop();
    const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
    const lookup = jest
      .spyOn(dns, 'lookup')
      .mockImplementation(((_name: string, _options: object, done: any) => done(null, addresses)) as typeof dns.lookup);
    try {
      const error = await makeClient({ retries: 0 })
        .post(QUERY, `http://two.test:${port}/`)
        .catch((error: unknown) => error);
      expect(error).toMatchObject({
        message: 'ECONNREFUSED',
        cause: { errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }] },
      });
    } finally {
      lookup.mockRestore();
      await orders.start();
    }
  });
});

describe('a request beyond those that may be under way', () => {
  /** Verifies as the subgraph's own code does, at its current time. */
  const verify = ({ headers, body }: Received) =>
    createVerifier({
      issuer: ISSUER,
      subgraph: 'orders',
      clock: () => now,
      fetch: async () => Response.json({ keys: identities.jwks }),
    }).verifyIdentity({ headers, body });

  it('is signed when its turn comes, however long it waited', async () => {
    const { ask } = makeClient({ concurrency: 1 });
    const { arrival, release } = hold();
    const arrived = arrival();
    const answers = [ask('{ a: n }'), ask('{ b: n }'), ask('{ c: n }')];
    await arrived;
    for (const number of [1, 2]) {
      const next = arrival();
      now += 40_000;
      release(number);
      await next;
      expect(await verify(orders.received.at(-1)!)).toEqual({ anonymous: true });
    }
    release(3);
    expect(await Promise.all(answers)).toEqual(['1', '2', '3']);
    expect(asked()).toEqual(['{ a: n }', '{ b: n }', '{ c: n }']);
  });

  it('waits no longer than it may take in all', async () => {
    const { ask } = makeClient({ concurrency: 1, timeoutMs: 2_000 });
    orders.answer(async () => 'hang');
    const first = ask('{ a: n }').catch(String);
    // The first one has used half of its time.
    await realTime(1_000);
    orders.answer(async () => ({ body: 'late' }));
    // It gets its turn after a second, and has another second left.
    const second = ask('{ b: n }');
    expect(await first).toBe('Error: No answer within 2000 ms');
    expect(await second).toBe('late');
    orders.answer(async () => 'hang');
    const others = [ask('{ c: n }'), ask('{ d: n }'), ask('{ e: n }')];
    const ends = await Promise.all(others.map((other) => other.catch(() => performance.now())));
    // All at once, not one after another.
    expect((ends[2] as number) - (ends[0] as number)).toBeLessThan(1_000);
    orders.answer(async () => ({ body: 'there again' }));
    expect(await ask('{ f: n }')).toBe('there again');
  });

  it('waits no longer either behind one that may take longer than itself', async () => {
    const { ask } = makeClient({ concurrency: 1, timeoutMs: 2_400, retries: 1 });
    orders.answer(async ({ query }) => {
      if (query === '{ b: n }') return 'hang';
      await latency(1_800);
      return 'break';
    });
    const started = performance.now();
    const first = ask('{ a: n }').catch(() => performance.now() - started);
    // Late in the time of the first one.
    await realTime(1_500);
    const second = ask('{ b: n }').catch(() => performance.now() - started);
    expect(await first).toBeLessThan(3_400);
    expect(await second).toBeGreaterThan(3_800);
    expect(asked()).toEqual(['{ a: n }', '{ b: n }']);
  });

  it('is not held up by one that is about to be tried again', async () => {
    const { ask } = makeClient({ concurrency: 1, retries: 1 });
    let times = 0;
    orders.answer(async ({ query }) => (query === '{ a: n }' && times++ === 0 ? 'break' : { body: query }));
    const done: string[] = [];
    await Promise.all(['{ a: n }', '{ b: n }'].map(async (query) => void done.push(await ask(query))));
    expect(done).toEqual(['{ b: n }', '{ a: n }']);
  });
});

describe('closing', () => {
  const PATIENT = { timeoutMs: 300_000, concurrency: 1 };
  const STOPS = 'Error: The gateway is stopping';

  /** A server that handles its connections as given. */
  async function listen(take: (socket: Socket) => void) {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      take(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const close = () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    };
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server, sockets, close };
  }

  /** One request and its response: events of other connections from before have been handled by its end. */
  const exchange = () => makeClient().ask(QUERY);

  it.each<[string, (socket: Socket) => void]>([
    ['answers nothing', () => {}],
    ['answers half', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')],
  ])('is not held up by a subgraph that accepts and %s, nor by who waits for it', async (_, take) => {
    const { client, post } = makeClient(PATIENT);
    const { url, server, close } = await listen(take);
    const answers = [QUERY, '{ other: n }'].map((query) => post(query, url).then(String, String));
    const [socket] = (await once(server, 'connection')) as [Socket];
    await once(socket, 'data');
    await exchange();
    const gone = once(socket, 'close');
    const started = performance.now();
    await client.close();
    expect(await Promise.all(answers)).toEqual([STOPS, STOPS]);
    await gone;
    expect(performance.now() - started).toBeLessThan(1_000);
    close();
  });

  it('has nothing tried again, and nothing begun', async () => {
    const { client, post } = makeClient({ ...PATIENT, retries: 10 });
    const { url, sockets, close } = await listen((socket) => socket.destroy());
    const other = makeClient({ ...PATIENT, retries: 10 });
    const control = await listen((socket) => socket.destroy());
    const answer = post(QUERY, url).then(String, String);
    void other.post(QUERY, control.url).catch(() => {});
    // Stops in the pause of 1.6 s after the sixth attempt.
    await until(() => sockets.length >= 6, Boolean, { everyMs: 5 });
    await exchange();
    const started = performance.now();
    await client.close();
    expect(await answer).toBe(STOPS);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(await post('{ later: n }', url).then(String, String)).toBe(STOPS);
    // The same client, not closed, has tried a seventh time meanwhile.
    await until(() => control.sockets.length >= 7);
    expect(sockets).toHaveLength(6);
    close();
    control.close();
  });
});
