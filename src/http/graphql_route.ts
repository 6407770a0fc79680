import type { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import { type ErrorRequestHandler, json, type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Context } from '../graphql/context.ts';
import { formatError } from '../graphql/errors.ts';
import { Refusal } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { BODY_LIMIT, bodyRefusal } from './bodies.ts';
import { exactRouter } from './exact_router.ts';

const ANSWERS = ['application/json', 'application/graphql-response+json'];

export interface GraphqlRouteOptions {
  readonly apollo: ApolloServer<Context>;
  readonly contextOf: (request: Request, response: Response) => Context;
  readonly log: Log;
}

/** `/graphql`, but for the playground: reads the body, asks Apollo, and answers what never reaches it in the same form. */
export function graphqlRoute({ apollo, contextOf, log }: GraphqlRouteOptions): Router {
  const router = exactRouter();
  // Express's types of the integration are of another minor version.
  const context = async ({ req, res }: { req: unknown; res: unknown }) => contextOf(req as Request, res as Response);
  const askApollo = expressMiddleware(apollo, { context });
  router.use(checkAccept(log), json({ limit: BODY_LIMIT }), checkBody, askApollo, answerErrors(log));
  return router;
}

/** Apollo finds out when it answers, and then a refresh token would be used up for an answer nobody gets. */
function checkAccept(log: Log): RequestHandler {
  const refusal = new Refusal('BAD_USER_INPUT', { message: `The client must accept ${ANSWERS.join(' or ')}` });
  return (request, response, next) => (request.accepts(ANSWERS) ? next() : answer(response, refusal, log, 406));
}

const checkBody: RequestHandler = (request, _response, next) => {
  if (Array.isArray(request.body)) throw new Refusal('BAD_USER_INPUT', { message: 'Batched requests are not served' });
  // Express 5 leaves the property out where nothing was parsed; Apollo's integration wants it there.
  request.body ??= {};
  next();
};

function answerErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    answer(response, bodyRefusal(error), log);
  };
}

function answer(response: Response, refusal: Refusal, log: Log, status: number = refusal.status): void {
  response.status(status).json({ errors: [formatError(refusal, log)] });
}
