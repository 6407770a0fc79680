import { toRefusal } from './errors.ts';
import { type Log, logFault } from './log.ts';

/** Work that goes on after the answer, so that the time of an answer does not reveal what there was to do. */
export interface Background {
  /** Runs the work after everything that waits. A failure is logged. Beyond the bound the work is dropped. */
  run(work: () => Promise<unknown>): void;
  /** Resolves when nothing waits any more. */
  settle(): Promise<void>;
}

/** The most that may wait. Threat: a flood of requests would fill the memory. */
const MOST_WAITING = 1_000;

/** Creates a line of work, one piece after the other, so that a flood takes one connection of the database. */
export function createBackground(log: Log): Background {
  let last = Promise.resolve();
  let waiting = 0;
  return {
    run(work) {
      if (waiting >= MOST_WAITING) return log.warn('too much work waits in the background: a piece was dropped');
      waiting += 1;
      last = last.then(async () => {
        try {
          await work();
        } catch (error) {
          logFault(toRefusal(error), log);
        } finally {
          waiting -= 1;
        }
      });
    },
    settle: () => last,
  };
}
