import { randomUUID } from 'node:crypto';
import { toRefusal } from '../kernel/errors.ts';
import { type Log, logFault } from '../kernel/log.ts';
import type { KeyValue } from '../store/keyvalue/keyvalue.ts';

/** Something to be done again and again, by one replica at a time. */
export interface Job {
  readonly name: string;
  readonly everySeconds: number;
  /**
   * Must be safe to run on two replicas at once: a key-value store that lost its lease lets a second one in.
   * @param stopping aborted when the server stops: it waits for what is running
   */
  run(stopping: AbortSignal): Promise<void>;
}

export interface Maintenance {
  start(): void;
  /** Starts nothing more, and waits for what is running. */
  stop(): Promise<void>;
}

export interface MaintenanceOptions {
  readonly jobs: readonly Job[];
  readonly keyValue: Pick<KeyValue, 'setIfAbsent' | 'replaceIf'>;
  readonly log: Log;
  /**
   * The first turn after a start, and another after a failure, come within so many seconds: a job of a day must get its
   * turn on a server that is restarted every hour.
   */
  readonly soonSeconds?: number;
}

/** The lease ends a little before the next turn, or whoever holds it would miss every other one. */
const LEASE_OF_PERIOD = 0.9;
/** Replicas that start together must not ask together for ever. */
const JITTER = 0.05;

/**
 * A timer for each job and a lease in the key-value store, so that one replica does it once a period. Nothing goes out
 * but to the log: a job that fails is logged and tried again, by any replica, soon.
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

  /** Runs the job where no other replica did lately. Answers the seconds until the next turn; never throws. */
  async function take(job: Job): Promise<number> {
    const lease = `lease:${job.name}`;
    try {
      if (await keyValue.setIfAbsent(lease, holder, job.everySeconds * LEASE_OF_PERIOD * 1000)) {
        await job.run(stopping.signal).catch(async (error: unknown) => {
          // Whoever asks next may try. Only while the lease is still ours: by now it may be another's.
          await keyValue.replaceIf(lease, holder, '', 1).catch(() => undefined);
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
