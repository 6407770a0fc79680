import { Gauge, Histogram } from 'prom-client';
import { type Metrics, SECONDS } from '../../kernel/metrics.ts';
import type { HashingQueue } from './hashing_queue.ts';

/** The metrics of hashing. */
export interface HashingMetrics {
  /** Reads the queue whenever metrics are read. */
  watch(queue: Pick<HashingQueue, 'load'>): void;
  /** Records the seconds of a wait, with or without success. */
  waited(seconds: number): void;
  hashed(operation: 'hash' | 'verify', seconds: number): void;
}

/**
 * Creates the metrics of hashing and its queue.
 * @param registry the registry that `/metrics` exposes
 */
export function createHashingMetrics(registry: Metrics): HashingMetrics {
  const registers = [registry];
  const wait = new Histogram({
    name: 'gatehouse_hashing_queue_wait_seconds',
    help: 'Time in the hashing queue, including requests that gave up',
    buckets: [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25],
    registers,
  });
  const durations = new Histogram({
    name: 'gatehouse_hash_duration_seconds',
    help: 'Duration of hashing a password, without its time in the queue',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers,
  });
  return {
    watch(queue) {
      new Gauge({
        name: 'gatehouse_hashing_queue_depth',
        help: 'Passwords in the hashing queue',
        registers,
        collect() {
          this.set(queue.load().waiting);
        },
      });
      new Gauge({
        name: 'gatehouse_hashing_running',
        help: 'Passwords being hashed',
        registers,
        collect() {
          this.set(queue.load().running);
        },
      });
    },
    waited: (seconds) => wait.observe(seconds),
    hashed: (operation, seconds) => durations.observe({ operation }, seconds),
  };
}
