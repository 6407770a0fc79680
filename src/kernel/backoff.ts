/** A process that lived longer did not fail at its start. */
const HEALTHY_MS = 10_000;
const FIRST_MS = 100;
const MAX_MS = 5_000;

/**
 * Returns the pause before a process is started again, in milliseconds, from the milliseconds it lived. There is no
 * pause after a long life. It doubles after each early end, so that a lasting fault costs next to nothing.
 */
export function createBackoff(): (livedMs: number) => number {
  let delayMs = 0;
  return (livedMs) => (delayMs = livedMs > HEALTHY_MS ? 0 : Math.min(MAX_MS, Math.max(FIRST_MS, 2 * delayMs)));
}
