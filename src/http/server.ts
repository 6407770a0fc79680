import { createServer, type Server } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import cors from 'cors';
import express, { type Express, type Request, type RequestHandler } from 'express';
import type { GraphQLSchema } from 'graphql';
import helmet from 'helmet';
import type { Context } from '../graphql/context.ts';
import type { Log } from '../kernel/log.ts';
import { withRequestId } from '../kernel/request_id.ts';
import type { UseCases } from '../signin/use_cases.ts';
import { authorizeRoutes } from './authorize_routes.ts';
import { createRefreshCookies } from './cookies.ts';
import { createDeviceTokens } from './device.ts';
import { graphqlRoute } from './graphql_route.ts';
import { type Check, health } from './health.ts';
import type { Interactions } from './interaction.ts';
import { answerErrors } from './oauth_errors.ts';
import { oauthRoutes } from './oauth_routes.ts';
import { playground } from './pages.ts';
import { createContextOf } from './principal.ts';
import { usersMe } from './users_me.ts';

export interface ServerOptions {
  /** The address clients use: our own origin, and whether TLS ends in front of us. */
  readonly publicUrl: string;
  readonly corsOrigins: readonly string[];
  readonly clientAddress: (request: Request) => string;
  readonly useCases: UseCases;
  readonly apollo: ApolloServer<Context>;
  readonly schema: GraphQLSchema;
  readonly jwks: () => object;
  /** What every token of ours says of itself. */
  readonly tokens: { readonly issuer: string; readonly audience: string };
  readonly interactions: Interactions;
  readonly checks: Readonly<Record<string, Check>>;
  /** The built playground. */
  readonly playgroundFolder: string;
  readonly log: Log;
}

/** The HTTP server with both doors, not listening yet. */
export function createHttpServer(options: ServerOptions): Server {
  // Slow clients hold a socket for so long and no longer: Node looks every 30 seconds unless told otherwise.
  const server = createServer({ connectionsCheckingInterval: 1_000 }, createExpress(options));
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

function createExpress(options: ServerOptions): Express {
  const { useCases, log } = options;
  const contextOf = createContextOf({
    authenticate: useCases.authenticate,
    ownSessions: useCases.ownSessions,
    clientAddress: options.clientAddress,
    cookies: createRefreshCookies(options),
    devices: createDeviceTokens(options.publicUrl),
  });

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  // As in `exactRouter`.
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(
    identify(log),
    headers(options.publicUrl),
    allowOrigins(options.corsOrigins),
    health(options.checks, log),
    playground(options.playgroundFolder),
  );
  // Not `use`: a proxy's rules for `/graphql` must not miss `/graphql/anything`.
  app.all('/graphql', graphqlRoute({ apollo: options.apollo, contextOf, log }));
  app.use(
    oauthRoutes({ ...options, contextOf }),
    authorizeRoutes({ ...options, issuer: options.tokens.issuer, contextOf }),
    usersMe({ schema: options.schema, contextOf }),
  );
  app.use((_request, response) => {
    response.status(404).json({ error: 'not_found', error_description: 'There is nothing here' });
  });
  app.use(answerErrors(log));
  return app;
}

/** Gives the request its id, and logs it by method, path and status: never its query, headers or body. */
function identify(log: Log): RequestHandler {
  return (request, response, next) =>
    withRequestId((id) => {
      const { method, path } = request;
      const started = performance.now();
      response.set('X-Request-Id', id);
      response.once('close', () => {
        const ms = Math.round(performance.now() - started);
        log.info({ requestId: id, method, path, status: response.statusCode, ms }, 'request');
      });
      next();
    });
}

/** An answer of data needs nothing from a page: everything is off. HSTS only where TLS is in front (RFC 6797 7.2). */
function headers(publicUrl: string): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
      },
    },
    strictTransportSecurity: publicUrl.startsWith('https:') && { maxAge: 63_072_000 },
    frameguard: { action: 'deny' },
    // Tokens are read by pages of allowed origins, through CORS; nothing is ever embedded.
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
  });
}

function allowOrigins(origins: readonly string[]): RequestHandler {
  return cors({
    origin: [...origins],
    credentials: true,
    methods: ['GET', 'POST'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Apollo-Require-Preflight', 'X-Apollo-Operation-Name'],
    exposedHeaders: ['Retry-After', 'WWW-Authenticate', 'X-Request-Id'],
    maxAge: 600,
  });
}
