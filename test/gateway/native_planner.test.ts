import { describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildASTSchema, parse } from 'graphql';
import type { RequestScope } from '../../src/gateway/execution/executor.ts';
import { createNativePlanner } from '../../src/gateway/planning/native_planner.ts';
import { PLAN_LIMITS } from '../../src/gateway/planning/plans.ts';
import { Refusal } from '../../src/kernel/errors.ts';
import { mazeOf } from '../support/endless_plans.ts';
import { LINK } from '../support/subgraphs.ts';

/**
 * Returns a supergraph with an interface of this many types, each in two subgraphs. One level of it has as many plans,
 * and two levels have the square.
 */
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

/** Makes a request from an address. */
const from = (address: string, signal?: AbortSignal) => ({ context: { origin: { address } }, signal }) as RequestScope;

describe('the native planner', () => {
  it('makes two plans at a time, refuses others whose turn does not come, and serves them later', async () => {
    const fetch = async () => ({ data: { root: null } });
    const run = await createNativePlanner(supergraphOf(6), fetch, {
      ...PLAN_LIMITS,
      patienceMs: 20,
      planningMs: 60_000,
    });
    // Each takes some hundred milliseconds to plan.
    const dear = (n: number) =>
      parse(`{ root { ${'__typename '.repeat(n)} id name next { id name next { id name next { id name } } } } }`);
    const documents = [1, 2, 3, 4].map(dear);
    const ask = (document = documents[0]!) => run(document, {}, from('192.0.2.1')).catch((error: unknown) => error);
    const answers = await Promise.all(documents.map(ask));
    const refused = answers.filter((answer) => answer instanceof Refusal);
    expect(refused.map(({ kind, retryAfter }) => [kind, retryAfter])).toEqual([
      ['OVERLOADED', 1],
      ['OVERLOADED', 1],
    ]);
    for (const document of documents) expect(await ask(document)).toMatchObject({ data: { root: null } });
  });

  it('gives the places of two endless plans to others, and does not retry those at once', async () => {
    const fetch = async () => ({ data: { open: 'open' } });
    const run = await createNativePlanner(supergraphFrom(mazeOf(3, 3)), fetch, { ...PLAN_LIMITS, planningMs: 300 });
    const ask = (query: string, document = parse(query)) =>
      run(document, {}, from('192.0.2.1')).catch((error: unknown) => error);
    const endless = [parse('{ entity { end0 } }'), parse('{ entity { end0 end1 } }')];
    const stuck = endless.map((document) => ask('', document));
    expect(await ask('{ open }')).toMatchObject({ data: { open: 'open' } });
    for (const refusal of await Promise.all(stuck)) {
      expect(refusal).toMatchObject({ kind: 'VALIDATION_FAILED', message: expect.stringMatching(/limit of 300 mill/) });
    }
    expect(await ask('', endless[0])).toBe(await stuck[0]);
  });

  describe('while plans never end', () => {
    const endless = (n: number) => parse(`{ entity { ${'__typename '.repeat(n)} end0 end1 } }`);
    const open = parse('{ open }');
    const planner = (planningMs: number) => {
      const fetch = async () => ({ data: { open: 'open' } });
      return createNativePlanner(supergraphFrom(mazeOf(3, 3)), fetch, { ...PLAN_LIMITS, atOnce: 1, planningMs });
    };

    it('serves another network before the second waiting plan of the first', async () => {
      const run = await planner(300);
      let ended = 0;
      const stuck = [1, 2, 3, 4].map((n) =>
        run(endless(n), {}, from('192.0.2.1')).catch((refusal: Refusal) => (ended++, refusal.kind)),
      );
      expect(await run(open, {}, from('192.0.2.2'))).toMatchObject({ data: { open: 'open' } });
      expect(ended).toBeLessThanOrEqual(2);
      expect(await Promise.all(stuck)).toEqual(Array(4).fill('VALIDATION_FAILED'));
    });

    it('cancels the plans of disconnected clients, running or waiting', async () => {
      const run = await planner(60_000);
      const clients = [1, 2, 3].map(() => new AbortController());
      const stuck = clients.map(({ signal }, at) =>
        run(endless(at + 1), {}, from('192.0.2.1', signal)).catch((refusal: Refusal) => refusal.kind),
      );
      const answer = run(open, {}, from('192.0.2.1'));
      for (const client of clients) client.abort();
      expect(await Promise.all(stuck)).toEqual(Array(3).fill('OVERLOADED'));
      expect(await answer).toMatchObject({ data: { open: 'open' } });
      const late = run(parse('{ open }'), {}, from('192.0.2.1', clients[0]!.signal));
      await expect(late).rejects.toMatchObject({ kind: 'OVERLOADED' });
    });
  });
});
