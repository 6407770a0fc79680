import { Counter } from 'prom-client';
import type { Metrics } from '../kernel/metrics.ts';

/**
 * What an attempt was refused for, the gravest first: the failures of its account, of its address or of the two together,
 * the delay after one, a known device's failures, the line of those who wait, or a document that would have tried several
 * passwords.
 */
export const LIMITS = ['account', 'address', 'pair', 'delay', 'device', 'line', 'document'] as const;
export type Limit = (typeof LIMITS)[number];

/** What the limits count. */
export interface LimitMetrics {
  refused(limit: Limit): void;
}

/** Counts what the limits refuse. @param registry where `/metrics` reads it */
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
