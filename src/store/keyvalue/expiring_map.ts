import type { Clock } from '../../kernel/clock.ts';
import { wholeMilliseconds } from './ttl.ts';

/** A map whose entries end. Expired ones are never seen, and swept a bounded number at a time. */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly expiresAt: number }>();
  readonly #clock: Clock;
  #cursor = this.#entries.entries();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many it holds, the expired ones that no sweep has met yet included. */
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

  /** Goes on where the last sweep stopped: a Map's iterator stays valid while the map changes. */
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
