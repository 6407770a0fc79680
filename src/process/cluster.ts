import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { gatherMetrics } from './cluster_metrics.ts';
import type { Log } from '../kernel/log.ts';
import { createMetrics } from '../kernel/metrics.ts';
import { createBackoff } from '../kernel/backoff.ts';
import { serveHashing } from '../credentials/password/hashing_calls.ts';
import { openHashing } from '../credentials/password/hashing_pool.ts';
import { createHashingMetrics } from '../credentials/password/metrics.ts';

/** The server processes that share a port, and the one process that hashes for all of them. */
export interface Cluster {
  /**
   * Replaces one process after another, each once its successor accepts requests. A successor that fails stops the
   * replacement.
   */
  replaceAll(): Promise<void>;
  /** Stops every process once its current requests are done. */
  close(): Promise<void>;
}

/** Milliseconds, twice the duration of draining. */
const STOP_MS = 30_000;

/**
 * Starts `workers` processes of the same program; Node distributes the connections. The first process starts alone: it
 * migrates the database, and if it cannot start, the others could not either.
 * @param entry the program's file
 * @throws Error if the first process ends before it accepts requests; it has reported the reason itself
 */
export async function startCluster(entry: string, config: Config, log: Log): Promise<Cluster> {
  const own = createMetrics();
  const metrics = gatherMetrics(own, log);
  const hashing = await openHashing(config.hashing, log, createHashingMetrics(own));
  const serving = new Set<Worker>();
  /** The exit code or signal of each started process, once it ends. */
  const endings = new Map<Worker, Promise<string | number>>();
  const replacements = new Set<Promise<void>>();
  const backoff = createBackoff();
  let closing = false;
  let turn: Promise<void> = Promise.resolve();

  /** Starts a process, and resolves once it accepts requests. */
  async function add(): Promise<void> {
    const born = performance.now();
    const worker = cluster.fork();
    serveHashing(worker, hashing);
    metrics.add(worker);
    worker.on('error', (error) => log.warn({ err: error }, 'a server process cannot be reached'));
    const ended = new Promise<string | number>((resolve) => {
      worker.once('exit', (code: number, signal: string | null) => resolve(signal ?? code));
    });
    endings.set(worker, ended);
    void ended.then(() => endings.delete(worker));
    const how = await Promise.race([new Promise<void>((resolve) => worker.once('listening', () => resolve())), ended]);
    if (how !== undefined) throw new Error(`a server process exited with ${how} before it accepted requests`);
    serving.add(worker);
    void ended.then((how) => {
      if (!serving.delete(worker) || closing) return;
      log.error({ ended: how }, 'a server process exited and is being replaced');
      const replacing = replace(performance.now() - born).finally(() => replacements.delete(replacing));
      replacements.add(replacing);
    });
  }

  async function replace(livedMs: number): Promise<void> {
    for (let pauseMs = backoff(livedMs); ; pauseMs = backoff(0)) {
      await sleep(pauseMs);
      if (closing) return;
      try {
        return await add();
      } catch (error) {
        log.error({ err: error }, 'a server process failed to start, retrying');
      }
    }
  }

  async function stop(worker: Worker): Promise<void> {
    serving.delete(worker);
    // As a supervisor does: the process drains by itself. One that does not end must not delay the others.
    worker.process.kill('SIGTERM');
    const late = setTimeout(() => worker.process.kill('SIGKILL'), STOP_MS);
    await endings.get(worker);
    clearTimeout(late);
  }

  async function roll(): Promise<void> {
    // A process that is still starting read the old state too.
    await Promise.all(replacements);
    for (const worker of [...serving]) {
      if (closing || !serving.has(worker)) continue;
      await add();
      await stop(worker);
    }
    log.info('all server processes were replaced');
  }

  async function close(): Promise<void> {
    closing = true;
    // Includes processes that are still starting.
    await Promise.all([...endings.keys()].map(stop));
    await hashing.close();
  }

  cluster.setupPrimary({ exec: entry, args: [] });
  try {
    await add();
    await Promise.all(Array.from({ length: config.workers - 1 }, add));
  } catch (error) {
    await close();
    throw error;
  }

  return {
    // One at a time: the replacement of a second signal begins after the first.
    replaceAll: () =>
      (turn = turn
        .then(roll)
        .catch((error: unknown) =>
          log.error({ err: error }, 'the replacement failed, the previous processes stay in use'),
        )),
    close,
  };
}
