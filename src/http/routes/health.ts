import type { Router } from 'express';
import { Registry } from 'prom-client';
import type { Log } from '../../kernel/log.ts';
import { withTimeout } from '../../kernel/timeouts.ts';
import { exactRouter } from '../middleware/exact_router.ts';

/** The state of a dependency. */
export interface HealthStatus {
  /** `stale`: it works, but an operator should look at it. */
  readonly state: 'ok' | 'stale' | 'unavailable';
  /** A reason that is public. */
  readonly reason?: string;
}

/** Checks one dependency that requests need. @throws any error if the dependency is unavailable */
export type Check = () => Promise<HealthStatus | void>;

const OK: HealthStatus = { state: 'ok' };
const UNAVAILABLE: HealthStatus = { state: 'unavailable' };
/** Milliseconds after which a check counts as failed. A probe has a short timeout and must learn which check hangs. */
const PATIENCE_MS = 1_500;

/**
 * Serves `/health/live`, which shows that the process runs, and `/health/ready`, which checks every dependency and is
 * 503 if one is unavailable. Threat: the answer is public, so it has the names of dependencies and not their addresses.
 */
export function health(checks: Readonly<Record<string, Check>>, log: Log): Router {
  const router = exactRouter();
  router.get('/health/live', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  router.get('/health/ready', async (_request, response) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        try {
          return [name, (await withTimeout(PATIENCE_MS, check())) ?? OK] as const;
        } catch (error) {
          log.warn({ err: error, check: name }, 'not ready');
          return [name, UNAVAILABLE] as const;
        }
      }),
    );
    const ready = results.every(([, { state }]) => state !== 'unavailable');
    const reasons = results.flatMap(([name, { reason }]) => (reason === undefined ? [] : [[name, reason] as const]));
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status: ready ? 'ok' : 'unavailable',
        checks: Object.fromEntries(results.map(([name, { state }]) => [name, state])),
        ...(reasons.length > 0 ? { reasons: Object.fromEntries(reasons) } : {}),
      });
  });
  return router;
}

/**
 * Serves `/metrics`, for Prometheus.
 * @param scrape returns the metrics of all processes that share the port
 */
export function metricsRoute(scrape: () => Promise<string>): Router {
  const router = exactRouter();
  router.get('/metrics', async (_request, response) => {
    const text = await scrape();
    response.set('Cache-Control', 'no-store').type(Registry.PROMETHEUS_CONTENT_TYPE).send(text);
  });
  return router;
}
