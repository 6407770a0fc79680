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
import { createSignInBindings } from './cookies/sign_in.ts';
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
import { recoveryRoutes } from './routes/recovery.ts';
import { usersMe } from './routes/users_me.ts';
import { webauthnRoute } from './routes/webauthn.ts';

export interface ServerOptions {
  /** The address that clients use. It decides the allowed origin, and with https a proxy in front terminates TLS. */
  readonly publicUrl: string;
  readonly corsOrigins: readonly string[];
  readonly corsHeaders: readonly string[];
  readonly clientAddress: (request: IncomingMessage) => string;
  readonly useCases: UseCases;
  readonly apollo: ApolloServer<Context>;
  readonly knownQueries: KnownQueries;
  /** The shielded schema of this server. */
  readonly schema: GraphQLSchema;
  readonly metrics: HttpMetrics;
  readonly tracing: Tracing;
  readonly formatError: FormatError;
  /** Returns the text of `/metrics`. */
  readonly scrape: () => Promise<string>;
  readonly jwks: () => object;
  /** The claims that all tokens share. */
  readonly tokens: { readonly issuer: string; readonly audience: string };
  /** The scopes of each role, from `ROLES`. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** False if people cannot ask for a new password. */
  readonly passwordReset: boolean;
  readonly interactions: Interactions;
  /** The origins of other sites that may use this server's passkeys. */
  readonly relatedOrigins: readonly string[];
  readonly provesRouter: RouterProof;
  readonly checks: Readonly<Record<string, Check>>;
  /** The built files of `web/`. */
  readonly pagesFolder: string;
  /** False sends `POST /graphql` through Express too. Tests use it to compare both paths. */
  readonly direct?: boolean;
  readonly log: Log;
}

/** Creates the HTTP server with both doors. @returns the server, not yet listening */
export function createHttpServer(options: ServerOptions): Server {
  const { useCases, clientAddress, publicUrl, provesRouter, direct = true } = options;
  const contextOf = createRequestContextFactory({
    authenticate: useCases.authenticate,
    describeStepUp: useCases.describeStepUp,
    ownSessions: useCases.ownSessions,
    listFactors: useCases.listFactors,
    directory: useCases.directory,
    provesRouter,
    clientAddress,
    cookies: createRefreshCookies(options),
    devices: createDeviceTokens(publicUrl),
    signIns: createSignInBindings(publicUrl),
  });
  const graphql = graphqlRoute({ ...options, contextOf });
  const app = createExpress(options, contextOf, graphql);
  const routes: Middleware = app;
  const routeOf = createRouteOf(app.router, CONSOLE_PATHS);
  // The busiest route bypasses Express, which would try all the other routes first.
  const serve: Middleware = (request, response, next) =>
    direct && isGraphqlPost(request)
      ? graphql(request, response)
      : withRequestId(idOf(response), () => routes(request, response, next));
  // Threat: slow clients hold sockets beyond the timeouts below. By default Node checks only every 30 seconds.
  const server = createServer({ connectionsCheckingInterval: 1_000 }, pipeline({ ...options, routeOf }, serve));
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

/** Returns whether a request is a plain `POST /graphql`. Express serves other spellings of the path in the same way. */
function isGraphqlPost({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && (url === '/graphql' || url.startsWith('/graphql?'));
}

function createExpress(options: ServerOptions, contextOf: RequestContextFactory, graphql: Handler): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  // Matches paths exactly, as `exactRouter` does.
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(
    health(options.checks, options.log),
    metricsRoute(options.scrape),
    pages(options.pagesFolder, options.publicUrl),
  );
  // Threat: `use` would also serve `/graphql/anything`, which bypasses a proxy's rules for `/graphql`.
  app.all('/graphql', (request, response) => graphql(request, response));
  const { publicUrl, roles } = options;
  const { issuer } = options.tokens;
  const metadata = createMetadata({ issuer, publicUrl, scopes: Object.keys(SCOPES) });
  app.use(
    oauthRoutes({ ...options, metadata, contextOf }),
    openApiRoute({ publicUrl, metadata, scopes: SCOPES, roles }),
    authorizeRoutes({ ...options, issuer, style: authorizeStyle(options.pagesFolder), contextOf }),
    recoveryRoutes({ ...options, style: authorizeStyle(options.pagesFolder), contextOf }),
    usersMe({ schema: options.schema, contextOf }),
    webauthnRoute(options.relatedOrigins),
  );
  return app;
}
