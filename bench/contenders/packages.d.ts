// Declares the APIs that the contenders use of packages in `bench/package.json`, because the checks run without them.

declare module '@as-integrations/express5' {
  import type { ApolloServer, BaseContext } from '@apollo/server';
  import type { Request, RequestHandler, Response } from 'express';
  export function expressMiddleware<Context extends BaseContext>(
    server: ApolloServer<Context>,
    options?: { readonly context?: (argument: { req: Request; res: Response }) => Promise<Context> },
  ): RequestHandler;
}

declare module 'better-auth' {
  export interface BetterAuth {
    readonly handler: (request: Request) => Promise<Response>;
  }
  export function betterAuth(options: object): BetterAuth;
}

declare module 'better-auth/db/migration' {
  export function getMigrations(options: object): Promise<{ runMigrations(): Promise<void> }>;
}

declare module 'better-auth/node' {
  import type { RequestListener } from 'node:http';
  import type { BetterAuth } from 'better-auth';
  export function toNodeHandler(auth: BetterAuth): RequestListener;
}

declare module 'pg' {
  const pg: { Pool: new (options: { readonly connectionString: string }) => object };
  export default pg;
}

declare module '@graphql-hive/gateway-runtime' {
  import type { RequestListener } from 'node:http';
  export function createGatewayRuntime(options: object): RequestListener;
}

declare module '@graphql-hive/router-runtime' {
  export const unifiedGraphHandler: unknown;
}
