import { expect, it } from '@jest/globals';
import { createProbe } from '../../src/gateway/transport/probe.ts';

const HOUR = 3_600_000;
const BOXES = { name: 'boxes', url: 'http://boxes/graphql' };

/** Creates a probe with its own clock, and records its requests. */
function start(text = '{"data":{"__typename":"Query"}}') {
  const asked: string[] = [];
  const time = { now: HOUR };
  const probe = createProbe(
    {
      post: async ({ subgraph, url, identity, headers, idempotent }) => {
        asked.push([subgraph, url, JSON.stringify([identity, headers, idempotent])].join(' '));
        return { status: 200, text };
      },
    },
    () => time.now,
  );
  return { probe, asked, time };
}

it('probes a subgraph without a caller, again after a while, and again after the clock was set back', async () => {
  const { probe, asked, time } = start();
  const first = await probe(BOXES);
  time.now += 4_999;
  expect(await probe(BOXES)).toBe(first);
  expect(asked).toEqual(['boxes http://boxes/graphql [{},{},true]']);
  time.now += 1;
  expect(await probe(BOXES)).toMatchObject({ reason: null });
  expect(asked).toHaveLength(2);
  // The clock was set back.
  time.now -= HOUR;
  await probe(BOXES);
  expect(asked).toHaveLength(3);
});

it('subgraphs are probed separately', async () => {
  const { probe, asked } = start();
  const others = [
    { ...BOXES, name: 'labels' },
    { ...BOXES, url: 'http://other/graphql' },
  ];
  await Promise.all([BOXES, ...others].map(probe));
  expect(asked.map((line) => line.split(' ', 2).join(' '))).toEqual(
    [BOXES, ...others].map(({ name, url }) => `${name} ${url}`),
  );
});

it.each(['{"data":{"__typename":"Query"}}', '{"data":{"__typename":""},"errors":[]}'])(
  'accepts a GraphQL response: %s',
  async (text) => {
    expect(await start(text).probe(BOXES)).toEqual({ reason: null, milliseconds: expect.any(Number) });
  },
);

it.each([
  '',
  'null',
  '[]',
  '{}',
  '{"data":null}',
  '{"data":{}}',
  '{"data":{"__typename":null}}',
  '{"__typename":"Query"}',
  '<html>',
])('refuses a response that is not GraphQL: %s', async (text) => {
  expect(await start(text).probe(BOXES)).toEqual({
    reason: 'Not a GraphQL response (status 200)',
    milliseconds: null,
  });
});
