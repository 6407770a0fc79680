import { answer, json, JSON_TYPE, NO_STORE, NOTICE, PAGE, type Part, schema, valuesOf } from './answers.ts';

const refused = (code: string, message: string, more: Part = {}) => ({
  errors: [{ message, extensions: { code, ...more, requestId: '4b1f…' } }],
  data: null,
});

/** The endpoint of the GraphQL door. Its own schema describes the operations. */
export const GRAPH: Readonly<Record<string, Part>> = {
  '/graphql': {
    get: {
      operationId: 'openPlayground',
      tags: ['GraphQL'],
      summary: 'Open the playground in a browser',
      security: [],
      responses: {
        200: answer('GraphiQL, served from this server.', { 'Cache-Control': 'Revalidated' }, PAGE),
      },
    },
    post: {
      operationId: 'askGraph',
      tags: ['GraphQL'],
      summary: 'Run a GraphQL operation',
      description:
        'Sign-in, accounts, sessions and administration. The playground shows the schema. With ' +
        '`Accept: application/graphql-response+json` the status tells the error when there is no data. With ' +
        '`application/json` a refused field has status 200.',
      security: [{}, { password: [] }, { authorizationCode: [] }, { bearer: [] }],
      requestBody: {
        required: true,
        content: {
          [JSON_TYPE]: {
            schema: schema('GraphqlRequest'),
            examples: valuesOf({ me: { query: '{ me { username role } }' } }),
          },
        },
      },
      responses: {
        200: answer(
          'The requested data, with refused fields under `errors`.',
          { ...NO_STORE, ...NOTICE, 'Set-Cookie': 'SetCookie', 'Gatehouse-Device': 'Device' },
          answered({ me: { data: { me: { username: 'kandi', role: 'user' } } } }),
        ),
        '4XX': answer(
          'Invalid document (400), missing or insufficient access (401, 403), body too large (413), too many attempts (429).',
          { ...NO_STORE, ...NOTICE, 'Retry-After': 'MayRetryAfter', 'WWW-Authenticate': 'MayChallenge' },
          answered({
            'no token': refused('UNAUTHENTICATED', 'Could not validate credentials', { reason: 'MISSING' }),
            limited: refused('RATE_LIMITED', 'Too many attempts', { retryAfter: 8 }),
          }),
        ),
        '5XX': answer(
          'A store is unavailable (503), or an internal error (500).',
          { ...NO_STORE, ...NOTICE, 'Retry-After': 'MayRetryAfter' },
          answered({ away: refused('SERVICE_UNAVAILABLE', 'Try again later') }),
        ),
      },
    },
  },
};

/** Returns the same content for both media types. */
function answered(examples: Readonly<Record<string, unknown>>): Part {
  const content = json('GraphqlAnswer', examples);
  return { ...content, 'application/graphql-response+json': content[JSON_TYPE] };
}
