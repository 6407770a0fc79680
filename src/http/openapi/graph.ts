import { answer, json, JSON_TYPE, NO_STORE, NOTICE, PAGE, type Part, schema, valuesOf } from './answers.ts';

const refused = (code: string, message: string, more: Part = {}) => ({
  errors: [{ message, extensions: { code, ...more, requestId: '4b1f…' } }],
  data: null,
});

/** The other door, in short: its own schema says the rest. */
export const GRAPH: Readonly<Record<string, Part>> = {
  '/graphql': {
    get: {
      operationId: 'openPlayground',
      tags: ['GraphQL'],
      summary: 'The playground, for browsers',
      security: [],
      responses: {
        200: answer('GraphiQL, of this server’s own files.', { 'Cache-Control': 'Revalidated' }, PAGE),
      },
    },
    post: {
      operationId: 'askGraph',
      tags: ['GraphQL'],
      summary: 'The graph: sign-in, accounts, sessions, administration',
      description:
        'One operation of the schema, which the playground shows. With `Accept: application/graphql-response+json` the status says ' +
        'what went wrong where nothing was answered; with `application/json` a refused field is a 200.',
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
          'What was asked for, with what was refused under `errors`.',
          { ...NO_STORE, ...NOTICE, 'Set-Cookie': 'SetCookie', 'Gatehouse-Device': 'Device' },
          answered({ me: { data: { me: { username: 'kandi', role: 'user' } } } }),
        ),
        '4XX': answer(
          'Refused: the document (400), the caller (401, 403), the size (413), too many attempts (429).',
          { ...NO_STORE, ...NOTICE, 'Retry-After': 'MayRetryAfter', 'WWW-Authenticate': 'MayChallenge' },
          answered({
            'no token': refused('UNAUTHENTICATED', 'Could not validate credentials', { reason: 'MISSING' }),
            limited: refused('RATE_LIMITED', 'Too many attempts', { retryAfter: 8 }),
          }),
        ),
        '5XX': answer(
          'A store is away (503), or a fault of ours (500).',
          { ...NO_STORE, ...NOTICE, 'Retry-After': 'MayRetryAfter' },
          answered({ away: refused('SERVICE_UNAVAILABLE', 'Try again later') }),
        ),
      },
    },
  },
};

/** Both media types are one thing. */
function answered(examples: Readonly<Record<string, unknown>>): Part {
  const content = json('GraphqlAnswer', examples);
  return { ...content, 'application/graphql-response+json': content[JSON_TYPE] };
}
