/** One that lived so long did not die of its start. */
const HEALTHY_MS = 10_000;
const FIRST_MS = 100;
const MAX_MS = 5_000;

/**
 * How long to wait before what has ended is started again, in milliseconds, given how long it lived: not at all where
 * that was a while, and longer and longer where it dies of its start, so that a fault that stays costs next to nothing.
 */
export function createPauses(): (livedMs: number) => number {
  let pauseMs = 0;
  return (livedMs) => (pauseMs = livedMs > HEALTHY_MS ? 0 : Math.min(MAX_MS, Math.max(FIRST_MS, 2 * pauseMs)));
}
