import { describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildASTSchema, parse } from 'graphql';
import type { Asking } from '../../src/gateway/executor.ts';
import { createNativePlanner } from '../../src/gateway/native_planner.ts';
import { Refusal } from '../../src/kernel/errors.ts';
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
    const run = await createNativePlanner(supergraphOf(8), fetch, 20);
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
});
