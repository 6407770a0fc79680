import type { QueryPlan, QueryPlanner } from '@graphql-hive/router-query-planner';
import { type DocumentNode, type GraphQLSchema, print, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import { Refusal } from '../../kernel/errors.ts';
import { createSemaphore } from '../../kernel/semaphore.ts';

export interface PlanLimits {
  /**
   * How many plans are made at a time. Each occupies one of the four threads that also read files and resolve host
   * names.
   */
  readonly atOnce: number;
  /** How long an operation waits for its turn. */
  readonly patienceMs: number;
  /** How long planning may take. A schema with many ways to one field makes some plans that never end. */
  readonly planningMs: number;
  /** How long an operation is refused at once after its planning took too long. */
  readonly refusedMs: number;
}

/** Planning times out earlier than waiting does, so that a plan that never ends frees its place for those that wait. */
export const PLAN_LIMITS: PlanLimits = { atOnce: 2, patienceMs: 5_000, planningMs: 3_000, refusedMs: 10_000 };

/** The caller's place in the queue for a plan. */
export interface PlanTurn {
  /** The networks of the client, the widest first. */
  readonly flow: readonly string[];
  /** Aborted if the client has disconnected. */
  readonly signal?: AbortSignal | undefined;
}

type PlanOf = (turn: PlanTurn) => Promise<QueryPlan>;

/**
 * Makes each plan once, in an order that is fair by network. Threat: one client whose plans never end would make the
 * others wait behind all of its own. A plan that no request waits for any more is cancelled. Rejects with OVERLOADED if
 * the turn of an operation does not come, and with VALIDATION_FAILED if planning takes too long or the planner refuses
 * the operation; the planner's error is the cause.
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
      // Another request for the same plan had its turn first.
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
        // Keeps the place until the planner has stopped, because it occupies a thread until then.
        resolve(await planner.planAsync(text, null, new Set(), percentage, signal));
      } catch (cause) {
        reject(new Refusal('VALIDATION_FAILED', { message: REFUSED, cause }));
      } finally {
        limit.removeEventListener('abort', tooLong);
      }
    }

    /** Resolves when planning has begun, in this request's turn or in another's for the same plan. */
    async function turnOf({ flow, signal }: PlanTurn): Promise<void> {
      const leaving = AbortSignal.any([AbortSignal.timeout(patienceMs), begun.signal, signal ?? []].flat());
      await places.run(make, { flow, signal: leaving }).catch((cause: unknown) => {
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
    // `@override(label: "percent(5)")` moves a field for this share of the requests. No other kind of label is ever
    // active.
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

/** Rejects when the client has disconnected. */
function left({ signal }: PlanTurn): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(overloaded(signal?.reason));
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave, { once: true });
  });
}

const REFUSED = 'The operation cannot be planned';

/**
 * Removes the type condition of a fragment with directives (`... on Media @include`) if it names the enclosing type.
 * Otherwise the planner finds no plan for an interface or a union.
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
