/** A TTL as both stores take it: whole milliseconds, at least 1. @throws RangeError where it is no number. */
export function wholeMilliseconds(ttlMs: number): number {
  if (!Number.isFinite(ttlMs)) throw new RangeError('a TTL must be a finite number');
  return Math.max(1, Math.ceil(ttlMs));
}

/** A value of a key, and after how many milliseconds it is gone. */
export interface ExpiringEntry {
  readonly key: string;
  readonly value: string;
  readonly ttlMs: number;
}
