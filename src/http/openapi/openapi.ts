import type { Metadata } from '../../oauth/metadata.ts';
import { ACCOUNT } from './account.ts';
import { HEADERS, type Part } from './answers.ts';
import { AUTHORIZATION } from './authorization.ts';
import { GRAPH } from './graph.ts';
import { SCHEMAS } from './schemas.ts';
import { describeService } from './service.ts';
import { TOKENS } from './tokens.ts';

export interface OpenApiOptions {
  /** The address that clients use. */
  readonly publicUrl: string;
  readonly metadata: Metadata;
  /** Every scope that fields of the graph require, with its description. */
  readonly scopes: Readonly<Record<string, string>>;
  /** The scopes of each role, from `ROLES`. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
}

/**
 * Returns the OpenAPI 3.1 document of every endpoint, without the pages of the console. A test checks it completely.
 */
export function createOpenApi({ publicUrl, metadata, scopes, roles }: OpenApiOptions) {
  const grantable = describeScopes(scopes, roles);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gatehouse',
      version: '1',
      summary: 'Sign-in, tokens and accounts',
      description:
        'The OAuth 2.0 API. **Authorize** signs in with a username and a password. Leave *client_id* and *client_secret* ' +
        'empty unless you use a registered client. All other operations are in the GraphQL API, at `/graphql`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    tags: [
      { name: 'Tokens', description: 'Issues, refreshes, revokes and introspects tokens.' },
      { name: 'Account' },
      { name: 'Authorization code', description: 'The authorization code flow, for third-party apps.' },
      { name: 'GraphQL' },
      { name: 'Discovery' },
      { name: 'Health', description: 'Checks for orchestrators, load balancers and monitoring.' },
    ],
    paths: { ...TOKENS, ...ACCOUNT, ...AUTHORIZATION, ...GRAPH, ...describeService(metadata) },
    components: {
      schemas: SCHEMAS,
      headers: HEADERS,
      securitySchemes: {
        password: {
          type: 'oauth2',
          description: 'Your username and password. Without a selected scope, the token has all scopes of your role.',
          flows: {
            password: { tokenUrl: metadata.token_endpoint, refreshUrl: metadata.token_endpoint, scopes: grantable },
          },
        },
        authorizationCode: {
          type: 'oauth2',
          description: `A registered client, with PKCE. To use it on this page, register the redirect URI \`${publicUrl}/docs/oauth2-redirect\`.`,
          flows: {
            authorizationCode: {
              authorizationUrl: metadata.authorization_endpoint,
              tokenUrl: metadata.token_endpoint,
              refreshUrl: metadata.token_endpoint,
              scopes: grantable,
            },
          },
        },
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An existing access token.' },
        client: { type: 'http', scheme: 'basic', description: 'The id and the secret of a registered client.' },
      } satisfies Record<string, Part>,
    },
  };
}

/** Returns the scopes that the configured roles can be granted; `*` stands for all scopes of the graph. */
function describeScopes(
  scopes: OpenApiOptions['scopes'],
  roles: OpenApiOptions['roles'],
): Readonly<Record<string, string>> {
  const named = Object.values(roles).flatMap((ofRole) =>
    ofRole.flatMap((scope) => (scope === '*' ? Object.keys(scopes) : scope)),
  );
  return Object.fromEntries(
    [...new Set(named)].map((name) => [name, scopes[name] ?? 'A scope of another service that verifies these tokens']),
  );
}
