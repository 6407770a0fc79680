import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { AggregatedResult } from '@jest/reporters';

/**
 * Says why tests were skipped, and closes the run with the line that programs read. `FAILED_TESTS` names a file that
 * gets a line for each failure: the test file, a tab, the title.
 */
export default class Reporter {
  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    const list = process.env['FAILED_TESTS'];
    if (list !== undefined)
      writeFileSync(
        list,
        failures(results)
          .map((line) => `${line}\n`)
          .join(''),
      );
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

/** Lines of a test file's path and a title. A file that could not load has no title. */
function failures({ testResults }: AggregatedResult): string[] {
  return testResults.flatMap(({ testFilePath, testResults: tests, testExecError }) => {
    const file = relative(process.cwd(), testFilePath);
    const failed = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => `${file}\t${fullName}`);
    return failed.length === 0 && testExecError ? [`${file}\tcould not run`] : failed;
  });
}
