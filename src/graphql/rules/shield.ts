import { createRequire } from 'node:module';
import type * as Middleware from 'graphql-middleware';
import type * as Shield from 'graphql-shield';

/**
 * Loads graphql-shield and graphql-middleware, both as CommonJS. The ESM build of shield does not load on Node 23 and
 * later, and an ESM copy and a CommonJS copy do not accept each other's rules. The library is unmaintained, so only
 * this file imports it.
 */
const require = createRequire(import.meta.url);

// Node 23 removed it, and shield calls it when it loads.
const util = require('node:util') as { isUndefined?: (value: unknown) => boolean };
util.isUndefined ??= (value) => value === undefined;

const shieldModule = require('graphql-shield') as typeof Shield;
const middlewareModule = require('graphql-middleware') as typeof Middleware;

export const { allow, deny, rule, shield } = shieldModule;
export const { applyMiddleware } = middlewareModule;
export type { IMiddleware } from 'graphql-middleware';
export type ShieldRule = ReturnType<ReturnType<typeof rule>> | typeof allow;
