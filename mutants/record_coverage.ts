import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { unrecorded } from './coverage_map.ts';

/** Matches tests with other processes: their lines would not be recorded, and each mutant would need a build. */
const ELSEWHERE = /\b(?:holdBuild|ensureBuilt|startServer|playwright)\b|support\/(?:watched_page|browser)/;

/** Returns the test files that run the sources in their own process, without those that measure times. */
export function testsInProcess(): string[] {
  return globSync('test/*/**/*.test.ts', { exclude: ['test/attacks/timing.test.ts', 'test/browser/**', 'test/web/**'] })
    .filter((test) => !ELSEWHERE.test(readFileSync(test, 'utf8')))
    .sort();
}

/** Runs the test files that are new or changed since their record, and records the lines that each executes. */
export function recordCoverage(): void {
  const tests = unrecorded(testsInProcess());
  process.stderr.write(`recording ${tests.length} test files …\n`);
  for (let at = 0; at < tests.length; at += 10) {
    const reporters = ['default', './mutants/coverage_reporter.ts'].flatMap((reporter) => ['--reporters', reporter]);
    spawnSync(
      process.execPath,
      [
        ...['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'],
        // Comes first, otherwise Jest would take the files for reporters.
        ...tests.slice(at, at + 10),
        ...['--maxWorkers=1', '--env=node', ...reporters],
        ...[
          '--coverage',
          '--coverageProvider=v8',
          '--coverageReporters=none',
          '--collectCoverageFrom={src,packages/*/src}/**/*.ts',
        ],
      ],
      { stdio: 'inherit', env: { ...process.env, MODEL_RUNS: '20' } },
    );
  }
}
