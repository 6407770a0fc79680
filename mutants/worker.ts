import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCLI } from 'jest';
import teardown from '../test/support/global_teardown.ts';

/** The result of a test file: the title of the first failed test, or null if all passed. */
export interface Outcome {
  readonly failure: string | null;
}

/**
 * Runs test files of the checkout in its working folder, one after another in one process, because loading Jest takes
 * longer than most test files.
 */
const root = process.cwd();
const { MODULES } = (await import(join(root, 'jest.config.js'))) as { MODULES: object };
const template = process.env['GATEHOUSE_TEST_TEMPLATE'] ?? '';

process.on('message', (test: string) => {
  void run(test).then((failure) => process.send!({ failure } satisfies Outcome));
});
process.on('disconnect', () => process.exit());

async function run(test: string): Promise<string | null> {
  const folder = openRun();
  try {
    const argv = {
      $0: 'mutants',
      _: [join(root, test)],
      runInBand: true,
      silent: true,
      watchman: false,
      config: JSON.stringify({
        ...MODULES,
        testMatch: ['<rootDir>/test/**/*.test.ts'],
        testTimeout: 30_000,
        reporters: [],
        testEnvironment: join(import.meta.dirname, 'first_failure_environment.ts'),
      }),
    };
    const { results } = await runCLI(argv, [root]);
    const [file] = results.testResults;
    if (!file) return 'jest did not find the test file';
    if (file.testExecError) return `cannot load: ${file.testExecError.message}`;
    const failed = file.testResults.find(({ status }) => status === 'failed');
    if (failed) return `${failed.fullName}: ${failed.failureMessages[0]?.split('\n', 1)[0] ?? ''}`;
    // The last check of every run: its log has no secret.
    return await teardown().then(
      () => null,
      (error: unknown) => String(error),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Creates the folder of a run, as `test/support/global_setup.ts` does, around the parent's template. */
function openRun(): string {
  const folder = mkdtempSync(join(dirname(template), 'run-'));
  process.env['GATEHOUSE_TEST_FOLDER'] = folder;
  process.env['GATEHOUSE_TEST_LOG'] = join(folder, 'log');
  process.env['GATEHOUSE_TEST_SECRETS'] = join(folder, 'secrets');
  process.env['GATEHOUSE_TEST_TEMPLATE'] = join(folder, 'template.tar');
  for (const file of ['log', 'secrets']) writeFileSync(join(folder, file), '');
  linkSync(template, join(folder, 'template.tar'));
  return folder;
}
