import type { Locks } from './platform.ts';

/** Runs work one piece at a time, in order. */
export interface Turns {
  /**
   * Runs work in its turn.
   * @param work receives whether it waited, because the work before it may have done the same
   */
  take<T>(work: (waited: boolean) => Promise<T>): Promise<T>;
}

/** Creates turns that all tabs of the origin share, if the platform has Web Locks; otherwise turns of this program. */
export function createTurns(name: string, locks: Locks | undefined): Turns {
  return locks ? takeLocks(name, locks) : takeInOrder();
}

function takeLocks(name: string, locks: Locks): Turns {
  const TAKEN = Symbol('taken');
  return {
    async take<T>(work: (waited: boolean) => Promise<T>) {
      const result = await locks.request(name, { ifAvailable: true }, async (lock) => (lock ? work(false) : TAKEN));
      return result === TAKEN ? locks.request(name, {}, () => work(true)) : (result as T);
    },
  };
}

function takeInOrder(): Turns {
  let last: Promise<unknown> | undefined;
  return {
    take<T>(work: (waited: boolean) => Promise<T>) {
      const before = last;
      const turn = before ? before.then(() => work(true)) : work(false);
      const over = turn.then(ignore, ignore).then(() => {
        if (last === over) last = undefined;
      });
      last = over;
      return turn;
    },
  };
}

const ignore = () => {};
