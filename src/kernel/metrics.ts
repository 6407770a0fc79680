import { Registry } from 'prom-client';

/** Where every part counts what it does, in Prometheus's terms. One of each process. */
export type Metrics = Registry;

export function createMetrics(): Metrics {
  return new Registry();
}
