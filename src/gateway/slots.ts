/**
 * Runs a job when one of the slots is free, first come, first served. Rejects with the signal's reason where that comes
 * before the job's turn.
 */
export type InSlot = <T>(job: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** @param atOnce how many jobs run at a time; more wait */
export function createSlots(atOnce: number): InSlot {
  const waiting = new Set<() => void>();
  let taken = 0;

  function turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(start);
        signal.removeEventListener('abort', giveUp);
      };
      const start = () => {
        leave();
        resolve();
      };
      const giveUp = () => {
        leave();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp);
      waiting.add(start);
    });
  }

  return async (job, signal) => {
    signal.throwIfAborted();
    // Who gives up a slot hands it over: a newcomer must not slip in between.
    if (taken >= atOnce) await turn(signal);
    else taken += 1;
    try {
      return await job();
    } finally {
      const [next] = waiting;
      if (next) next();
      else taken -= 1;
    }
  };
}
