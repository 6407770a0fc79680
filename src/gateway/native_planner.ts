import { type QueryPlan, QueryPlanner } from '@graphql-hive/router-query-planner';
import { type DocumentNode, getOperationAST, getVariableValues, print } from 'graphql';
import { VALIDATION_BOUND } from '../graphql/errors.ts';
import { Refusal } from '../kernel/errors.ts';
import { executePlan } from './execute_plan.ts';
import type { Execute } from './executor.ts';
import { readOwnership } from './ownership.ts';
import type { Run, Supergraph } from './run.ts';
import { createSlots } from './slots.ts';

/**
 * How many plans are made at a time: each takes a thread of the four that also read files and find names, and some take
 * a good part of a second.
 */
const AT_ONCE = 2;
const PATIENCE_MS = 5_000;

/**
 * The native planner, its plans executed here. Throws where the supergraph cannot be planned over. What it answers rejects
 * with OVERLOADED where strangers ask for so many new plans that another one's turn does not come.
 */
export async function createNativePlanner(
  { text, schema }: Supergraph,
  fetch: Execute,
  patienceMs = PATIENCE_MS,
): Promise<Run> {
  const planner = new QueryPlanner(text);
  const inSlot = createSlots(AT_ONCE);
  const { subgraphs } = readOwnership(schema);
  const plans = new WeakMap<DocumentNode, Map<string, Promise<QueryPlan>>>();

  function planOf(document: DocumentNode): Promise<QueryPlan> {
    // `@override(label: "percent(5)")`: each request is of the five or not. No other label is ever on.
    const percentage = Math.random() * 100;
    const labels = planner.overridePercentages.filter((one) => percentage > one).join(' ');
    const known = plans.get(document) ?? new Map<string, Promise<QueryPlan>>();
    plans.set(document, known);
    let plan = known.get(labels);
    if (!plan) {
      const turn = AbortSignal.timeout(patienceMs);
      plan = inSlot(() => planner.planAsync(print(document), null, new Set(), percentage), turn).catch(
        (cause: unknown) => {
          known.delete(labels);
          throw cause === turn.reason ? new Refusal('OVERLOADED', { retryAfter: 1, cause }) : cause;
        },
      );
      known.set(labels, plan);
    }
    return plan;
  }

  return async (document, variables, context) => {
    const definitions = getOperationAST(document)?.variableDefinitions ?? [];
    // With the defaults: a fetch of the plan has none.
    const { coerced, errors } = getVariableValues(schema, definitions, variables, VALIDATION_BOUND);
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
