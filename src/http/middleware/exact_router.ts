import { Router } from 'express';

/**
 * Creates a router that matches paths exactly. Threat: by default Express also serves `/metrics` as `/METRICS` and
 * `/metrics/`, which bypass the rule that a proxy in front has for the path.
 */
export function exactRouter(): Router {
  return Router({ caseSensitive: true, strict: true });
}
