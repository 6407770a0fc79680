import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import express, { type Express } from 'express';
import type { GraphQLSchema } from 'graphql';
import type { Context } from '../graphql/server/context.ts';
import type { KnownQueries } from '../graphql/server/known_queries.ts';
import type { FormatError } from '../graphql/server/errors.ts';
import { SCOPES } from '../graphql/rules/rules.ts';
import type { Log } from '../kernel/log.ts';
import { withRequestId } from '../kernel/request_id.ts';
import type { Tracing } from '../kernel/tracing.ts';
import { createMetadata } from '../oauth/metadata.ts';
import type { UseCases } from '../application/use_cases.ts';
import { authorizeRoutes } from './routes/authorize.ts';
import { createRefreshCookies } from './cookies/cookies.ts';
import { createDeviceTokens } from './cookies/device.ts';
import { pipeline, idOf } from './middleware/pipeline.ts';
import { graphqlRoute } from './routes/graphql.ts';
import { type Check, health, metricsRoute } from './routes/health.ts';
import type { Interactions } from './pages/interaction.ts';
import type { HttpMetrics } from './metrics.ts';
import { oauthRoutes } from './routes/oauth.ts';
import { openApiRoute } from './routes/openapi.ts';
import { authorizeStyle, CONSOLE_PATHS, pages } from './pages/pages.ts';
import { type RequestContextFactory, createRequestContextFactory } from './request_context.ts';
import { createRouteOf } from './route_names.ts';
import type { RouterProof } from './middleware/router_proof.ts';
import type { Handler, Middleware } from './middleware/chain.ts';
import { usersMe } from './routes/users_me.ts';

export interface ServerOptions {
  /** The address clients use: our own origin, and whether TLS ends in front of us. */
  readonly publicUrl: string;
  readonly corsOrigins: readonly string[];
  readonly corsHeaders: readonly string[];
  readonly clientAddress: (request: IncomingMessage) => string;
  readonly useCases: UseCases;
  readonly apollo: ApolloServer<Context>;
  readonly knownQueries: KnownQueries;
  /** Our own graph. */
  readonly schema: GraphQLSchema;
  readonly metrics: HttpMetrics;
  readonly tracing: Tracing;
  readonly formatError: FormatError;
  /** What `/metrics` tells. */
  readonly scrape: () => Promise<string>;
  readonly jwks: () => object;
  /** What every token of ours says of itself. */
  readonly tokens: { readonly issuer: string; readonly audience: string };
  /** Role to scopes, of `ROLES`. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly interactions: Interactions;
  readonly provesRouter: RouterProof;
  readonly checks: Readonly<Record<string, Check>>;
  /** What the build made of `web/`. */
  readonly pagesFolder: string;
  /** Off, `POST /graphql` goes through Express like everything else: for the tests, which hold the two together. */
  readonly direct?: boolean;
  readonly log: Log;
}

/** The HTTP server with both doors, not listening yet. */
export function createHttpServer(options: ServerOptions): Server {
  const { useCases, clientAddress, publicUrl, provesRouter, direct = true } = options;
  const contextOf = createRequestContextFactory({
    authenticate: useCases.authenticate,
    ownSessions: useCases.ownSessions,
    directory: useCases.directory,
    provesRouter,
    clientAddress,
    cookies: createRefreshCookies(options),
    devices: createDeviceTokens(publicUrl),
  });
  const graphql = graphqlRoute({ ...options, contextOf });
  const app = createExpress(options, contextOf, graphql);
  const routes: Middleware = app;
  const routeOf = createRouteOf(app.router, CONSOLE_PATHS);
  // The one route that programs ask all day does without Express's walk through all the others.
  const serve: Middleware = (request, response, next) =>
    direct && isGraphqlPost(request)
      ? graphql(request, response)
      : withRequestId(idOf(response), () => routes(request, response, next));
  // Slow clients hold a socket for so long and no longer: Node looks every 30 seconds unless told otherwise.
  const server = createServer({ connectionsCheckingInterval: 1_000 }, pipeline({ ...options, routeOf }, serve));
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

/** Only the plain spelling: whatever else means the same is found by Express, and served alike. */
function isGraphqlPost({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && (url === '/graphql' || url.startsWith('/graphql?'));
}

function createExpress(options: ServerOptions, contextOf: RequestContextFactory, graphql: Handler): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  // As in `exactRouter`.
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(
    health(options.checks, options.log),
    metricsRoute(options.scrape),
    pages(options.pagesFolder, options.publicUrl),
  );
  // Not `use`: a proxy's rules for `/graphql` must not miss `/graphql/anything`.
  app.all('/graphql', (request, response) => graphql(request, response));
  const { publicUrl, roles } = options;
  const { issuer } = options.tokens;
  const metadata = createMetadata({ issuer, publicUrl, scopes: Object.keys(SCOPES) });
  app.use(
    oauthRoutes({ ...options, metadata, contextOf }),
    openApiRoute({ publicUrl, metadata, scopes: SCOPES, roles }),
    authorizeRoutes({ ...options, issuer, style: authorizeStyle(options.pagesFolder), contextOf }),
    usersMe({ schema: options.schema, contextOf }),
  );
  return app;
}
