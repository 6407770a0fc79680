import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from './worker.ts';

/** Runs test files in a checkout. */
export interface TestRunner extends AsyncDisposable {
  /** Returns the title of a failed test, null if all passed, or {@link TIME_LIMIT} if the file did not end. */
  run(test: string, limitMs: number): Promise<string | null>;
}

/** Restarts the process after this many files, because the garbage of tests is not collected. */
const MOST_FILES = 25;
export const TIME_LIMIT = 'the time limit';

/** @param signal ends a run early */
export function createTestRunner(root: string, signal: AbortSignal): TestRunner {
  let child: ChildProcess | undefined;
  let files = 0;

  function start(): ChildProcess {
    files = 0;
    return fork(join(import.meta.dirname, 'worker.ts'), {
      cwd: root,
      detached: true,
      execArgv: ['--experimental-vm-modules', '--no-warnings'],
      env: { ...process.env, MODEL_RUNS: '40' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  }

  async function stop(): Promise<void> {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    // Kills the processes that tests started too.
    process.kill(-ending.pid!, 'SIGKILL');
    await exited;
  }

  return {
    async run(test, limitMs) {
      if (files++ >= MOST_FILES) await stop();
      child ??= start();
      const ended = new AbortController();
      const options = { signal: ended.signal };
      try {
        child.send(test);
        return await Promise.race([
          once(child, 'message', options).then(([outcome]) => (outcome as Outcome).failure),
          once(child, 'exit', options).then(([code]) => stop().then(() => `the process ended: ${code}`)),
          sleep(limitMs, TIME_LIMIT, options).then((limit) => stop().then(() => limit)),
          once(signal, 'abort', options).then(() => stop().then(() => 'stopped')),
        ]);
      } finally {
        ended.abort();
      }
    },
    [Symbol.asyncDispose]: stop,
  };
}
