/** Where the time comes from, so that tests can move it. Milliseconds since the epoch. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/** Milliseconds since the epoch to the whole seconds a JWT counts in. */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
