import { Gauge } from 'prom-client';
import type { Metrics } from '../kernel/metrics.ts';
import { withTimeout } from '../kernel/timeouts.ts';

/** Milliseconds between two counts, however often metrics are read. */
const FRESH_MS = 15_000;
const PATIENCE_MS = 1_000;

/**
 * Exposes the number of standing denials. If it cannot be read, the last number stays.
 * @param count see `Denylist.count`
 */
export function watchDenylist(registry: Metrics, count: () => Promise<number>): void {
  let askedAt = -Infinity;
  new Gauge({
    name: 'gatehouse_denylist_entries',
    help: 'Sessions, clients and tokens on the denylist, counted up to 100000',
    // All processes count the same rows, so the sum would be wrong.
    aggregator: 'max',
    registers: [registry],
    async collect() {
      if (performance.now() - askedAt < FRESH_MS) return;
      askedAt = performance.now();
      await withTimeout(PATIENCE_MS, count()).then(
        (entries) => this.set(entries),
        () => undefined,
      );
    },
  });
}
