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
  /** Replaces one process after the other, each once its successor takes requests. A successor that fails ends it. */
  replaceAll(): Promise<void>;
  /** Lets every process finish what it has in flight, and ends. */
  close(): Promise<void>;
}

/** Twice what draining takes. */
const STOP_MS = 30_000;

/**
 * Starts `workers` processes of the same program; how they share the work is Node's affair. The first comes up alone: it
 * migrates, and where it cannot start, neither could the others.
 * @param entry the program's file
 * @throws a plain Error where the first ends before it takes requests; it has said itself why
 */
export async function startCluster(entry: string, config: Config, log: Log): Promise<Cluster> {
  const own = createMetrics();
  const metrics = gatherMetrics(own, log);
  const hashing = await openHashing(config.hashing, log, createHashingMetrics(own));
  const serving = new Set<Worker>();
  /** How each ended that was started, when it has. */
  const endings = new Map<Worker, Promise<string | number>>();
  const replacements = new Set<Promise<void>>();
  const backoff = createBackoff();
  let closing = false;
  let turn: Promise<void> = Promise.resolve();

  /** One more process, once it takes requests. */
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
    // As any supervisor would: it drains by itself, and one that does not come to an end must not keep the others.
    worker.process.kill('SIGTERM');
    const late = setTimeout(() => worker.process.kill('SIGKILL'), STOP_MS);
    await endings.get(worker);
    clearTimeout(late);
  }

  async function roll(): Promise<void> {
    // One that is only starting began with what was there before, too.
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
    // Those that are still starting, too.
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
    // One at a time: a second signal begins when the first is through.
    replaceAll: () =>
      (turn = turn
        .then(roll)
        .catch((error: unknown) =>
          log.error({ err: error }, 'the replacement failed, the previous processes stay in use'),
        )),
    close,
  };
}
