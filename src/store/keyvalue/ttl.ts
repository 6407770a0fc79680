/**
 * Rounds a TTL up to whole milliseconds, at least 1.
 * @throws RangeError if it is not a finite number
 */
export function wholeMilliseconds(ttlMs: number): number {
  if (!Number.isFinite(ttlMs)) throw new RangeError('a TTL must be a finite number');
  return Math.max(1, Math.ceil(ttlMs));
}

/** A key, its value, and the milliseconds until it expires. */
export interface ExpiringEntry {
  readonly key: string;
  readonly value: string;
  readonly ttlMs: number;
}
