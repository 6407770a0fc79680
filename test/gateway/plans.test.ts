import { describe, expect, it } from '@jest/globals';
import type { QueryPlan } from '@graphql-hive/router-query-planner';
import { buildSchema, type DocumentNode, parse } from 'graphql';
import { createPlans, type PlanLimits, type PlanTurn } from '../../src/gateway/planning/plans.ts';
import { until } from '../support/until.ts';

const schema = buildSchema(
  'type Query { a: Int b: Int thing: Thing } interface Thing { id: ID } type Box implements Thing { id: ID }',
);
const TURN: PlanTurn = { flow: ['192.0.2.1'] };
const document = (text = '{ a }') => parse(text);

/** A planner that completes a plan when the test says so. */
function planner(limits: Partial<PlanLimits> = {}, overridePercentages: number[] = [], isObstinate = false) {
  const making: {
    text: string;
    percentage: number;
    signal: AbortSignal;
    make: (plan: string) => void;
    refuse: (why: Error) => void;
  }[] = [];
  const planOf = createPlans(
    {
      overridePercentages,
      planAsync: (text, _operation, _labels, percentage, signal) =>
        new Promise((resolve, reject) => {
          making.push({
            text: text.replace(/\s+/g, ' '),
            percentage,
            signal: signal!,
            make: (made) => resolve(made as unknown as QueryPlan),
            refuse: reject,
          });
          if (!isObstinate) signal!.addEventListener('abort', () => reject(signal!.reason as Error));
        }),
    },
    schema,
    { atOnce: 2, patienceMs: 60_000, planningMs: 60_000, refusedMs: 60_000, ...limits },
  );
  return { plan: (document: DocumentNode, turn = TURN) => planOf(document, turn), making };
}

