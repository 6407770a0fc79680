import type { QueryPlan, QueryPlanner } from '@graphql-hive/router-query-planner';
import { type DocumentNode, type GraphQLSchema, print, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import { Refusal } from '../kernel/errors.ts';
import { createSlots } from './slots.ts';

export interface PlanLimits {
  /** How many plans are made at a time: each takes a thread of the four that also read files and find names. */
  readonly atOnce: number;
  /** How long an operation waits for its turn. */
  readonly patienceMs: number;
  /** How long a plan may take: a schema with many ways to one field makes some that never end. */
  readonly planningMs: number;
  /** How long an operation whose plan took too long is refused without another try. */
  readonly refusedMs: number;
}

/** A plan that never ends gives its place up sooner than those that wait for it do. */
export const PLAN_LIMITS: PlanLimits = { atOnce: 2, patienceMs: 5_000, planningMs: 3_000, refusedMs: 10_000 };

/**
 * Makes each plan once. Rejects with OVERLOADED where the turn of an operation does not come, and with VALIDATION_FAILED
 * where its plan takes too long or the planner refuses it; the cause is the planner's.
 */
export function createPlans(
  planner: Pick<QueryPlanner, 'planAsync' | 'overridePercentages'>,
  schema: GraphQLSchema,
  limits: PlanLimits,
): (document: DocumentNode) => Promise<QueryPlan> {
  const { atOnce, patienceMs, planningMs, refusedMs } = limits;
  const inSlot = createSlots(atOnce);
  const plans = new WeakMap<DocumentNode, Map<string, Promise<QueryPlan>>>();

  function make(document: DocumentNode, percentage: number, forget: (ms: number) => void): Promise<QueryPlan> {
    const turn = AbortSignal.timeout(patienceMs);
    return new Promise((resolve, reject) => {
      const plan = async () => {
        const limit = AbortSignal.timeout(planningMs);
        const tooLong = () => {
          const message = `The operation is over the limit of ${planningMs} milliseconds for planning`;
          reject(new Refusal('VALIDATION_FAILED', { message, cause: limit.reason }));
          forget(refusedMs);
        };
        limit.addEventListener('abort', tooLong, { once: true });
        const text = print(plannable(document, schema));
        // The place is given up when the planner has stopped, not before: until then it takes a thread.
        resolve(await planner.planAsync(text, null, new Set(), percentage, limit));
      };
      inSlot(plan, turn).catch((cause: unknown) => {
        if (cause !== turn.reason) return reject(new Refusal('VALIDATION_FAILED', { message: REFUSED, cause }));
        forget(0);
        reject(new Refusal('OVERLOADED', { retryAfter: 1, cause }));
      });
    });
  }

  return (document) => {
    // `@override(label: "percent(5)")`: each request is of the five or not. No other label is ever on.
    const percentage = Math.random() * 100;
    const labels = planner.overridePercentages.filter((one) => percentage > one).join(' ');
    const known = plans.get(document) ?? new Map<string, Promise<QueryPlan>>();
    plans.set(document, known);
    let plan = known.get(labels);
    if (!plan) {
      const forget = (ms: number) => void setTimeout(() => known.delete(labels), ms).unref();
      known.set(labels, (plan = make(document, percentage, forget)));
    }
    return plan;
  };
}

const REFUSED = 'The operation cannot be planned';

/**
 * Leaves out the type condition of a fragment with directives (`... on Media @include`) where it names the type that the
 * fragment stands in: of an interface or a union the planner finds no way then.
 */
function plannable(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  const info = new TypeInfo(schema);
  return visit(
    document,
    visitWithTypeInfo(info, {
      InlineFragment({ typeCondition, ...fragment }) {
        const isSame = typeCondition?.name.value === info.getParentType()?.name;
        return isSame && fragment.directives?.length ? fragment : undefined;
      },
    }),
  );
}
