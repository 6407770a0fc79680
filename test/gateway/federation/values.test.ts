import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execute, type GraphQLSchema, parse } from 'graphql';
import type { PlannerKind } from '../../../src/gateway/planner.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { adminToken } from '../../support/people.ts';
import { type Subgraph, subgraphsOf } from '../../support/subgraphs.ts';
import { families, publicSchema, startFamilies } from './families.ts';
import type { Case, Family } from './families/family.ts';

const PLANNERS: readonly PlannerKind[] = ['native', 'javascript'];

let subgraphs: Subgraph[];
let schema: GraphQLSchema;
let token: string;
const gatehouses = new Map<PlannerKind, Instance>();
beforeAll(async () => {
  subgraphs = await startFamilies();
  schema = publicSchema();
  const env = { SUBGRAPHS: subgraphsOf(...subgraphs), JWT_ISSUER: 'http://issuer.example' };
  const first = await startInstance({ env, planner: 'native' });
  gatehouses.set('native', first).set('javascript', await first.planningBy('javascript'));
  token = await adminToken(first);
});
afterAll(async () => {
  await gatehouses.get('javascript')?.stop();
  await gatehouses.get('native')?.close();
  await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
});

/** What a single server over the same world would answer. */
async function expected({ world }: Family, { query, variables = {} }: Case) {
  const result = await execute({ schema, document: parse(query), rootValue: world, variableValues: variables });
  return JSON.parse(JSON.stringify(result));
}

describe.each(PLANNERS)('the answers of a gateway that plans by the %s planner', (planner) => {
  describe.each(families.filter(({ cases }) => cases.length > 0).map((family) => [family.name, family] as const))(
    '%s',
    (_, family) => {
      const cases = family.cases.map((one): Case => (typeof one === 'string' ? { query: one } : one));
      it.each(cases.map((one) => [`${one.query} ${JSON.stringify(one.variables ?? '')}`, one] as const))(
        '%s',
        async (_, one) => {
          const { variables, asAdmin } = one;
          const { client } = gatehouses.get(planner)!;
          const { data, errors, refusal } = await client.ask(one.query, {
            variables,
            token: asAdmin ? token : undefined,
          });
          if (one.refused !== undefined) {
            expect([refusal, data ?? null]).toEqual([one.refused, null]);
            return;
          }
          const wanted = 'data' in one ? { data: one.data } : await expected(family, one);
          expect({ data, errors: errors?.map(({ path }) => path) }).toEqual({
            data: wanted.data,
            errors: wanted.errors?.map(({ path }: { path: unknown }) => path),
          });
          // In the order in which it was asked for, too.
          expect(JSON.stringify(data)).toBe(JSON.stringify(wanted.data));
        },
      );
    },
  );
});
