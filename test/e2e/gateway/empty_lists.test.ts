import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { fromSubgraphs } from '../../../src/gateway/composition/supergraph.ts';
import { emitSubgraph } from '../../../src/graphql/schema/schema.ts';
import { startInstance } from '../../support/instance.ts';
import { adminToken } from '../../support/accounts.ts';
import { LINK, startSubgraph } from '../../support/subgraphs.ts';

const compose = (schema: string, url = '') =>
  fromSubgraphs([{ name: 'team', url }], emitSubgraph(), async () => schema).load();

it.each([
  '@requiresScopes(scopes: [])',
  '@requiresScopes(scopes: [[]])',
  '@requiresScopes(scopes: [[], ["x"]])',
  '@policy(policies: [])',
  '@policy(policies: [[]])',
  '@policy(policies: [["x"], []])',
])('a schema with %s is refused', async (directive) => {
  await expect(compose(`${LINK} type Query { a: String ${directive} }`)).rejects.toMatchObject({
    reason: 'team: no schema',
    message: expect.stringMatching(/@(requiresScopes|policy) must not have an empty list$/),
  });
});

it('denies every caller at an empty list in a foreign supergraph', async () => {
  const SCHEMA = `type Query {
    scopes: String @requiresScopes(scopes: [["none"]]) policy: String @policy(policies: [["none"]])
    either: String @requiresScopes(scopes: [["none"], ["books:read"]])
  }`;
  const answer = () => 'SECRET';
  const subgraph = await startSubgraph('team', SCHEMA, { Query: { scopes: answer, policy: answer, either: answer } });
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'));
  const file = join(folder, 'supergraph.graphql');
  const emptied = (await compose(LINK + SCHEMA, subgraph.url)).replaceAll('["none"]', '[]');
  expect(emptied).toContain('@requiresScopes(scopes: [[]])');
  await writeFile(file, emptied);
  const instance = await startInstance({ env: { SUPERGRAPH_FILE: file } });
  const { data } = await instance.client.ask('{ scopes policy either }', { token: await adminToken(instance) });
  // The other lists of a directive still apply.
  expect(data).toEqual({ scopes: null, policy: null, either: 'SECRET' });
  await instance.close();
  await subgraph.stop();
  await rm(folder, { recursive: true });
});
