import type { AggregatedResult } from '@jest/reporters';

/** Says why tests were skipped, and closes the run with the line that programs read. */
export default class Reporter {
  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    const reasons = new Map<string, number>();
    for (const { title } of results.testResults
      .flatMap((file) => file.testResults)
      .filter((t) => t.status === 'pending')) {
      const reason = title.replace(/^skipped: /, '');
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    for (const [reason, count] of reasons) process.stderr.write(`skipped ${count}: ${reason}\n`);
    // A file that could not even load holds no failed test, and is a failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.on('exit', () => {
      process.stdout.write(`${results.numPassedTests} passed, ${failed} failed, ${results.numPendingTests} skipped\n`);
    });
  }
}
