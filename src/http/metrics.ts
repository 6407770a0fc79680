import { Counter, Histogram } from 'prom-client';
import { type Metrics, SECONDS } from '../kernel/metrics.ts';
import type { Outcome } from './middleware/outcome.ts';

/** The counters of HTTP requests. */
export interface HttpMetrics {
  /** Counts a request that ended. @param status the status of the answer; 499 if the client disconnected */
  served(request: { readonly method: string; readonly route: string; readonly status: number }, seconds: number): void;
  /** Counts the errors in the answer to a request. */
  failed(route: string, outcome: Outcome): void;
}

/** Creates the counters and the histogram of requests. @param registry the registry that `/metrics` exposes */
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
  /** Returns the label of an operation. Clients choose the names, so only the first ones get their own series. */
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
    served({ method, route, status }, seconds) {
      requests.inc({ method: methodOf(method), route, status });
      durations.observe({ route }, seconds);
    },
  };
}

/** The most operation names with their own series. */
export const MOST_OPERATIONS = 100;

const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/** Returns the label of a method. Node accepts more methods than this server supports. */
export function methodOf(method: string): string {
  return METHODS.has(method) ? method : 'other';
}
