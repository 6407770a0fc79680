import { Counter } from 'prom-client';
import type { Metrics } from '../kernel/metrics.ts';

/**
 * The limits that refuse an attempt, the most severe first: the failures of its account, of its address or of the pair,
 * the delay after a failure, a known device's failures, a full line, or a document with several credential fields.
 */
export const LIMITS = ['account', 'address', 'pair', 'delay', 'device', 'line', 'document'] as const;
export type Limit = (typeof LIMITS)[number];

/** The metrics of the limits. */
export interface LimitMetrics {
  refused(limit: Limit): void;
}

/**
 * Creates the counter of refused attempts.
 * @param registry the registry that `/metrics` exposes
 */
export function createLimitMetrics(registry: Metrics): LimitMetrics {
  const refusals = new Counter({
    name: 'gatehouse_limits_total',
    help: 'Attempts refused by rate limits, by limit',
    labelNames: ['limit'],
    registers: [registry],
  });
  for (const limit of LIMITS) refusals.inc({ limit }, 0);
  return { refused: (limit) => refusals.inc({ limit }) };
}
