import { Refusal } from '../kernel/errors.ts';
import { stopwatch } from '../kernel/metrics.ts';

export interface QueueOptions {
  /** How many jobs run at once. */
  readonly atOnce: number;
  /** How many more may wait. */
  readonly queue: number;
  /** How long one may wait. */
  readonly deadlineSeconds: number;
}

export interface HashingQueue {
  /**
   * Runs a job when its turn comes.
   * @param gone once aborted, a job that still waits leaves the queue
   * @throws OVERLOADED at once where the queue is full, and where the turn did not come in time
   */
  run<T>(job: () => Promise<T>, gone?: AbortSignal): Promise<T>;
  standing(): { readonly waiting: number; readonly running: number; readonly full: boolean };
}

/** Of the last jobs' time, what one more is worth: enough to follow a change of load within some ten jobs. */
const WEIGHT = 0.1;

/**
 * First come, first served, within bounds: what a flood adds beyond them is refused before it costs anything, so that
 * whoever is let in is answered while their browser still waits.
 * @param onWaited told how long each waited, until its turn or in vain; zero where there was no line
 */
export function createHashingQueue(
  { atOnce, queue, deadlineSeconds }: QueueOptions,
  onWaited: (seconds: number) => void = () => undefined,
): HashingQueue {
  const waiting = new Set<() => void>();
  let running = 0;
  let averageMs = 100;

  function overloaded(): Refusal {
    // When the queue will have moved on by what stands in it now.
    const seconds = Math.ceil((averageMs * waiting.size) / atOnce / 1000);
    return new Refusal('OVERLOADED', { retryAfter: Math.max(1, seconds) });
  }

  /** Resolves when it is this one's turn. */
  function turn(gone?: AbortSignal): Promise<void> {
    if (waiting.size >= queue) throw overloaded();
    const seconds = stopwatch();
    return new Promise((resolve, reject) => {
      const leave = () => {
        onWaited(seconds());
        waiting.delete(start);
        clearTimeout(deadline);
        gone?.removeEventListener('abort', refuse);
      };
      const refuse = () => {
        leave();
        reject(overloaded());
      };
      const start = () => {
        leave();
        resolve();
      };
      const deadline = setTimeout(refuse, deadlineSeconds * 1000);
      gone?.addEventListener('abort', refuse);
      waiting.add(start);
    });
  }

  return {
    async run(job, gone) {
      if (gone?.aborted) throw overloaded();
      // Who gives up a place hands it over: a newcomer must not slip in between.
      if (running >= atOnce) await turn(gone);
      else {
        running += 1;
        onWaited(0);
      }
      const started = performance.now();
      try {
        return await job();
      } finally {
        averageMs += WEIGHT * (performance.now() - started - averageMs);
        const [next] = waiting;
        if (next) next();
        else running -= 1;
      }
    },
    standing: () => ({ waiting: waiting.size, running, full: waiting.size >= queue }),
  };
}
