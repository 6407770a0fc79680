import type { Router } from 'express';
import type { Log } from '../kernel/log.ts';
import { exactRouter } from './exact_router.ts';

/** One thing that must be there before requests can be served; rejects where it is not. */
export type Check = () => Promise<unknown>;

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
          await check();
          return [name, 'ok'] as const;
        } catch (error) {
          log.warn({ err: error, check: name }, 'not ready');
          return [name, 'unavailable'] as const;
        }
      }),
    );
    const ready = results.every(([, state]) => state === 'ok');
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ status: ready ? 'ok' : 'unavailable', checks: Object.fromEntries(results) });
  });
  return router;
}
