import { Router } from 'express';

/**
 * A router that takes a path for what it is. Express's default also takes `/METRICS` and `/metrics/` for `/metrics`,
 * and past whatever rule a proxy in front has for that path.
 */
export function exactRouter(): Router {
  return Router({ caseSensitive: true, strict: true });
}
