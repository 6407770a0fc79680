import { createFairLine } from './fair_line.ts';

/** The position of a job in the line. */
export interface PlaceOptions {
  /** The owners of the job, outermost level first: each level's branches get the same share. */
  readonly flow?: readonly string[];
  /** If aborted, a waiting job leaves the line. */
  readonly signal?: AbortSignal | undefined;
}

/** Limits the number of concurrent jobs; the others wait in a fair line. */
export interface Semaphore {
  readonly running: number;
  readonly waiting: number;
  /**
   * Evicts the newest job of the longest flow in the line, if that is longer than the newcomer's would become.
   * @returns false if no flow is longer; the newcomer is then the one in excess
   */
  evictFor(flow: readonly string[]): boolean;
  /**
   * Runs a job once a place is free.
   * @throws the signal's reason if it aborts before the job's turn, {@link Evicted}, or the error of the job
   */
  run<T>(job: () => Promise<T>, options?: PlaceOptions): Promise<T>;
}

/** Thrown if a job had to give its place in the line to another flow. */
export class Evicted extends Error {
  override readonly name = 'Evicted';
}

interface Waiting {
  start(): void;
  refuse(reason: Error): void;
}

export function createSemaphore(places: number): Semaphore {
  const line = createFairLine<Waiting>();
  let running = 0;

  function release(): void {
    // The place is handed over: a newcomer must not slip in between.
    const next = line.take();
    if (next) next.start();
    else running -= 1;
  }

  function wait({ flow = [], signal }: PlaceOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => one.refuse(signal?.reason as Error);
      const one: Waiting = {
        start() {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
        refuse(reason) {
          signal?.removeEventListener('abort', abort);
          line.remove(flow, one);
          reject(reason);
        },
      };
      signal?.addEventListener('abort', abort);
      line.add(flow, one);
    });
  }

  return {
    get running() {
      return running;
    },
    get waiting() {
      return line.size;
    },
    evictFor(flow) {
      const evicted = line.inExcess(flow);
      evicted?.refuse(new Evicted());
      return evicted !== undefined;
    },
    async run(job, options = {}) {
      options.signal?.throwIfAborted();
      if (running >= places) await wait(options);
      else running += 1;
      try {
        return await job();
      } finally {
        release();
      }
    },
  };
}
