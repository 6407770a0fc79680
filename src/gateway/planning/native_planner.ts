import { QueryPlanner } from '@graphql-hive/router-query-planner';
import { getOperationAST, getVariableValues } from 'graphql';
import { VALIDATION_BOUND } from '../../graphql/server/errors.ts';
import { networksOf } from '../../limits/client_address.ts';
import { readComputed } from '../execution/computed.ts';
import { executePlan } from '../execution/execute_plan.ts';
import type { ExecuteFetch } from '../execution/executor.ts';
import { readOwnership } from '../composition/ownership.ts';
import { createPlans, PLAN_LIMITS } from './plans.ts';
import type { PlanRunner, ComposedSupergraph } from '../execution/plan_runner.ts';
import { createSelections } from '../execution/selection.ts';

/**
 * Creates the native planner, whose plans are executed in this process. Its runs reject as {@link createPlans}
 * describes.
 * @throws if the planner refuses the supergraph
 */
export async function createNativePlanner(
  { text, schema }: ComposedSupergraph,
  fetch: ExecuteFetch,
  limits = PLAN_LIMITS,
): Promise<PlanRunner> {
  const planOf = createPlans(new QueryPlanner(text), schema, limits);
  const { subgraphs } = readOwnership(schema);
  const selections = createSelections(schema);
  const computed = readComputed(schema);

  return async (document, variables, context) => {
    const definitions = getOperationAST(document)?.variableDefinitions ?? [];
    // Coercion adds the default values, because the fetches of a plan have none.
    const { coerced, errors } = getVariableValues(schema, definitions, variables, VALIDATION_BOUND);
    if (errors) return { errors };
    const { signal, context: request } = context;
    const { node } = await planOf(document, { flow: networksOf(request.origin.address), signal: signal });
    return executePlan(node, {
      schema,
      selections,
      computed,
      variables: coerced,
      fetch: (subgraph, document, variables) =>
        fetch(subgraph, subgraphs.get(subgraph) ?? '', { document, context, ...(variables ? { variables } : {}) }),
    });
  };
}
