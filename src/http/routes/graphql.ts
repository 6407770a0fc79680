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
/** A client may ask for a type with the parameter that it will have (RFC 9110 section 12.5.1). */
const SPELLINGS = ANSWERS.flatMap((type) => [type, `${type}; charset=utf-8`]);
const NOT_ACCEPTABLE = new Refusal('BAD_REQUEST', { message: `The client must accept ${ANSWERS.join(' or ')}` });

export interface GraphqlRouteOptions {
  readonly apollo: ApolloServer<Context>;
  readonly knownQueries: KnownQueries;
  readonly contextOf: (request: IncomingMessage, response: ServerResponse) => Context;
  readonly formatError: FormatError;
  readonly tracing: Tracing;
}

/** What common `Accept` headers ask for; what others come to is worked out by Apollo. */
const TYPES = new Map([
  ['*/*', 'application/json; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
  ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
]);

/**
 * `/graphql`, but for the playground: reads the body, asks Apollo, and answers what never reaches it in the same form.
 * Plain Node, and so served with Express in front or without.
 */
export function graphqlRoute(options: GraphqlRouteOptions): Handler {
  const { apollo, knownQueries, contextOf, formatError, tracing } = options;
  apollo.assertStarted('graphqlRoute');

  function refuse(response: ServerResponse, error: unknown, status?: number): void {
    // Half an answer must not pass for a whole one.
    if (response.headersSent) return void response.destroy();
    const refusal = bodyRefusal(error);
    noteCode(response, refusal);
    withRequestId(idOf(response), () =>
      sendJson(response, status ?? refusal.status, { errors: [formatError(refusal)] }),
    );
  }

  async function askApollo(request: IncomingMessage, response: ServerResponse, body: unknown, context: Context) {
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: toApollo(request, body),
      context: async () => context,
    });
    if (answer.body.kind !== 'complete') throw new Error('The schema has nothing that is answered in parts');
    for (const [name, value] of answer.headers) response.setHeader(name, value);

    noteErrors(response, answer.body.string);
    sendText(response, answer.status ?? 200, answer.headers.get('content-type')!, answer.body.string);
  }

  return async (request, response) => {
    // What one account may see is no cache's to keep.
    response.setHeader('Cache-Control', 'no-store');
    try {
      const type = TYPES.get(request.headers.accept ?? '*/*');
      // Apollo finds out when it answers, and then a refresh token would be used up for an answer nobody gets.
      if (!type && !accepts(request).types(SPELLINGS)) return refuse(response, NOT_ACCEPTABLE, 406);
      const variables = variablesOf(request);
      const body = await readBody(request, response);
      const asked = contextOf(request, response);
      const context = variables ? { ...asked, variables } : asked;
      // With parameters in the URL it is Apollo that says which count.
      await tracing.step('graphql', {}, async () => {
        const known = type && isBare(request) ? await knownQueries(body, context) : null;
        if (known !== null) sendText(response, 200, type!, known);
        else await withRequestId(idOf(response), () => askApollo(request, response, body, context));
      });
    } catch (error) {
      refuse(response, error);
    }
  };
}

/** The variables of a query in an address; undefined where Apollo has to say what is wrong. Throws BAD_USER_INPUT. */
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

/** The body's JSON; undefined where there is none. Throws as `jsonBody` fails. */
async function readBody(request: IncomingMessage & { body?: unknown }, response: ServerResponse): Promise<unknown> {
  await readJson(request, response);
  // A hundred logins in one array would be one request to whoever counts requests.
  if (Array.isArray(request.body)) {
    throw new Refusal('BAD_REQUEST', { message: 'Batched requests are not served' });
  }
  return request.body;
}

/** A request in Apollo's words. */
function toApollo({ method = '', url = '', headers }: IncomingMessage, body: unknown) {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return { method, headers: map, search: /\?[^#]*/.exec(url)?.[0] ?? '', body };
}
