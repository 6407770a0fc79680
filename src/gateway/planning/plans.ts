import type { QueryPlan, QueryPlanner } from '@graphql-hive/router-query-planner';
import { type DocumentNode, type GraphQLSchema, print, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import { Refusal } from '../../kernel/errors.ts';
import { createSemaphore } from '../../kernel/semaphore.ts';

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

/** Who asks for a plan. */
export interface PlanTurn {
  /** The networks that it is asked for from, the widest first. */
  readonly flow: readonly string[];
  /** Aborted where whoever asked has gone. */
  readonly gone?: AbortSignal | undefined;
}

type PlanOf = (turn: PlanTurn) => Promise<QueryPlan>;

/**
 * Makes each plan once, in turns that are fair by network. Threat: one client whose plans never end would have the others
 * wait behind all of its own. A plan that nobody waits for any more is not made to its end. Rejects with OVERLOADED where
 * the turn of an operation does not come, and with VALIDATION_FAILED where its plan takes too long or the planner refuses
 * it; the cause is the planner's.
 */
export function createPlans(
  planner: Pick<QueryPlanner, 'planAsync' | 'overridePercentages'>,
  schema: GraphQLSchema,
  limits: PlanLimits,
): (document: DocumentNode, turn: PlanTurn) => Promise<QueryPlan> {
  const { atOnce, patienceMs, planningMs, refusedMs } = limits;
  const places = createSemaphore(atOnce);
  const plans = new WeakMap<DocumentNode, Map<string, PlanOf>>();

  function createPlan(document: DocumentNode, percentage: number, forget: () => void): PlanOf {
    const { promise: plan, resolve, reject } = Promise.withResolvers<QueryPlan>();
    const begun = new AbortController();
    const abandoned = new AbortController();
    let waiting = 0;
    let isSettled = false;
    const settle = () => void (isSettled = true);
    plan.then(settle, settle);

    async function make(): Promise<void> {
      // In the turn of another, which came at the same moment.
      if (begun.signal.aborted) return;
      begun.abort();
      const limit = AbortSignal.timeout(planningMs);
      const tooLong = () => {
        const message = `The operation is over the limit of ${planningMs} milliseconds for planning`;
        reject(new Refusal('VALIDATION_FAILED', { message, cause: limit.reason }));
        setTimeout(forget, refusedMs).unref();
      };
      limit.addEventListener('abort', tooLong, { once: true });
      try {
        const text = print(plannable(document, schema));
        const signal = AbortSignal.any([limit, abandoned.signal]);
        // The place is given up when the planner has stopped, not before: until then it takes a thread.
        resolve(await planner.planAsync(text, null, new Set(), percentage, signal));
      } catch (cause) {
        reject(new Refusal('VALIDATION_FAILED', { message: REFUSED, cause }));
      } finally {
        limit.removeEventListener('abort', tooLong);
      }
    }

    /** Resolves when the plan is being made: in this one's turn, or in that of another who asked for it. */
    async function turnOf({ flow, gone }: PlanTurn): Promise<void> {
      const signal = AbortSignal.any([AbortSignal.timeout(patienceMs), begun.signal, gone ?? []].flat());
      await places.run(make, { flow, signal }).catch((cause: unknown) => {
        if (!begun.signal.aborted) throw overloaded(cause);
      });
    }

    return async (turn) => {
      if (isSettled) return plan;
      waiting += 1;
      try {
        return await Promise.race([plan, turnOf(turn).then(() => plan), left(turn)]);
      } finally {
        waiting -= 1;
        if (waiting === 0 && !isSettled) {
          forget();
          abandoned.abort();
        }
      }
    };
  }

  return (document, turn) => {
    // `@override(label: "percent(5)")`: each request is of the five or not. No other label is ever on.
    const percentage = Math.random() * 100;
    const labels = planner.overridePercentages.filter((one) => percentage > one).join(' ');
    const known = plans.get(document) ?? new Map<string, PlanOf>();
    plans.set(document, known);
    let planOf = known.get(labels);
    if (!planOf) {
      const created = createPlan(document, percentage, () => {
        if (known.get(labels) === created) known.delete(labels);
      });
      known.set(labels, (planOf = created));
    }
    return planOf(turn);
  };
}

const overloaded = (cause: unknown) => new Refusal('OVERLOADED', { retryAfter: 1, cause });

/** Rejects when whoever asked has gone. */
function left({ gone }: PlanTurn): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(overloaded(gone?.reason));
    if (gone?.aborted) leave();
    gone?.addEventListener('abort', leave, { once: true });
  });
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
