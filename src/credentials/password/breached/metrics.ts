import { Counter } from 'prom-client';
import type { Metrics } from '../../../kernel/metrics.ts';
import { RANGE_FAILURES, type RangeFailure } from './range_service.ts';

/** The source that decided: `none` if no source could, so that only the list of common passwords did. */
export type BreachSource = 'service' | 'file' | 'none';

/** The metrics of the questions whether a password is known from a breach. */
export interface BreachMetrics {
  asked(source: BreachSource, breached: boolean): void;
  failed(source: Exclude<BreachSource, 'none'>, reason: RangeFailure | 'unreadable'): void;
}

/** Creates the counters of breached passwords. @param registry the registry that `/metrics` exposes */
export function createBreachMetrics(registry: Metrics): BreachMetrics {
  const registers = [registry];
  const asked = new Counter({
    name: 'gatehouse_breached_password_checks_total',
    help: 'Passwords that were looked up, by the source that decided. none means that no source could',
    labelNames: ['source', 'breached'],
    registers,
  });
  const failures = new Counter({
    name: 'gatehouse_breached_password_failures_total',
    help: 'Look-ups that a source of breached passwords did not answer',
    labelNames: ['source', 'reason'],
    registers,
  });
  for (const source of ['service', 'file']) {
    for (const breached of ['true', 'false']) asked.inc({ source, breached }, 0);
  }
  asked.inc({ source: 'none', breached: 'false' }, 0);
  for (const reason of RANGE_FAILURES) failures.inc({ source: 'service', reason }, 0);
  failures.inc({ source: 'file', reason: 'unreadable' }, 0);
  return {
    asked: (source, breached) => asked.inc({ source, breached: String(breached) }),
    failed: (source, reason) => failures.inc({ source, reason }),
  };
}
