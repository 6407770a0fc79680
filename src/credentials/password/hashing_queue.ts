import { Refusal } from '../../kernel/errors.ts';
import { stopwatch } from '../../kernel/metrics.ts';
import { createFairLine } from '../../kernel/fair_line.ts';

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

/** One that waits. */
interface Waiting {
  start(): void;
  refuse(): void;
}

/**
 * Serves networks by turns, and the accounts of each, within bounds: what a flood adds beyond them is refused before it
 * costs anything. A full queue still has a place for a flow that has less in it than the longest, which gives one up.
 * @param onWaited told how long each waited, until its turn or in vain; zero where there was no line
 */
export function createHashingQueue(
  { atOnce, queue, deadlineSeconds }: QueueOptions,
  onWaited: (seconds: number) => void = () => undefined,
): HashingQueue {
  const waiting = createFairLine<Waiting>();
  let running = 0;
  let averageMs = 100;

  function overloaded(): Refusal {
    // When the queue will have moved on by what stands in it now.
    const seconds = Math.ceil((averageMs * waiting.size) / atOnce / 1000);
    return new Refusal('OVERLOADED', { retryAfter: Math.max(1, seconds) });
  }

  /** Resolves when it is this one's turn. */
  function turnOf({ flow, gone }: Turn): Promise<void> {
    if (waiting.size >= queue) {
      const other = waiting.inExcess(flow);
      if (!other) throw overloaded();
      other.refuse();
    }
    const seconds = stopwatch();
    return new Promise((resolve, reject) => {
      const leave = () => {
        onWaited(seconds());
        waiting.remove(flow, one);
        clearTimeout(deadline);
        gone?.removeEventListener('abort', one.refuse);
      };
      const one: Waiting = {
        start() {
          leave();
          resolve();
        },
        refuse() {
          leave();
          reject(overloaded());
        },
      };
      const deadline = setTimeout(one.refuse, deadlineSeconds * 1000);
      gone?.addEventListener('abort', one.refuse);
      waiting.add(flow, one);
    });
  }

  return {
    async run(job, turn = OWN_TURN) {
      if (turn.gone?.aborted) throw overloaded();
      // Who gives up a place hands it over: a newcomer must not slip in between.
      if (running >= atOnce) await turnOf(turn);
      else {
        running += 1;
        onWaited(0);
      }
      const started = performance.now();
      try {
        return await job();
      } finally {
        averageMs += WEIGHT * (performance.now() - started - averageMs);
        const next = waiting.take();
        if (next) next.start();
        else running -= 1;
      }
    },
    standing: () => ({ waiting: waiting.size, running, full: waiting.size >= queue }),
  };
}
