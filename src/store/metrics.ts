import { Counter, Histogram } from 'prom-client';
import { type Metrics, SECONDS } from '../kernel/metrics.ts';

export type Store = 'database' | 'keyvalue';

/** What is counted of the stores. */
export interface StoreMetrics {
  answered(store: Store, seconds: number): void;
  /** It was away. One failure that passes through both is the inner one's. */
  failed(store: Store, error: Error): void;
}

/** Times what is asked of the stores, and counts their failures. @param registry where `/metrics` reads it */
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
