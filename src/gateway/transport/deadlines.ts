/** Time limits of jobs, which can all be ended at once. */
export interface Deadlines {
  /** Gives the job a signal that is aborted when its time is over, or everybody's. Throws where that is so already. */
  within<T>(milliseconds: number, job: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Now, for all that run, and for all that come. */
  endAll(reason: Error): void;
}

/** @returns without anything running, and nothing ended */
export function createDeadlines(): Deadlines {
  const running = new Set<AbortController>();
  let ended: Error | undefined;
  return {
    async within(milliseconds, job) {
      if (ended) throw ended;
      const controller = new AbortController();
      const late = () => controller.abort(new Error(`No answer within ${milliseconds} ms`));
      const timer = setTimeout(late, milliseconds);
      running.add(controller);
      try {
        return await job(controller.signal);
      } finally {
        clearTimeout(timer);
        running.delete(controller);
      }
    },
    endAll(reason) {
      ended = reason;
      for (const controller of running) controller.abort(reason);
    },
  };
}
