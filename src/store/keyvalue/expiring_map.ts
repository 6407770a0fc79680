import type { Clock } from '../../kernel/clock.ts';
import { wholeMilliseconds } from './ttl.ts';

/** A map with expiring entries. Expired entries are never returned; each sweep removes a bounded number of them. */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly expiresAt: number }>();
  readonly #clock: Clock;
  #cursor = this.#entries.entries();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The number of entries, including expired ones that were not swept yet. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > this.#clock() ? entry.value : undefined;
  }

  set(key: string, value: V, ttlMs: number): void {
    this.#entries.set(key, { value, expiresAt: this.#clock() + wholeMilliseconds(ttlMs) });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /**
   * Looks at up to `atMost` entries, from the end of the last sweep. A Map's iterator stays valid while the map
   * changes.
   */
  sweep(atMost: number): void {
    const now = this.#clock();
    for (let looked = 0; looked < atMost; looked++) {
      const { done, value } = this.#cursor.next();
      if (done === true) {
        this.#cursor = this.#entries.entries();
        return;
      }
      if (value[1].expiresAt <= now) this.#entries.delete(value[0]);
    }
  }
}
