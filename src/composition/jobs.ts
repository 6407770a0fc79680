import { randomUUID } from 'node:crypto';
import { toRefusal } from '../kernel/errors.ts';
import { type Log, logFault } from '../kernel/log.ts';
import type { KeyValue } from '../store/keyvalue/keyvalue.ts';

/** A periodic job, which one replica runs at a time. */
export interface Job {
  readonly name: string;
  readonly everySeconds: number;
  /**
   * Runs the job. It must be safe on two replicas at once: a key-value store that lost its lease lets a second one in.
   * @param stopping aborted when the server stops; the stop waits for running jobs
   */
  run(stopping: AbortSignal): Promise<void>;
}

export interface Maintenance {
  start(): void;
  /** Starts no further job, and waits for running ones. */
  stop(): Promise<void>;
}

export interface MaintenanceOptions {
  readonly jobs: readonly Job[];
  readonly keyValue: Pick<KeyValue, 'setIfAbsent' | 'replaceIf'>;
  readonly log: Log;
  /**
   * The most seconds until the first run after a start, and until a retry. A daily job must also run on a server that
   * is restarted every hour.
   */
  readonly soonSeconds?: number;
}

/**
 * The share of the period for which the lease lasts. It ends a little before the next run; otherwise its holder would
 * miss every second run.
 */
const LEASE_OF_PERIOD = 0.9;
/** Spreads the runs of replicas that started together. */
const JITTER = 0.05;

/**
 * Creates the maintenance: a timer for each job, and a lease in the key-value store, so that one replica runs it once a
 * period. A failed job is logged and soon tried again, by any replica.
 */
export function createMaintenance({ jobs, keyValue, log, soonSeconds = 60 }: MaintenanceOptions): Maintenance {
  const holder = randomUUID();
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  function schedule(job: Job, seconds: number): void {
    if (stopping.signal.aborted) return;
    const timer = setTimeout(() => {
      const turn = take(job).then((next) => {
        running.delete(turn);
        schedule(job, next);
      });
      running.add(turn);
    }, seconds * 1000);
    timers.set(job.name, timer.unref());
  }

  /** Runs the job if no other replica has run it lately. Returns the seconds until the next run; never throws. */
  async function take(job: Job): Promise<number> {
    const lease = `lease:${job.name}`;
    try {
      if (await keyValue.setIfAbsent(lease, holder, job.everySeconds * LEASE_OF_PERIOD * 1000)) {
        await job.run(stopping.signal).catch(async (error: unknown) => {
          // Releases the lease for the next replica, but only if this replica still holds it.
          await keyValue.replaceIf({ key: lease, value: '', ttlMs: 1 }, holder).catch(() => undefined);
          throw error;
        });
      }
      return job.everySeconds * (1 + JITTER * (2 * Math.random() - 1));
    } catch (error) {
      logFault(toRefusal(error), log);
      log.warn({ job: job.name }, 'a maintenance job failed and will be retried');
      return Math.min(job.everySeconds, soonSeconds);
    }
  }

  return {
    start() {
      for (const job of jobs) schedule(job, Math.min(job.everySeconds, soonSeconds) * Math.random());
    },
    async stop() {
      stopping.abort();
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}
