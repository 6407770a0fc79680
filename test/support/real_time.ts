import { setTimeout } from 'node:timers/promises';

/**
 * Delays a simulated participant: a slow subgraph, a client that sends in pieces, a person who thinks. The delay is
 * part of the case under test, never a way to wait for an effect.
 */
export const latency = (milliseconds: number): Promise<void> => setTimeout(milliseconds);

/**
 * Lets real time pass where neither a condition nor a fake clock can replace it: a window in another process or in
 * Redis, at whose end nothing can be observed. Each call states its reason.
 */
export const realTime = (milliseconds: number): Promise<void> => setTimeout(milliseconds);

/** Resolves with `value` after a delay that keeps no process alive, as the loser of a `Promise.race`. */
export const deadline = <T>(milliseconds: number, value: T): Promise<T> =>
  setTimeout(milliseconds, value, { ref: false });
