import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { VERSION } from './version.ts';

/** The registry of all Prometheus metrics of a process. */
export type Metrics = Registry;

/** Buckets of histograms in seconds, from a look-up in a store to a request that times out. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Creates the registry of a process. Its first metric is the version. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  new Gauge({
    name: 'gatehouse_build_info',
    help: 'Versions of Gatehouse and Node.js as labels. The value is always 1',
    labelNames: ['version', 'node'],
    aggregator: 'first',
    registers: [registry],
  }).set({ version: VERSION, node: process.version }, 1);
  return registry;
}

/** Collects Node's own metrics of the process: memory, CPU time, event loop delay. Call it once in a process. */
export function watchProcess(registry: Metrics): void {
  collectDefaultMetrics({ register: registry });
}

/** Starts a stopwatch. Returns a function that returns the seconds since then. */
export function stopwatch(): () => number {
  const started = performance.now();
  return () => (performance.now() - started) / 1000;
}
