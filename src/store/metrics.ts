import { Counter, Histogram } from 'prom-client';
import { type Metrics, SECONDS } from '../kernel/metrics.ts';

export type Store = 'database' | 'keyvalue';

/** The metrics of the stores. */
export interface StoreMetrics {
  answered(store: Store, seconds: number): void;
  /** Counts a failed operation. An error that passes both stores counts once, for the inner one. */
  failed(store: Store, error: Error): void;
}

/**
 * Creates metrics of the stores' durations and failures.
 * @param registry the registry that `/metrics` exposes
 */
export function createStoreMetrics(registry: Metrics): StoreMetrics {
  const registers = [registry];
  const durations = new Histogram({
    name: 'gatehouse_store_duration_seconds',
    help: 'Duration of store operations: a read, a transaction or a command',
    labelNames: ['store'],
    buckets: SECONDS,
    registers,
  });
  const errors = new Counter({
    name: 'gatehouse_store_errors_total',
    help: 'Operations that failed because a store was unavailable',
    labelNames: ['store'],
    registers,
  });
  for (const store of ['database', 'keyvalue']) errors.inc({ store }, 0);
  const told = new WeakSet<Error>();
  return {
    answered: (store, seconds) => durations.observe({ store }, seconds),
    failed(store, error) {
      if (told.has(error)) return;
      told.add(error);
      errors.inc({ store });
    },
  };
}
