import type { Router } from 'express';
import { Registry } from 'prom-client';
import type { Log } from '../../kernel/log.ts';
import { within } from '../../kernel/within.ts';
import { exactRouter } from '../middleware/exact_router.ts';

/** How something stands that is neither there nor away. */
export interface HealthStatus {
  /** `stale`: it serves, and should be looked at. */
  readonly state: 'ok' | 'stale' | 'unavailable';
  /** Fit for strangers. */
  readonly reason?: string;
}

/** One thing that must be there before requests can be served; rejects where it is not. */
export type Check = () => Promise<HealthStatus | void>;

const OK: HealthStatus = { state: 'ok' };
const UNAVAILABLE: HealthStatus = { state: 'unavailable' };
/** Whatever does not answer by then is away: a probe gives up soon, and must be told which one hangs. */
const PATIENCE_MS = 1_500;

/**
 * `/health/live`: the process answers. `/health/ready`: everything it needs answers too, or 503 with what does not.
 * Names only: a stranger learns that a store is away, not where it is.
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
          return [name, (await within(PATIENCE_MS, check())) ?? OK] as const;
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
 * `/metrics`, for Prometheus.
 * @param scrape what there is to tell, of all processes that share the port
 */
export function metricsRoute(scrape: () => Promise<string>): Router {
  const router = exactRouter();
  router.get('/metrics', async (_request, response) => {
    const text = await scrape();
    response.set('Cache-Control', 'no-store').type(Registry.PROMETHEUS_CONTENT_TYPE).send(text);
  });
  return router;
}
