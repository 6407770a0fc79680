import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { SupergraphDocument } from '../../../schema/documents.ts';
import { emitSubgraph } from '../../../src/graphql/schema/schema.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser } from '../../support/accounts.ts';
import { LINK, startSubgraph, type Subgraph, subgraphsOf } from '../../support/subgraphs.ts';

const BOXES = `${LINK} type Query { boxes: Int }`;

describe('the health of subgraphs', () => {
  let now = Date.now();
  let boxes: Subgraph;
  let labels: Subgraph;
  let plain: Instance;
  let gatehouse: Instance;
  beforeAll(async () => {
    boxes = await startSubgraph('boxes', BOXES);
    labels = await startSubgraph('labels', 'type Query { labels: Int }');
    plain = await startInstance();
    gatehouse = await startInstance({
      clock: () => now,
      env: { SUBGRAPHS: subgraphsOf(boxes, labels), SUPERGRAPH_POLL_SECONDS: '1' },
    });
  });
  afterAll(async () => {
    await Promise.all([gatehouse.close(), plain.close()]);
    await Promise.all([boxes.stop(), labels.stop()]);
  });

  async function health(instance = gatehouse) {
    const { data, errors } = await instance.client.send(SupergraphDocument, {}, { token: await adminToken(instance) });
    expect(errors).toBeUndefined();
    return data!.supergraph;
  }
  /** Moves the clock past the time for which results are reused. */
  const later = () => (now += 5_000);
  const probes = (subgraph: Subgraph) => subgraph.received.filter(({ query }) => query === '{ __typename }').length;
  const up = { composed: true, state: 'UP', reason: null, milliseconds: expect.any(Number) };

  it('is null if the server is not a gateway', async () => {
    expect(await health(plain)).toBeNull();
  });

  it('has their addresses, and since when the graph is active', async () => {
    const { changedAt, ...told } = (await health())!;
    expect(told).toEqual({
      state: 'OK',
      reason: null,
      subgraphs: [
        { name: 'boxes', url: boxes.url, ...up },
        { name: 'labels', url: labels.url, ...up },
      ],
    });
    expect(Date.parse(changedAt!)).toBe(now);
  });

  it('shares one probe between simultaneous readers, and the next', async () => {
    later();
    const before = probes(boxes);
    await Promise.all([health(), health(), health()]);
    await health();
    expect(probes(boxes)).toBe(before + 1);
    later();
    await health();
    expect(probes(boxes)).toBe(before + 2);
    // Signed without a caller.
    const identity = boxes.received.at(-1)!.headers['gatehouse-identity'] as string;
    const claims = JSON.parse(Buffer.from(identity.split('.')[1]!, 'base64url').toString());
    expect([claims.sub, claims.role]).toEqual([undefined, undefined]);
  });

  it.each<[string, Parameters<Subgraph['answer']>[0], RegExp]>([
    [
      'answers an error page',
      async () => ({ status: 502, body: '<h1>Bad gateway</h1>' }),
      /^Not a GraphQL response .*502/,
    ],
    ['answers JSON of its own', async () => ({ body: '{"message":"hello"}' }), /^Not a GraphQL response/],
    ['answers null', async () => ({ body: 'null' }), /^Not a GraphQL response/],
    ['hangs up', async () => 'break', /closed|reset|hang/i],
    ['does not answer', async () => 'hang', /^No answer within 3000 ms$/],
  ])('has the reason if a subgraph %s', async (_how, how, reason) => {
    later();
    boxes.answer(how);
    try {
      expect((await health())!.subgraphs).toEqual([
        {
          name: 'boxes',
          url: boxes.url,
          composed: true,
          state: 'DOWN',
          reason: expect.stringMatching(reason),
          milliseconds: null,
        },
        { name: 'labels', url: labels.url, ...up },
      ]);
    } finally {
      boxes.answer(null);
    }
  });

  it('has a subgraph that was never available, beside the reason why no supergraph is composed', async () => {
    await labels.stop();
    const started = await plain.replica({ SUBGRAPHS: subgraphsOf(labels) });
    try {
      expect(await health(started)).toEqual({
        state: 'UNAVAILABLE',
        reason: 'labels: no schema',
        changedAt: null,
        subgraphs: [
          {
            name: 'labels',
            url: labels.url,
            composed: false,
            state: 'DOWN',
            reason: expect.stringContaining('ECONNREFUSED'),
            milliseconds: null,
          },
        ],
      });
    } finally {
      await started.stop();
      await labels.start();
    }
  });

  it('has the subgraphs of a supergraph file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-health-'));
    const { supergraphSdl } = composeServices([
      { name: 'gatehouse', url: 'http://gatehouse.example/graphql', typeDefs: parse(emitSubgraph()) },
      { name: 'boxes', url: boxes.url, typeDefs: parse(BOXES) },
    ]);
    const file = join(folder, 'supergraph.graphql');
    await writeFile(file, supergraphSdl!);
    const started = await plain.replica({ SUPERGRAPH_FILE: file });
    try {
      expect((await health(started))!.subgraphs).toEqual([{ name: 'boxes', url: boxes.url, ...up }]);
    } finally {
      await started.stop();
      await rm(folder, { recursive: true });
    }
  });

  it('is for admins and tokens with the scope `supergraph`', async () => {
    const scoped = async (scope: string) =>
      (await gatehouse.client.form('/token', { ...gatehouse.admin, scope })).body.access_token as string;
    const kandi = await createUser(gatehouse);
    const { accessToken } = await gatehouse.client.login(kandi.username, kandi.password);
    later();
    const before = probes(boxes);
    for (const token of [accessToken, await scoped('users:read keys')]) {
      const { data, refusal } = await gatehouse.client.send(SupergraphDocument, {}, { token });
      expect([data?.supergraph ?? null, refusal]).toEqual([null, 'FORBIDDEN']);
    }
    // Their requests cause none to the subgraph either.
    expect(probes(boxes)).toBe(before);
    const { refusal } = await gatehouse.client.send(SupergraphDocument, {}, { token: await scoped('supergraph') });
    expect(refusal).toBeUndefined();
  });
});
