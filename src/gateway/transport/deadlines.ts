/** Time limits of jobs. All jobs can be ended at once. */
export interface Deadlines {
  /**
   * Runs a job with a signal that is aborted at its time limit, or when all jobs are ended. Rejects if that has
   * happened.
   */
  within<T>(milliseconds: number, job: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Aborts all running jobs, and refuses later ones. */
  endAll(reason: Error): void;
}

/** Creates time limits for jobs that begin from now on. */
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
