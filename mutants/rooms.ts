/** The rooms that decide who gets in and what they get. `*` stays in a folder, `**` does not. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  sessions: ['src/sessions/*.ts'],
  signin: ['src/signin/*.ts'],
  tokens: ['src/tokens/*.ts'],
  limits: ['src/limits/*.ts'],
  clients: ['src/clients/*.ts'],
  oauth: ['src/oauth/**/*.ts'],
  passwords: ['src/passwords/policy.ts', 'src/passwords/stored_hash.ts'],
  graphql: [
    'src/graphql/{arguments,context,document_store,introspection,known_operations,known_queries,permissions}.ts',
    'src/graphql/{query_limits,reach,rules,shield}.ts',
  ],
  gateway: ['src/gateway/*.ts'],
  http: [
    'src/http/{authorize_page,authorize_routes,bodies,cookies,forms,graphql_route,interaction,oauth_routes}.ts',
    'src/http/{principal,router_proof,users_me}.ts',
  ],
  client: ['src/client/*.ts'],
  subgraph: ['src/subgraph/*.ts'],
};

/** Columns, counters and generated documents: mistakes in them are not decisions. */
export const NOT_DECIDING = ['**/*.entity.ts', '**/metrics.ts', '**/purge.ts', '**/operations.ts', '**/index.ts'];
