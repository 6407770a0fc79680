import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server of the bench in a separate process. */
export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Requests a path repeatedly until the status is 200. Rejects if the process ends before. */
  ready(url: string, path: string, everyMs?: number): Promise<void>;
  close(): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** Runs a file on this Node with only `env` as its environment. Discards its standard output. */
export function startChild(file: string, env: Readonly<Record<string, string>>, stdio?: StdioOptions): Child {
  const child = spawn(process.execPath, [...process.execArgv, file], {
    cwd: '/',
    env,
    // Writes a log, as in production, and does not read it.
    stdio: stdio ?? ['ignore', 'ignore', 'inherit'],
  });
  return {
    process: child,
    pid: child.pid!,
    async ready(url, path, everyMs = 50) {
      for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(everyMs)) {
        if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}`);
        const answer = await fetch(`${url}${path}`).catch(() => undefined);
        await answer?.body?.cancel();
        if (answer?.ok) return;
      }
      throw new Error(`${file} does not get ready`);
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