describe('a plan', () => {
  it('is made once for a document', async () => {
    const { plan, making } = planner();
    const one = document();
    const asked = [plan(one), plan(one)];
    await until(async () => making.length === 1);
    making[0]!.make('made');
    expect(await Promise.all([...asked, plan(one)])).toEqual(['made', 'made', 'made']);
    const other = plan(document());
    await until(async () => making.length === 2);
    making[1]!.make('another');
    expect(await other).toBe('another');
  });

  it('is made once for the requests of a share, and once for the others', async () => {
    const { plan, making } = planner({ atOnce: 100 }, [50]);
    const one = document();
    const plans = Array.from({ length: 200 }, () => plan(one));
    await until(async () => making.length === 2);
    making.forEach(({ percentage, make }) => make(percentage > 50 ? 'over' : 'under'));
    expect(new Set(await Promise.all(plans))).toEqual(new Set(['over', 'under']));
    expect(making).toHaveLength(2);
    expect(making.every(({ percentage }) => percentage >= 0 && percentage < 100)).toBe(true);
  });

  it('is requested in a form that the planner understands', async () => {
    const { plan, making } = planner();
    const asked = plan(
      document(
        '{ thing { ... on Thing @include(if: true) { id } ... on Thing { id } ... on Box @skip(if: true) { id } } }',
      ),
    );
    await until(async () => making.length === 1);
    expect(making[0]!.text).toBe(
      '{ thing { ... @include(if: true) { id } ... on Thing { id } ... on Box @skip(if: true) { id } } }',
    );
    making[0]!.make('made');
    expect(await asked).toBe('made');
  });

  it("is refused for the planner's reason from then on", async () => {
    const { plan, making } = planner();
    const one = document();
    const refused = plan(one);
    await until(async () => making.length === 1);
    making[0]!.refuse(new Error('no way'));
    const refusal = {
      kind: 'VALIDATION_FAILED',
      message: 'The operation cannot be planned',
      cause: new Error('no way'),
    };
    await expect(refused).rejects.toMatchObject(refusal);
    await expect(plan(one)).rejects.toMatchObject(refusal);
    expect(making).toHaveLength(1);
  });

  it('is refused for a while if it took too long, and is tried again later', async () => {
    const { plan, making } = planner({ planningMs: 5, refusedMs: 100 });
    const one = document();
    const refusal = {
      kind: 'VALIDATION_FAILED',
      message: 'The operation is over the limit of 5 milliseconds for planning',
    };
    await expect(plan(one)).rejects.toMatchObject(refusal);
    await expect(plan(one)).rejects.toMatchObject(refusal);
    expect(making).toHaveLength(1);
    await until(async () => {
      plan(one).catch(() => undefined);
      return making.length > 1;
    });
  });

  it('frees its place only when the planner has stopped', async () => {
    const { plan, making } = planner({ atOnce: 1, planningMs: 5 }, [], true);
    const first = plan(document('{ a }'));
    const second = plan(document('{ b }')).catch((refusal: unknown) => refusal);
    await expect(first).rejects.toMatchObject({ kind: 'VALIDATION_FAILED' });
    expect(making.map(({ text }) => text)).toEqual(['{ a }']);
    making[0]!.refuse(new Error('stopped'));
    await until(async () => making.length === 2);
    expect(await second).toMatchObject({ kind: 'VALIDATION_FAILED' });
  });

  it('is refused as overloaded if its turn does not come, and may be requested again at once', async () => {
    const { plan, making } = planner({ atOnce: 1, patienceMs: 20 });
    const first = plan(document());
    await until(async () => making.length === 1);
    const late = document('{ b }');
    await expect(plan(late)).rejects.toMatchObject({ kind: 'OVERLOADED', retryAfter: 1 });
    making[0]!.make('first');
    await first;
    let made: unknown;
    await until(async () => {
      plan(late).then(
        (plan) => (made = plan),
        () => undefined,
      );
      making[1]?.make('second');
      return made;
    });
    expect(made).toBe('second');
  });

  it('continues until every client that requested it has disconnected', async () => {
    const { plan, making } = planner();
    const [one, other] = [new AbortController(), new AbortController()];
    const asked = document();
    const plans = [one, other].map(({ signal }) => plan(asked, { ...TURN, signal: signal }));
    one.abort();
    await expect(plans[0]).rejects.toMatchObject({ kind: 'OVERLOADED' });
    expect(making.map(({ signal }) => signal.aborted)).toEqual([false]);
    other.abort();
    await expect(plans[1]).rejects.toMatchObject({ kind: 'OVERLOADED' });
    expect(making.map(({ signal }) => signal.aborted)).toEqual([true]);
    await expect(plan(asked, { ...TURN, signal: one.signal })).rejects.toMatchObject({ kind: 'OVERLOADED' });
    const again = plan(asked);
    await until(async () => making.length === 2);
    making[1]!.make('again');
    expect(await again).toBe('again');
  });

  it('is kept after its clients disconnect', async () => {
    const { plan, making } = planner();
    const client = new AbortController();
    const asked = document();
    const plans = [plan(asked, { ...TURN, signal: client.signal }), plan(asked)];
    making[0]!.make('made');
    expect(await Promise.all(plans)).toEqual(['made', 'made']);
    client.abort();
    expect([await plan(asked), making.length]).toEqual(['made', 1]);
  });

  it('is made in the first turn of any of its networks', async () => {
    const { plan, making } = planner({ atOnce: 1 });
    const busy = ['{ a }', '{ b }', '{ b a }'].map((text) => plan(document(text)));
    const asked = document('{ thing { id } }');
    const plans = [plan(asked), plan(asked, { flow: ['192.0.2.2'] })];
    making[0]!.make('a');
    await until(async () => making.length === 2);
    making[1]!.make('b');
    await until(async () => making.length === 3);
    expect(making[2]!.text).toBe('{ thing { id } }');
    making[2]!.make('thing');
    expect(await Promise.all(plans)).toEqual(['thing', 'thing']);
    await until(async () => making.length === 4);
    making[3]!.make('b a');
    expect(await Promise.all(busy)).toEqual(['a', 'b', 'b a']);
  });
});
