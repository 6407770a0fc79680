import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createIdentities, type Identities } from '../../src/gateway/identity.ts';
import { createSettings, type SubgraphOptions } from '../../src/gateway/settings.ts';
import { createSubgraphClient, type SubgraphClient } from '../../src/gateway/subgraph_client.ts';
import { createLog } from '../../src/kernel/log.ts';
import { logFile } from '../support/log_file.ts';
import { startSubgraph, type Subgraph } from '../support/subgraphs.ts';

const ISSUER = 'http://gateway.test';
const QUERY = '{ n }';
const MUTATION = 'mutation { add }';

let orders: Subgraph;
let identities: Identities;
/** What the identities are signed by. */
const now = 1_800_000_000_000;
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

/** A client, and what asks the subgraph by it. */
function makeClient(options: SubgraphOptions = {}) {
  const settingsOf = createSettings({ '*': options });
  const client = createSubgraphClient({ identities, settingsOf, log: createLog('trace', logFile()) });
  clients.push(client);
  const post = (query: string, url = orders.url) => {
    const body = JSON.stringify({ query });
    const idempotent = !query.startsWith('mutation');
    return client.post({ subgraph: 'orders', url, body, idempotent, asker: {}, headers: {} });
  };
  return { client, ask: async (query: string) => (await post(query)).text, post };
}

/** Has the subgraph answer each request when told to, with the number that it is. */
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
    /** Answers once the subgraph has got another request. */
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
