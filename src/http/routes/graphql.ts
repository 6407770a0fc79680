import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import accepts from 'accepts';
import type { Context } from '../../graphql/server/context.ts';
import type { FormatError } from '../../graphql/server/errors.ts';
import type { KnownQueries } from '../../graphql/server/known_queries.ts';
import { Refusal } from '../../kernel/errors.ts';
import { withRequestId } from '../../kernel/request_id.ts';
import type { Tracing } from '../../kernel/tracing.ts';
import { bodyRefusal, jsonBody, parseClientJson } from '../middleware/bodies.ts';
import { idOf } from '../middleware/pipeline.ts';
import { sendJson, sendText } from '../middleware/json.ts';
import { noteCode, noteErrors } from '../middleware/outcome.ts';
import type { Handler } from '../middleware/chain.ts';

const ANSWERS = ['application/json', 'application/graphql-response+json'];
/** The accepted types. A client may include the charset parameter in `Accept` (RFC 9110 section 12.5.1). */
const SPELLINGS = ANSWERS.flatMap((type) => [type, `${type}; charset=utf-8`]);
const NOT_ACCEPTABLE = new Refusal('BAD_REQUEST', { message: `The client must accept ${ANSWERS.join(' or ')}` });

export interface GraphqlRouteOptions {
  readonly apollo: ApolloServer<Context>;
  readonly knownQueries: KnownQueries;
  readonly contextOf: (request: IncomingMessage, response: ServerResponse) => Context;
  readonly formatError: FormatError;
  readonly tracing: Tracing;
}

/** The content types for common `Accept` headers. Apollo negotiates the others. */
const TYPES = new Map([
  ['*/*', 'application/json; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
  ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
]);

/**
 * Serves `/graphql` without the playground. It reads the body, calls Apollo, and answers errors that never reach Apollo
 * in the same form. It needs only Node, so it runs with Express and without.
 */
export function graphqlRoute(options: GraphqlRouteOptions): Handler {
  const { apollo, knownQueries, contextOf, formatError, tracing } = options;
  apollo.assertStarted('graphqlRoute');

  function refuse(response: ServerResponse, error: unknown, status?: number): void {
    // Threat: a client would take a truncated answer for a complete one.
    if (response.headersSent) return void response.destroy();
    const refusal = bodyRefusal(error);
    noteCode(response, refusal);
    withRequestId(idOf(response), () =>
      sendJson(response, status ?? refusal.status, { errors: [formatError(refusal)] }),
    );
  }

  async function askApollo(
    request: IncomingMessage,
    response: ServerResponse,
    { body, context }: { readonly body: unknown; readonly context: Context },
  ) {
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: toApollo(request, body),
      context: async () => context,
    });
    if (answer.body.kind !== 'complete') throw new Error('The schema has nothing that is answered in parts');
    for (const [name, value] of answer.headers) response.setHeader(name, value);

    noteErrors(response, answer.body.string);
    sendText(response, answer.status ?? 200, { type: answer.headers.get('content-type')!, text: answer.body.string });
  }

  return async (request, response) => {
    // Threat: a cache would show the data of one account to another.
    response.setHeader('Cache-Control', 'no-store');
    try {
      const type = TYPES.get(request.headers.accept ?? '*/*');
      // Apollo checks this only when it answers. A refresh token would be used up without an answer that the client
      // gets.
      if (!type && !accepts(request).types(SPELLINGS)) return refuse(response, NOT_ACCEPTABLE, 406);
      const variables = variablesOf(request);
      const body = await readBody(request, response);
      const asked = contextOf(request, response);
      const context = variables ? { ...asked, variables } : asked;
      // Apollo decides which parameters of a URL are valid, so the short path requires a URL without them.
      await tracing.step('graphql', {}, async () => {
        const known = type && isBare(request) ? await knownQueries(body, context) : null;
        if (known !== null) sendText(response, 200, { type: type!, text: known });
        else await withRequestId(idOf(response), () => askApollo(request, response, { body, context }));
      });
    } catch (error) {
      refuse(response, error);
    }
  };
}

/**
 * Returns the variables of a query in a URL; undefined without them, and if Apollo must report what is wrong.
 * @throws Refusal BAD_REQUEST for invalid JSON
 */
function variablesOf({ method, url = '' }: IncomingMessage): Record<string, unknown> | undefined {
  const [text, ...more] = method === 'GET' ? new URLSearchParams(url.split('?', 2)[1]).getAll('variables') : [];
  if (!text || more.length > 0) return undefined;
  const variables = parseClientJson(text);
  const isObject = typeof variables === 'object' && variables !== null && !Array.isArray(variables);
  return isObject ? (variables as Record<string, unknown>) : undefined;
}

function isBare({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && url === '/graphql';
}

const readJson = promisify(jsonBody);

/** Returns the JSON of the body; undefined without one. @throws as {@link jsonBody}, and BAD_REQUEST for an array */
async function readBody(request: IncomingMessage & { body?: unknown }, response: ServerResponse): Promise<unknown> {
  await readJson(request, response);
  // Threat: a hundred logins in one array would count as one request.
  if (Array.isArray(request.body)) {
    throw new Refusal('BAD_REQUEST', { message: 'Batched requests are not served' });
  }
  return request.body;
}

/** Returns a request in Apollo's form. */
function toApollo({ method = '', url = '', headers }: IncomingMessage, body: unknown) {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return { method, headers: map, search: /\?[^#]*/.exec(url)?.[0] ?? '', body };
}
