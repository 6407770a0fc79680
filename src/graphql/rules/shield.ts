import { createRequire } from 'node:module';
import type * as Middleware from 'graphql-middleware';
import type * as Shield from 'graphql-shield';

/**
 * graphql-shield and graphql-middleware, both loaded as CommonJS: shield's ESM build does not load on Node 23 and later,
 * and a copy of each kind do not know each other's rules. The engine is unmaintained, so it is kept behind this file.
 */
const require = createRequire(import.meta.url);

// Removed in Node 23; shield calls it when it loads.
const util = require('node:util') as { isUndefined?: (value: unknown) => boolean };
util.isUndefined ??= (value) => value === undefined;

const shieldModule = require('graphql-shield') as typeof Shield;
const middlewareModule = require('graphql-middleware') as typeof Middleware;

export const { allow, deny, rule, shield } = shieldModule;
export const { applyMiddleware } = middlewareModule;
export type { IMiddleware } from 'graphql-middleware';
export type ShieldRule = ReturnType<ReturnType<typeof rule>> | typeof allow;
