import { Counter } from 'prom-client';
import type { Metrics } from '../../kernel/metrics.ts';

/** What the graph counts. */
export interface GraphqlMetrics {
  /** @param code of the closed table */
  failed(code: string): void;
}

/** Counts the graph's refusals by code. @param registry where `/metrics` reads it */
export function createGraphqlMetrics(registry: Metrics): GraphqlMetrics {
  const errors = new Counter({
    name: 'gatehouse_graphql_errors_total',
    help: 'Errors in GraphQL responses, by code',
    labelNames: ['code'],
    registers: [registry],
  });
  return { failed: (code) => errors.inc({ code }) };
}
