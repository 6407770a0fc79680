import { Counter, Histogram } from 'prom-client';
import { type Metrics, SECONDS } from '../kernel/metrics.ts';
import type { Outcome } from './middleware/outcome.ts';

/** What the server counts of requests. */
export interface HttpMetrics {
  /** One was answered, or given up: then the status is 499. */
  served(method: string, route: string, status: number, seconds: number): void;
  /** Its answer has errors. */
  failed(route: string, outcome: Outcome): void;
}

/** Counts and times requests. @param registry where `/metrics` reads it */
export function createHttpMetrics(registry: Metrics): HttpMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'gatehouse_http_requests_total',
    help: 'HTTP requests, by route and response status (499: the client disconnected)',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'gatehouse_http_request_duration_seconds',
    help: 'Duration from the head of a request to the last byte of its response',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  });
  const errors = new Counter({
    name: 'gatehouse_request_errors_total',
    help: 'Requests with errors in their response, by error code and operation name',
    labelNames: ['route', 'operation', 'code'],
    registers,
  });
  const operations = new Set<string>();
  /** A client makes up the names: the first ones have series of their own. */
  function operationOf(name: string): string {
    if (!operations.has(name) && operations.size >= MOST_OPERATIONS) return 'other';
    operations.add(name);
    return name;
  }
  return {
    failed(route, { operation, codes }) {
      if (codes.size === 0) return;
      const name = operation === undefined ? '' : operationOf(operation);
      for (const code of codes) errors.inc({ route, operation: name, code });
    },
    served(method, route, status, seconds) {
      requests.inc({ method: methodOf(method), route, status });
      durations.observe({ route }, seconds);
    },
  };
}

/** Names of operations that have series of their own. */
export const MOST_OPERATIONS = 100;

const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/** Node knows more of them; we serve none of those. */
export function methodOf(method: string): string {
  return METHODS.has(method) ? method : 'other';
}
