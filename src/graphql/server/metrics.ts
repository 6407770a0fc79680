import { Counter } from 'prom-client';
import type { Metrics } from '../../kernel/metrics.ts';

/** The counters of the graph. */
export interface GraphqlMetrics {
  /** Counts an error. @param code a code of the closed table */
  failed(code: string): void;
}

/** Creates the counter of GraphQL errors, by code. @param registry the registry that `/metrics` exposes */
export function createGraphqlMetrics(registry: Metrics): GraphqlMetrics {
  const errors = new Counter({
    name: 'gatehouse_graphql_errors_total',
    help: 'Errors in GraphQL responses, by code',
    labelNames: ['code'],
    registers: [registry],
  });
  return { failed: (code) => errors.inc({ code }) };
}
