import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { emitSubgraph } from '../../src/graphql/schema/schema.ts';
import { type BothPlanners, PLANNERS, startBothPlanners } from '../support/both_planners.ts';
import { mazeOf } from '../support/endless_plans.ts';
import { LINK, startSubgraph, type Subgraph } from '../support/subgraphs.ts';

const MEDIA = `type Query { media: Media thing: Thing } union Media = Book | Film interface Thing { id: ID }
  type Book implements Thing { id: ID } type Film implements Thing { id: ID }`;
const film = { __typename: 'Film', id: '1' };

let media: Subgraph;
let folder: string;
let gatehouses: BothPlanners;
beforeAll(async () => {
  media = await startSubgraph('media', MEDIA, { Query: { media: () => film, thing: () => film } });
  const services = Object.entries(mazeOf(3, 3)).map(([name, text]) => ({ name, url: 'http://127.0.0.1:9', text }));
  const { supergraphSdl, errors } = composeServices(
    [
      { name: 'gatehouse', url: '', text: emitSubgraph() },
      { name: 'media', url: media.url, text: LINK + MEDIA },
      ...services.map(({ text, ...one }) => ({ ...one, text: LINK + text })),
    ].map(({ text, ...one }) => ({ ...one, typeDefs: parse(text) })),
  );
  expect(errors).toBeUndefined();
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-planning-'));
  const file = join(folder, 'supergraph.graphql');
  await writeFile(file, supergraphSdl!);
  gatehouses = await startBothPlanners({ SUPERGRAPH_FILE: file, TRUST_PROXY: '127.0.0.1' });
});
afterAll(async () => {
  await gatehouses.close();
  await media.stop();
  await rm(folder, { recursive: true });
});

describe('an operation that is never planned to the end', () => {
  it('is refused by code, has one line in the log, and delays no other operation for ever', async () => {
    const { client } = gatehouses.native;
    const endless = ['{ entity { end0 } }', '{ entity { end0 end1 } }'];
    const stuck = endless.map((query) => client.ask(query));
    expect((await client.ask('{ media { __typename } }')).data).toEqual({ media: { __typename: 'Film' } });
    const answers = [...(await Promise.all(stuck)), await client.ask(endless[0]!)];
    for (const { refusal, status } of answers) expect([refusal, status]).toEqual(['GRAPHQL_VALIDATION_FAILED', 400]);
    const log = await readFile(process.env['GATEHOUSE_TEST_LOG']!, 'utf8');
    const lines = log.split('\n').filter((line) => line.includes('an operation could not be planned'));
    // Other test files write to the same log.
    const ids = answers.map(({ errors }) => errors![0]!.extensions.requestId!);
    const mine = ids.map((id) => lines.filter((line) => line.includes(id)).length);
    expect(mine).toEqual([1, 1, 0]);
  });
});

describe('operations that are never planned to the end, more of them than there are places for', () => {
  const endless = (name: string) => Array.from({ length: 8 }, (_, at) => `query ${name}${at} { entity { end0 end1 } }`);
  const ask = (query: string, address: string, signal?: AbortSignal) =>
    gatehouses.native.client.ask(query, {
      headers: { 'x-forwarded-for': address },
      ...(signal ? { signal } : {}),
    });

  it('do not delay plans for clients at another address', async () => {
    const stuck = endless('Stuck').map((query) => ask(query, '198.51.100.7'));
    // It needs no plan, so its response shows that the others are queued.
    await ask('{ __typename }', '198.51.100.7');
    expect((await ask('query Other { media { __typename } }', '203.0.113.9')).data).toEqual({
      media: { __typename: 'Film' },
    });
    const refusals = (await Promise.all(stuck)).map(({ refusal }) => refusal);
    expect(new Set(refusals)).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED', 'OVERLOADED']));
  });

  it('are cancelled after their clients disconnect', async () => {
    const gone = new AbortController();
    const stuck = endless('Gone').map((query) => ask(query, '198.51.100.7', gone.signal).catch(() => 'gone'));
    await ask('{ __typename }', '198.51.100.7');
    gone.abort();
    expect(await Promise.all(stuck)).toEqual(Array(8).fill('gone'));
    expect((await ask('query Same { media { __typename } }', '198.51.100.7')).data).toEqual({
      media: { __typename: 'Film' },
    });
  });
});

describe.each(PLANNERS)('a condition on a fragment, by the %s planner', (planner) => {
  it.each([
    ['... on Media @include(if: $yes) { __typename }', film.__typename],
    ['... @include(if: $yes) { __typename }', film.__typename],
    ['... on Media @include(if: $yes) { ... on Media @skip(if: $no) { ... on Film { __typename } } }', film.__typename],
    ['... on Media @skip(if: $yes) { __typename }', undefined],
  ])('is planned: media { %s }', async (selection, name) => {
    const query = `query ($yes: Boolean = true, $no: Boolean = false) { media { ${selection} ... @skip(if: $no) { alike: __typename } } }`;
    const { data, errors } = await gatehouses[planner].client.ask(query);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ media: { ...(name ? { __typename: name } : {}), alike: 'Film' } });
  });

  it('is planned on an interface', async () => {
    const query = 'query ($yes: Boolean!) { thing { ... on Thing @include(if: $yes) { id } } }';
    const { client } = gatehouses[planner];
    expect((await client.ask(query, { variables: { yes: true } })).data).toEqual({ thing: { id: '1' } });
    expect((await client.ask(query, { variables: { yes: false } })).data).toEqual({ thing: {} });
  });
});
