/** The rooms that decide who has access to what. `*` stays in a folder, `**` does not. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  sessions: ['src/sessions/*.ts'],
  application: ['src/application/**/*.ts'],
  tokens: ['src/tokens/*.ts'],
  keys: ['src/keys/*.ts'],
  limits: ['src/limits/*.ts'],
  clients: ['src/clients/*.ts'],
  oauth: ['src/oauth/**/*.ts'],
  credentials: ['src/credentials/password/policy.ts', 'src/credentials/password/stored_hash.ts'],
  graphql: [
    'src/graphql/{rules,limits,server}/*.ts',
    'src/graphql/resolvers/arguments.ts',
    'src/graphql/schema/introspection.ts',
  ],
  gateway: ['src/gateway/**/*.ts'],
  http: ['src/http/request_context.ts', 'src/http/{cookies,middleware,pages,routes}/*.ts'],
  client: ['packages/client/src/*.ts'],
  subgraph: ['packages/subgraph/src/*.ts'],
};

/** Columns, counters and generated documents: mistakes in them are not decisions. */
export const NOT_DECIDING = ['**/*.entity.ts', '**/metrics.ts', '**/purge.ts', '**/operations.ts', '**/index.ts'];
