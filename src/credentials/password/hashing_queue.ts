import { Refusal } from '../../kernel/errors.ts';
import { stopwatch } from '../../kernel/metrics.ts';
import { createSemaphore } from '../../kernel/semaphore.ts';

/** The position of a hash in the queue. */
export interface Turn {
  /** The flow it belongs to, outermost level first: network, account. The branches of each level get equal shares. */
  readonly flow: readonly string[];
  /** If aborted, a waiting job leaves the queue. */
  readonly signal?: AbortSignal | undefined;
}

/** The turn of the server's internal work. */
export const OWN_TURN: Turn = { flow: [''] };

export interface QueueOptions {
  /** The most jobs that run at once. */
  readonly atOnce: number;
  /** The most jobs that wait. */
  readonly queue: number;
  /** The longest wait in seconds. */
  readonly deadlineSeconds: number;
}

export interface HashingQueue {
  /**
   * Runs a job when its turn comes.
   * @throws Refusal OVERLOADED if the queue is full and the job's flow has its share, if a flow with a smaller share
   * takes its place, or if its turn does not come in time
   */
  run<T>(job: () => Promise<T>, turn?: Turn): Promise<T>;
  load(): { readonly waiting: number; readonly running: number; readonly full: boolean };
}

/** The weight of a new job in the moving average of durations: it follows a change of load within about ten jobs. */
const WEIGHT = 0.1;

/**
 * Creates a bounded queue that serves networks in turn, and the accounts of each in turn. Threat: a flood; jobs beyond
 * the bounds are refused before they cost anything. If the queue is full, a flow with fewer jobs than the longest one
 * takes a place from it.
 * @param onWaited receives the seconds of each wait, also of one without success; zero without a wait
 */
export function createHashingQueue(
  { atOnce, queue, deadlineSeconds }: QueueOptions,
  onWaited: (seconds: number) => void = () => undefined,
): HashingQueue {
  const places = createSemaphore(atOnce);
  let averageMs = 100;

  function overloaded(): Refusal {
    // The estimated time until the current queue is done.
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
  async function runInTurn<T>(job: () => Promise<T>, { flow, signal }: Turn): Promise<T> {
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
      return await places.run(begin, { flow, signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal });
    } catch (error) {
      if (!isWaiting) throw error;
      leave();
      throw overloaded();
    }
  }

  return {
    async run(job, turn = OWN_TURN) {
      if (turn.signal?.aborted) throw overloaded();
      if (places.running >= atOnce) {
        if (places.waiting >= queue && !places.evictFor(turn.flow)) throw overloaded();
        return runInTurn(job, turn);
      }
      onWaited(0);
      return places.run(() => timed(job));
    },
    load: () => ({ waiting: places.waiting, running: places.running, full: places.waiting >= queue }),
  };
}
