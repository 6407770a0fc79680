import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

/**
 * Waits for a condition. Returns the first value of `read` for which `holds` is true.
 * @throws {Error} with the last value, if there is none in time
 */
export async function until<T>(
  read: () => T | Promise<T>,
  holds: (value: T) => boolean = Boolean,
  { patienceMs = 20_000, everyMs = 20 } = {},
): Promise<T> {
  for (const giveUp = performance.now() + patienceMs; ; await sleep(everyMs)) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > giveUp) throw new Error(`The condition never held; the last value was ${inspect(value)}`);
  }
}

/** Tries again until an attempt succeeds. @throws the last attempt's error */
export async function untilResolves(attempt: () => Promise<unknown>, patienceMs = 10_000): Promise<void> {
  for (const giveUp = performance.now() + patienceMs; ; await sleep(20)) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > giveUp) throw error;
    }
  }
}
