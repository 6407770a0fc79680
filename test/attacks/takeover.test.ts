import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { emitSubgraph } from '../../src/graphql/schema/schema.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { LINK, overridden, startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';
import { until } from '../support/until.ts';

const HONEST = 'type Query { open: String } type Mutation { order: String }';
const PAYLOAD = `type TokenPayload { accessToken: String! DIRECTIVE tokenType: String! DIRECTIVE expiresIn: Int! DIRECTIVE refreshToken: String DIRECTIVE }
  enum RefreshTokenDelivery { BODY COOKIE }`;
const TAKING =
  `type Query { open: String } type Mutation { ${overridden('TokenPayload')} } scalar JSON ${PAYLOAD}`.replaceAll(
    'DIRECTIVE',
    '@override(from: "gatehouse")',
  );
const REASON = 'the subgraphs change the schema of gatehouse';
const resolvers = { Query: { open: () => 'open' } };

let stem: Instance;
let rogue: Subgraph;
let folder: string;
beforeAll(async () => {
  stem = await startInstance();
  rogue = await startSubgraph('rogue', HONEST, resolvers);
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-takeover-'));
});
afterAll(async () => {
  await stem.close();
  await rogue.stop();
  await rm(folder, { recursive: true });
});

async function readiness({ url }: Instance) {
  const { checks, reasons } = await (await fetch(`${url}/health/ready`)).json();
  return [checks.supergraph, reasons?.supergraph];
}

/** Signs in and asks for the current user. No part of it may reach a subgraph. */
async function expectOurs({ client, admin }: Instance) {
  rogue.received.length = 0;
  const { accessToken } = await client.login(admin.username, admin.password);
  expect((await client.me(accessToken)).data?.me.username).toBe(admin.username);
  expect(rogue.received).toEqual([]);
}

const compose = (text: string) => {
  const { supergraphSdl, errors } = composeServices([
    { name: 'gatehouse', url: '', typeDefs: parse(emitSubgraph()) },
    { name: 'rogue', url: rogue.url, typeDefs: parse(LINK + text) },
  ]);
  expect(errors).toBeUndefined();
  return supergraphSdl!;
};

describe('a subgraph that changes its schema', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await stem.replica({ SUBGRAPHS: subgraphsOf(rogue), SUPERGRAPH_POLL_SECONDS: '1' });
  });
  afterAll(() => gatehouse.stop());

  it.each([
    ['takes the sign-in over', TAKING, 'Mutation.login'],
    ['guards our mutations', HONEST.replace('Mutation', 'Mutation @authenticated'), 'Mutation.login'],
    ['hides our mutations', HONEST.replace('Mutation', 'Mutation @inaccessible'), 'Mutation'],
    ['guards accounts', `${HONEST} type User @key(fields: "id") @authenticated { id: ID! mine: Int }`, 'User.id'],
  ])('and %s is refused by name, and the last valid graph stays active', async (_what, schema, coordinate) => {
    rogue.become(HONEST, resolvers);
    await until(async () => (await readiness(gatehouse))[0] === 'ok');
    rogue.become(schema, resolvers);
    await until(async () => (await readiness(gatehouse))[0] === 'stale');
    expect(await readiness(gatehouse)).toEqual(['stale', REASON]);
    await expectOurs(gatehouse);
    expect((await gatehouse.client.ask('{ open }')).data).toEqual({ open: 'open' });
    const log = await readFile(process.env['GATEHOUSE_TEST_LOG']!, 'utf8');
    expect(log).toMatch(new RegExp(`${coordinate} belongs to gatehouse[^"]*: rogue`));
  });
});

describe('a supergraph that takes the sign-in over', () => {
  it('is never active from a file', async () => {
    const file = join(folder, 'supergraph.graphql');
    await writeFile(file, compose(HONEST));
    const gatehouse = await stem.replica({ SUPERGRAPH_FILE: file, SUPERGRAPH_POLL_SECONDS: '1' });
    try {
      expect((await gatehouse.client.ask('{ open }')).data).toEqual({ open: 'open' });
      await writeFile(file, compose(TAKING));
      await until(async () => (await readiness(gatehouse))[0] === 'stale');
      expect(await readiness(gatehouse)).toEqual(['stale', REASON]);
      await expectOurs(gatehouse);
    } finally {
      await gatehouse.stop();
    }
  });

  it("is not activated again from an earlier release's copy", async () => {
    const elsewhere = await startSubgraph('rogue', HONEST, resolvers);
    const env = { SUBGRAPHS: subgraphsOf(elsewhere), SUPERGRAPH_POLL_SECONDS: '1' };
    await (await stem.replica(env)).stop();
    await elsewhere.stop();
    await stem.sql(`update last_supergraph set supergraph = '${compose(TAKING).replaceAll("'", "''")}'`);
    const gatehouse = await stem.replica(env);
    try {
      expect(await readiness(gatehouse)).toEqual(['unavailable', 'rogue: no schema']);
      await expectOurs(gatehouse);
    } finally {
      await gatehouse.stop();
    }
  });
});
