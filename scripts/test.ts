import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closingLine, type Summary } from '../test/support/reporter.ts';

/**
 * `npm test`. Runs jest, then every file that failed once more, alone. A test that passes the second time is printed as
 * FLAKY, to be mended in the next change; only a second failure fails the run. Node runs this file as it is.
 */
const JEST = join(import.meta.dirname, '../node_modules/jest/bin/jest.js');
const INTERRUPTED = 130;

interface Run {
  readonly code: number;
  /** Absent if the run was interrupted. */
  readonly summary: Summary | undefined;
}

function runJest(args: readonly string[]): Run {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-summary-'));
  const file = join(folder, 'summary.json');
  try {
    const { status } = spawnSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', JEST, ...args], {
      stdio: 'inherit',
      env: { ...process.env, TEST_SUMMARY: file },
    });
    const summary = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Summary) : undefined;
    return { code: status ?? INTERRUPTED, summary };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const args = process.argv.slice(2);
const { code, summary } = runJest(args);
const isWatching = args.some((arg) => arg.startsWith('--watch'));
// An interrupted run (out of memory, a failed build) proves nothing about its tests.
if (code === 0 || code === INTERRUPTED || isWatching || !summary || summary.failures.length === 0) process.exit(code);

const flaky: Summary['failures'][number][] = [];
const failedAgain: typeof flaky = [];
for (const [file, failures] of Map.groupBy(summary.failures, (failure) => failure.file)) {
  process.stdout.write(`\n== once more, alone: ${file}\n`);
  if (runJest(['--runTestsByPath', file]).code === 0) flaky.push(...failures);
  else failedAgain.push(...failures);
}
process.stdout.write('\n');
for (const { file, title = 'the file as a whole' } of flaky) process.stdout.write(`FLAKY: ${file}: ${title}\n`);
const passed = summary.passed + flaky.filter(({ title }) => title !== undefined).length;
process.stdout.write(closingLine({ ...summary, passed, failures: failedAgain }));
process.exit(failedAgain.length > 0 ? 1 : 0);
