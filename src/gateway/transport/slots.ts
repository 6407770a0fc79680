import { createFairLine } from '../../kernel/fair_line.ts';

/** How a job stands in the line. */
export interface SlotTurn {
  /** Who it is for, outermost level first: each level's branches get the same share. Of none all are served in order. */
  readonly flow?: readonly string[];
  /** Once aborted, a job that still waits leaves the line. */
  readonly signal: AbortSignal;
}

/** Runs a job when one of the slots is free. Rejects with the signal's reason where that comes before the job's turn. */
export type InSlot = <T>(job: () => Promise<T>, turn: SlotTurn) => Promise<T>;

/** @param atOnce how many jobs run at a time; more wait */
export function createSlots(atOnce: number): InSlot {
  const waiting = createFairLine<() => void>();
  let taken = 0;

  function turnOf({ flow = [], signal }: SlotTurn): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        waiting.remove(flow, start);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      waiting.add(flow, start);
    });
  }

  return async (job, turn) => {
    turn.signal.throwIfAborted();
    // Who gives up a slot hands it over: a newcomer must not slip in between.
    if (taken >= atOnce) await turnOf(turn);
    else taken += 1;
    try {
      return await job();
    } finally {
      const next = waiting.take();
      if (next) next();
      else taken -= 1;
    }
  };
}
