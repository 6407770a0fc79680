import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkout, copyCheckout } from './checkout.ts';
import type { Candidate, CoverageMap } from './coverage_map.ts';
import { digestOf } from './digest.ts';
import type { Result } from './report.ts';
import type { Placed } from './sample.ts';
import { selectTests } from './select_tests.ts';
import { createTestRunner, TIME_LIMIT, type TestRunner } from './test_runner.ts';

interface Attempt {
  readonly coverage: CoverageMap;
  readonly workers: number;
  /** The most test files for one mutant. */
  readonly mostTests: number;
  readonly signal: AbortSignal;
  onResult(result: Result): void;
}

/** A copy of the sources, and the runner of tests in it. */
interface Bench {
  readonly checkout: Checkout;
  readonly runner: TestRunner;
  /** True for test files that pass without a mutant, as far as they were run. */
  readonly green: Map<string, boolean>;
}

/** A busy machine may fail a test that waits. Such a failure counts only if the test passes without the mutant. */
const MAY_BE_LOAD = /Exceeded timeout|the process ended|timed? ?out|never came to pass/i;

/** Tries mutants. Each worker tries one at a time, in its own copy. */
export async function tryMutants(mutants: Iterator<Placed>, attempt: Attempt): Promise<void> {
  await Promise.all(
    Array.from({ length: attempt.workers }, async () => {
      using checkout = copyCheckout();
      await using runner = createTestRunner(checkout.root, attempt.signal);
      const green = new Map<string, boolean>();
      for (let next = mutants.next(); !next.done && !attempt.signal.aborted; next = mutants.next()) {
        const result = await tryOne(next.value, { checkout, runner, green }, attempt);
        if (!attempt.signal.aborted) attempt.onResult(result);
      }
    }),
  );
}

async function tryOne({ room, mutant }: Placed, bench: Bench, attempt: Attempt): Promise<Result> {
  const { path, line, source, id, kind, diff } = mutant;
  const original = readFileSync(join(bench.checkout.root, path), 'utf8');
  const text = original.split('\n')[line - 1] ?? '';
  const candidates = attempt.coverage.executing(path, text, digestOf(join(bench.checkout.root, path)));
  const tests = selectTests(path, candidates, attempt.mostTests);
  const started = performance.now();
  const tried: string[] = [];
  const result = (outcome: Result['outcome'], by?: string): Result => ({
    ...{ id, room, path, line, kind, diff, outcome, tried },
    ...(by === undefined ? {} : { by }),
    seconds: Math.round((performance.now() - started) / 1000),
  });
  for (const candidate of tests) {
    if (attempt.signal.aborted) break;
    tried.push(candidate.test);
    bench.checkout.write(path, source);
    const failure = await run(candidate, bench);
    bench.checkout.write(path, original);
    if (failure === null) continue;
    if (!(await passesWithout(candidate, failure, bench))) continue;
    return result(failure === TIME_LIMIT ? 'time limit' : 'noticed', `${candidate.test}: ${failure}`);
  }
  return result('survived');
}

/**
 * Returns true if a test file passes without the mutant. Each file is run once without one, and again after each
 * doubtful failure.
 */
async function passesWithout(candidate: Candidate, failure: string, bench: Bench): Promise<boolean> {
  const known = bench.green.get(candidate.test);
  if (known !== undefined && !(known && MAY_BE_LOAD.test(failure))) return known;
  const passes = (await run(candidate, bench)) === null;
  bench.green.set(candidate.test, passes);
  return passes;
}

function run({ test, seconds }: Candidate, { runner }: Bench): Promise<string | null> {
  return runner.run(test, 60_000 + 6_000 * seconds);
}
