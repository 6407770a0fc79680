import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { AggregatedResult } from '@jest/reporters';
import { recordDurations } from './durations.ts';

/** A failed test, or a file that could not be run or cleaned up after, which has no title. */
interface Failure {
  readonly file: string;
  readonly title: string | undefined;
}

/** The outcome of a run, as `scripts/test.ts` reads it. */
export interface Summary {
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
}

/**
 * Prints why tests were skipped, and ends the run with the line that programs read. `TEST_SUMMARY` names a file for the
 * summary; `RECORD_DURATIONS` records the durations of files.
 */
export default class Reporter {
  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    const summary: Summary = {
      passed: results.numPassedTests,
      skipped: results.numPendingTests,
      failures: failuresOf(results),
    };
    const file = process.env['TEST_SUMMARY'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(summary));
    if (process.env['RECORD_DURATIONS'])
      recordDurations(
        results.testResults.map(({ testFilePath, perfStats }) => [relative('.', testFilePath), perfStats.runtime]),
      );

    const reasons = new Map<string, number>();
    for (const { title } of results.testResults
      .flatMap((file) => file.testResults)
      .filter((t) => t.status === 'pending')) {
      const reason = title.replace(/^skipped: /, '');
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    for (const [reason, count] of reasons) process.stderr.write(`skipped ${count}: ${reason}\n`);
    process.on('exit', () => process.stdout.write(closingLine(summary)));
  }
}

export function closingLine({ passed, failures, skipped }: Summary): string {
  return `${passed} passed, ${failures.length} failed, ${skipped} skipped\n`;
}

function failuresOf({ testResults }: AggregatedResult): Summary['failures'] {
  return testResults.flatMap(({ testFilePath, testResults: tests, testExecError }) => {
    const file = relative('.', testFilePath);
    const titles: (string | undefined)[] = tests
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => fullName);
    if (testExecError) titles.push(undefined);
    return titles.map((title) => ({ file, title }));
  });
}
