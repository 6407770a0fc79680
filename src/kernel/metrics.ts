import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { VERSION } from './version.ts';

/** Where every part counts what it does, in Prometheus's terms. One of each process. */
export type Metrics = Registry;

/** Seconds, for histograms: from a look-up in a store to a request that gives up. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A registry of what one process counts; its version is the first entry. */
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

/** What Node knows of the process itself: memory, processor time, the event loop's delay. Once in a process. */
export function watchProcess(registry: Metrics): void {
  collectDefaultMetrics({ register: registry });
}

/** Starts a stopwatch: seconds since then. */
export function stopwatch(): () => number {
  const started = performance.now();
  return () => (performance.now() - started) / 1000;
}
