import type { Locks } from './platform.ts';

/** Has work done one piece at a time, in the order it came. */
export interface Turns {
  /** @param work told whether it had to wait for another's: what that one did may be what it wants */
  take<T>(work: (waited: boolean) => Promise<T>): Promise<T>;
}

/** Over all tabs of the origin where the platform has Web Locks; without, over this program alone. */
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
