import { expect, it } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { type RequestScope, createExecutor } from '../../src/gateway/execution/executor.ts';
import { createSettings } from '../../src/gateway/transport/subgraph_settings.ts';
import type { SubgraphClient } from '../../src/gateway/transport/subgraph_client.ts';
import type { Log } from '../../src/kernel/log.ts';

const DOCUMENT = parse(`query ($r: [_Any!]!) {
  a: one two _entities(representations: $r) { __typename } e1: _entities(representations: $r) { __typename }
}`);

/** Fetches from an unavailable subgraph. */
async function ask(gone?: AbortSignal) {
  let posts = 0;
  const post: SubgraphClient['post'] = async () => {
    posts += 1;
    throw new Error('away');
  };
  const fetch = createExecutor({
    own: buildSchema('type Query { own: Int }'),
    client: { post, close: async () => {} },
    settingsOf: createSettings({}),
    log: { warn: () => {} } as unknown as Log,
  });
  const scope = {
    context: { origin: {}, header: () => undefined },
    identity: async () => ({}),
    signal: gone,
  } as unknown as RequestScope;
  const { data, errors } = await fetch('shop', 'http://shop', { document: DOCUMENT, variables: {}, context: scope });
  return { data, errors: errors?.map(({ message, path }) => [message, path]), posts };
}
const PATHS = [['a'], ['two'], ['_entities', 0], ['e1', 0]];

it('a failed fetch has an error at each root field, and at the first entity', async () => {
  const errors = PATHS.map((path) => ['Subgraph shop failed', path]);
  expect(await ask()).toEqual({ data: undefined, errors, posts: 1 });
});

it('a fetch for a disconnected client is not sent', async () => {
  const errors = PATHS.map((path) => ['Try again later', path]);
  expect(await ask(AbortSignal.abort())).toEqual({ data: undefined, errors, posts: 0 });
  expect(await ask(new AbortController().signal)).toMatchObject({ posts: 1 });
});
