/** Returns the time in milliseconds since the epoch. Tests pass a clock that they can move. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/** Converts milliseconds since the epoch to whole seconds, the unit of JWT times (RFC 7519 section 2, NumericDate). */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
