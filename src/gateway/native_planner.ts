import { type QueryPlan, QueryPlanner } from '@graphql-hive/router-query-planner';
import { type DocumentNode, getOperationAST, getVariableValues, print } from 'graphql';
import { executePlan } from './execute_plan.ts';
import type { Execute } from './executor.ts';
import { readOwnership } from './ownership.ts';
import type { Run, Supergraph } from './run.ts';

/** The native planner, its plans executed here. Throws where the supergraph cannot be planned over. */
export async function createNativePlanner({ text, schema }: Supergraph, fetch: Execute): Promise<Run> {
  const planner = new QueryPlanner(text);
  const { subgraphs } = readOwnership(schema);
  const plans = new WeakMap<DocumentNode, Map<string, Promise<QueryPlan>>>();

  function planOf(document: DocumentNode): Promise<QueryPlan> {
    // `@override(label: "percent(5)")`: each request is of the five or not. No other label is ever on.
    const percentage = Math.random() * 100;
    const labels = planner.overridePercentages.filter((one) => percentage > one).join(' ');
    let known = plans.get(document);
    if (!known) plans.set(document, (known = new Map<string, Promise<QueryPlan>>()));
    let plan = known.get(labels);
    if (!plan) known.set(labels, (plan = planner.planAsync(print(document), null, new Set(), percentage)));
    return plan;
  }

  return async (document, variables, context) => {
    const definitions = getOperationAST(document)?.variableDefinitions ?? [];
    // With the defaults: a fetch of the plan has none.
    const { coerced, errors } = getVariableValues(schema, definitions, variables);
    if (errors) return { errors };
    const { node } = await planOf(document);
    return executePlan(node, {
      schema,
      variables: coerced,
      fetch: (subgraph, document, variables) =>
        fetch(subgraph, subgraphs.get(subgraph) ?? '', { document, context, ...(variables ? { variables } : {}) }),
    });
  };
}
