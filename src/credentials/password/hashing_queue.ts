import { Refusal } from '../../kernel/errors.ts';
import { stopwatch } from '../../kernel/metrics.ts';
import { createSemaphore } from '../../kernel/semaphore.ts';

/** How a hash stands in the queue. */
export interface Turn {
  /** Who it is for, outermost level first: network, account. Each level's branches get the same share. */
  readonly flow: readonly string[];
  /** Once aborted, a job that still waits leaves the queue. */
  readonly gone?: AbortSignal | undefined;
}

/** A turn of the server's own work. */
export const OWN_TURN: Turn = { flow: [''] };

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
   * @throws OVERLOADED where the queue is full and its flow has its share already, where a flow that has less takes its
   * place, and where the turn did not come in time
   */
  run<T>(job: () => Promise<T>, turn?: Turn): Promise<T>;
  standing(): { readonly waiting: number; readonly running: number; readonly full: boolean };
}

/** Of the last jobs' time, what one more is worth: enough to follow a change of load within some ten jobs. */
const WEIGHT = 0.1;

/**
 * Serves networks by turns, and the accounts of each, within bounds: what a flood adds beyond them is refused before it
 * costs anything. A full queue still has a place for a flow that has less in it than the longest, which gives one up.
 * @param onWaited told how long each waited, until its turn or in vain; zero where there was no line
 */
export function createHashingQueue(
  { atOnce, queue, deadlineSeconds }: QueueOptions,
  onWaited: (seconds: number) => void = () => undefined,
): HashingQueue {
  const places = createSemaphore(atOnce);
  let averageMs = 100;

  function overloaded(): Refusal {
    // When the queue will have moved on by what stands in it now.
    const seconds = Math.ceil((averageMs * places.waiting) / atOnce / 1000);
    return new Refusal('OVERLOADED', { retryAfter: Math.max(1, seconds) });
  }

  async function timed<T>(job: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await job();
    } finally {
      averageMs += WEIGHT * (performance.now() - started - averageMs);
    }
  }

  /** Runs a job when its turn comes, in a queue that has a place for it. */
  async function runInTurn<T>(job: () => Promise<T>, { flow, gone }: Turn): Promise<T> {
    const seconds = stopwatch();
    const late = new AbortController();
    const deadline = setTimeout(() => late.abort(), deadlineSeconds * 1000);
    let isWaiting = true;
    const leave = () => {
      isWaiting = false;
      clearTimeout(deadline);
      onWaited(seconds());
    };
    const begin = () => {
      leave();
      return timed(job);
    };
    try {
      return await places.run(begin, { flow, signal: gone ? AbortSignal.any([gone, late.signal]) : late.signal });
    } catch (error) {
      if (!isWaiting) throw error;
      leave();
      throw overloaded();
    }
  }

  return {
    async run(job, turn = OWN_TURN) {
      if (turn.gone?.aborted) throw overloaded();
      if (places.running >= atOnce) {
        if (places.waiting >= queue && !places.evictFor(turn.flow)) throw overloaded();
        return runInTurn(job, turn);
      }
      onWaited(0);
      return places.run(() => timed(job));
    },
    standing: () => ({ waiting: places.waiting, running: places.running, full: places.waiting >= queue }),
  };
}
