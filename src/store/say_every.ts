const SAY_MS = 5_000;

/** Calls `say` every few seconds with the seconds since the start, until the returned function is called. */
export function sayEvery(say: (seconds: number) => void): () => void {
  const began = performance.now();
  const timer = setInterval(() => say(Math.round((performance.now() - began) / 1000)), SAY_MS);
  return () => clearInterval(timer);
}
