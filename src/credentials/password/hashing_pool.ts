import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { createBackoff } from '../../kernel/backoff.ts';
import { stopwatch } from '../../kernel/metrics.ts';
import type { Hasher } from './hasher.ts';
import { callHashing, type HashingCalls } from './hashing_calls.ts';
import { createHashingQueue, type QueueOptions, type Turn } from './hashing_queue.ts';
import type { HashingMetrics } from './metrics.ts';
import type { Argon2Parameters } from './stored_hash.ts';

export interface HashingOptions extends Argon2Parameters, QueueOptions {}

/** The hasher of all server processes of a machine. */
export interface Hashing extends Hasher {
  close(): Promise<void>;
}

/** A hashing process that is ready. */
interface Worker {
  readonly calls: HashingCalls;
  readonly decoy: string;
  /** Resolves with the reason once it has ended. */
  readonly ended: Promise<Error>;
  kill(): void;
  stop(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL(`./hashing_process${extname(import.meta.url)}`, import.meta.url));
/**
 * Milliseconds, many times the duration of a start and of the most expensive accepted hash. A process without an answer
 * by then hangs.
 */
const STUCK_MS = 60_000;
const STOP_MS = 5_000;

/**
 * Opens hashing in a separate process, at a lower priority than the server. Threat: argon2 and the server's
 * cryptography would share one thread pool, and a handful of logins would delay every token check. The memory is
 * bounded: the process has one thread for each concurrent hash, and each thread holds one hash's memory. A process that
 * dies is replaced. Its running hashes are refused with OVERLOADED; waiting ones continue with the next process.
 * @throws Error if the first process does not start, for instance because Argon2 does not accept the parameters
 */
export async function openHashing(options: HashingOptions, log: Log, metrics?: HashingMetrics): Promise<Hashing> {
  const queue = createHashingQueue(options, metrics?.waited);
  metrics?.watch(queue);
  const stopping = new AbortController();
  let worker = launch(options, stopping.signal);
  let { decoy } = await worker;
  let isUp = true;
  void supervise();

  async function supervise(): Promise<void> {
    const backoff = createBackoff();
    for (;;) {
      const born = performance.now();
      const reason = await worker.then(
        (it) => {
          decoy = it.decoy;
          isUp = true;
          return it.ended;
        },
        (error: unknown) => error,
      );
      isUp = false;
      if (stopping.signal.aborted) return;
      log.error({ err: reason }, 'the hashing process exited and is being replaced');
      worker = sleep(backoff(performance.now() - born)).then(() => launch(options, stopping.signal));
    }
  }

  async function run<T>(
    operation: 'hash' | 'verify',
    job: (calls: HashingCalls) => Promise<T>,
    turn?: Turn,
  ): Promise<T> {
    return queue.run(async () => {
      const { calls, kill } = await worker.catch((cause: unknown) => {
        throw new Refusal('OVERLOADED', { retryAfter: 1, cause });
      });
      const stuck = setTimeout(kill, STUCK_MS);
      const seconds = stopwatch();
      return job(calls).finally(() => {
        clearTimeout(stuck);
        metrics?.hashed(operation, seconds());
      });
    }, turn);
  }

  return {
    // A hash that has begun is finished and counted as a guess, even if its caller is gone.
    hash: (password, turn) => run('hash', (calls) => calls.hash(password), turn),
    verify: (password, stored, turn) => run('verify', (calls) => calls.verify(password, stored), turn),
    decoy: () => decoy,
    async status() {
      if (!isUp) return 'away';
      if (queue.load().full) return 'full';
      // The process itself responds, because a process that hangs also counts as up.
      return (await worker).calls.status();
    },
    async close() {
      stopping.abort();
      await worker.then(
        ({ stop }) => stop(),
        () => undefined,
      );
    },
  };
}

/**
 * Forks a hashing process, and resolves once it is ready. It is killed if it is not ready in time or before the stop.
 */
async function launch(
  { memoryKib, timeCost, parallelism, atOnce }: HashingOptions,
  stopping: AbortSignal,
): Promise<Worker> {
  if (stopping.aborted) throw new Error('the server is stopping');
  const child = fork(ENTRY, [JSON.stringify({ memoryKib, timeCost, parallelism })], {
    // Threat: a vulnerability in a hash function. The process needs no secret, so its environment has none.
    env: { UV_THREADPOOL_SIZE: `${atOnce}` },
    execArgv: [],
  });
  const calls = callHashing(child);
  const kill = () => void child.kill('SIGKILL');
  const ended = new Promise<Error>((resolve) => {
    child.on('error', resolve);
    child.once('exit', (code, signal) => resolve(new Error(`the hashing process exited with ${signal ?? code}`)));
  });
  void ended.then((reason) => calls.lose(reason));
  const stuck = setTimeout(kill, STUCK_MS);
  stopping.addEventListener('abort', kill);
  try {
    return { calls, decoy: await calls.decoy(), ended, kill, stop: () => stop(child) };
  } catch (error) {
    kill();
    const reason = error instanceof Refusal ? error.cause : error;
    throw new Error(`passwords cannot be hashed: ${(reason as Error).message}`, { cause: error });
  } finally {
    clearTimeout(stuck);
    stopping.removeEventListener('abort', kill);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}
