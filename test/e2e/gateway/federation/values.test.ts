import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  buildClientSchema,
  execute,
  getIntrospectionQuery,
  type GraphQLSchema,
  lexicographicSortSchema,
  parse,
  printSchema,
} from 'graphql';
import { type BothPlanners, PLANNERS, startBothPlanners } from '../../../support/both_planners.ts';
import { adminToken } from '../../../support/accounts.ts';
import { type Subgraph, subgraphsOf } from '../../../support/subgraphs.ts';
import { deviations } from './deviations.ts';
import { families, publicSchema, startFamilies } from './families.ts';
import type { Case, Family } from './families/family.ts';
import { isPart } from './is_part.ts';

let subgraphs: Subgraph[];
let schema: GraphQLSchema;
let token: string;
let gatehouses: BothPlanners;
beforeAll(async () => {
  subgraphs = await startFamilies();
  schema = publicSchema();
  // A token of one server is valid at the other.
  const env = { SUBGRAPHS: subgraphsOf(...subgraphs), JWT_ISSUER: 'http://issuer.example' };
  gatehouses = await startBothPlanners(env);
  token = await adminToken(gatehouses.native);
});
afterAll(async () => {
  await gatehouses.close();
  await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
});

/** The compared parts of a response: data, and the paths of errors. */
interface Answer {
  readonly data: unknown;
  readonly errors: readonly unknown[] | undefined;
}

/** Returns the response of a single server over the same world. */
async function wantedOf({ world }: Family, { query, variables = {}, ...one }: Case): Promise<Answer> {
  if ('data' in one) return { data: one.data, errors: undefined };
  const result = await execute({ schema, document: parse(query), rootValue: world, variableValues: variables });
  return { data: JSON.parse(JSON.stringify(result.data)), errors: result.errors?.map(({ path }) => path) };
}

describe.each(PLANNERS)('a gateway with the %s planner', (planner) => {
  const deviationOf = ({ name }: Family, { query }: Case) =>
    deviations.find((one) => one.planner === planner && one.family === name && one.queries.includes(query));

  it('shows clients the public schema of composition', async () => {
    const { client } = gatehouses[planner];
    const { data } = await client.ask(getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true }));
    const shown = printSchema(lexicographicSortSchema(buildClientSchema(data)));
    expect(shown).toBe(printSchema(lexicographicSortSchema(schema)));
  });

  describe.each(families.map((family) => [family.name, family] as const))('%s', (_, family) => {
    const cases = family.cases.map((one): Case => (typeof one === 'string' ? { query: one } : one));
    const titled = cases.map((one) => [
      one.variables ? `${one.query} ${JSON.stringify(one.variables)}` : one.query,
      one,
    ]);
    it.each(titled as [string, Case][])('%s', async (_, one) => {
      const { client } = gatehouses[planner];
      const { variables, asAdmin } = one;
      const { data, errors, refusal } = await client.ask(one.query, { variables, token: asAdmin ? token : undefined });
      if (one.refused !== undefined) {
        expect([refusal, data ?? null]).toEqual([one.refused, null]);
        return;
      }
      const wanted = await wantedOf(family, one);
      const answer: Answer = { data, errors: errors?.map(({ path }) => path) };
      const deviation = deviationOf(family, one);
      if (!deviation) {
        expect(answer).toEqual(wanted);
        // The fields are in the requested order, too.
        expect(JSON.stringify(data)).toBe(JSON.stringify(wanted.data));
        return;
      }
      expect(answer).not.toEqual(wanted);
      expect(errors !== undefined).toBe(deviation.answers === 'error');
      expect(isPart(data, wanted.data)).toBe(deviation.answers !== 'value');
    });
  });
});

it('lists no deviation of an untested query', () => {
  const asked = new Set(
    families.flatMap(({ name, cases }) => cases.map((one) => `${name} ${typeof one === 'string' ? one : one.query}`)),
  );
  const listed = deviations.flatMap(({ family, queries }) => queries.map((query) => `${family} ${query}`));
  expect(listed.filter((one) => !asked.has(one))).toEqual([]);
});
