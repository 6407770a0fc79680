import { describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildASTSchema, parse } from 'graphql';
import type { Asking } from '../../src/gateway/executor.ts';
import { createNativePlanner } from '../../src/gateway/native_planner.ts';
import { PLAN_LIMITS } from '../../src/gateway/plans.ts';
import { Refusal } from '../../src/kernel/errors.ts';
import { mazeOf } from '../support/maze.ts';
import { LINK } from '../support/subgraphs.ts';

/** An interface of so many types, each in two subgraphs: one level of it has so many ways, and the next the square. */
function supergraphOf(types: number) {
  const each = (fields: string) =>
    Array.from({ length: types }, (_, i) => `type T${i} implements N @key(fields: "id") { id: ID! ${fields} }`).join(
      ' ',
    );
  const schemas = {
    one: `type Query { root: N } interface N { id: ID! } ${each('')}`,
    two: `interface N { id: ID! name: String next: N } ${each('name: String next: N')}`,
  };
  return supergraphFrom(schemas);
}

function supergraphFrom(schemas: Readonly<Record<string, string>>) {
  const services = Object.entries(schemas).map(([name, text]) => ({
    name,
    url: `http://${name}`,
    typeDefs: parse(LINK + text),
  }));
  const { supergraphSdl: text } = composeServices(services) as { supergraphSdl: string };
  return { text, schema: buildASTSchema(parse(text), { assumeValidSDL: true }) };
}

describe('the native planner', () => {
  it('makes two plans at a time: what else wants one is refused when its turn does not come, and not for ever', async () => {
    const fetch = async () => ({ data: { root: null } });
    const run = await createNativePlanner(supergraphOf(6), fetch, {
      ...PLAN_LIMITS,
      patienceMs: 20,
      planningMs: 60_000,
    });
    // Some hundred milliseconds each.
    const dear = (n: number) =>
      parse(`{ root { ${'__typename '.repeat(n)} id name next { id name next { id name next { id name } } } } }`);
    const documents = [1, 2, 3, 4].map(dear);
    const ask = (document = documents[0]!) => run(document, {}, {} as Asking).catch((error: unknown) => error);
    const answers = await Promise.all(documents.map(ask));
    const refused = answers.filter((answer) => answer instanceof Refusal);
    expect(refused.map(({ kind, retryAfter }) => [kind, retryAfter])).toEqual([
      ['OVERLOADED', 1],
      ['OVERLOADED', 1],
    ]);
    for (const document of documents) expect(await ask(document)).toMatchObject({ data: { root: null } });
  });

  it('gives the places of two plans that never end to others, and does not try those again at once', async () => {
    const fetch = async () => ({ data: { open: 'open' } });
    const run = await createNativePlanner(supergraphFrom(mazeOf(3, 3)), fetch, { ...PLAN_LIMITS, planningMs: 300 });
    const ask = (query: string, document = parse(query)) =>
      run(document, {}, {} as Asking).catch((error: unknown) => error);
    const endless = [parse('{ entity { end0 } }'), parse('{ entity { end0 end1 } }')];
    const stuck = endless.map((document) => ask('', document));
    expect(await ask('{ open }')).toMatchObject({ data: { open: 'open' } });
    for (const refusal of await Promise.all(stuck)) {
      expect(refusal).toMatchObject({ kind: 'VALIDATION_FAILED', message: expect.stringMatching(/limit of 300 mill/) });
    }
    expect(await ask('', endless[0])).toBe(await stuck[0]);
  });
});
