import type { ErrorRequestHandler, RequestHandler, Response, Router } from 'express';
import { Refusal, type RefusalKind } from '../kernel/errors.ts';
import { type Log, logFault } from '../kernel/log.ts';
import { createAuthorizationEndpoint, type Redirect } from '../oauth/authorize.ts';
import { invalidRequest, OAuthError, toOAuthError } from '../oauth/errors.ts';
import { readParameters } from '../oauth/parameters.ts';
import type { UseCases } from '../signin/use_cases.ts';
import { sendConsent, sendProblem } from './authorize_page.ts';
import { bodyRefusal } from './bodies.ts';
import { exactRouter } from './exact_router.ts';
import { accept, FORM, formBody, noStore } from './forms.ts';
import type { Interactions } from './interaction.ts';
import type { ContextOf } from './principal.ts';

export interface AuthorizeRouteOptions {
  readonly useCases: Pick<UseCases, 'clients' | 'authorizations'>;
  readonly contextOf: ContextOf;
  readonly interactions: Interactions;
  /** What `iss` says. */
  readonly issuer: string;
  readonly log: Log;
}

/** After these the person may try again in the same form. */
const TRY_AGAIN: readonly RefusalKind[] = ['INCORRECT_LOGIN', 'RATE_LIMITED', 'OVERLOADED', 'SERVICE_UNAVAILABLE'];

/** Where a client sends a person to sign in and allow it: the pages of the authorization endpoint. */
export function authorizeRoutes(options: AuthorizeRouteOptions): Router {
  const { useCases, contextOf, interactions, issuer, log } = options;
  const router = exactRouter();
  const endpoint = createAuthorizationEndpoint(useCases.clients, useCases.authorizations, issuer);

  router.get('/authorize', noStore, refuseMalformedUrl, async (request, response) => {
    const begun = await endpoint.begin(readParameters(request.query));
    if ('redirect' in begun) return redirect(response, begun);
    sendConsent(response, 200, { transaction: begun, fields: interactions.open(request, response, begun) });
  });

  router.post('/authorize', noStore, accept(FORM), formBody, async (request, response) => {
    const parameters = readParameters(request.body);
    const fields = { transaction: parameters.required('transaction'), csrf: parameters.required('csrf') };
    const transaction = await endpoint.find(interactions.check(request, fields));

    const decision = parameters.required('decision');
    const { origin, giveDevice } = contextOf(request, response);
    if (decision === 'deny') return redirect(response, await endpoint.deny(transaction, origin));
    if (decision !== 'allow') throw invalidRequest('The decision must be allow or deny');

    const [username, password] = [parameters.optional('username') ?? '', parameters.optional('password') ?? ''];
    const again = (status: number, alert: string) =>
      sendConsent(response, status, { transaction, fields, username, alert });
    if (username === '' || password === '') return again(400, 'Enter your user name and your password');
    try {
      const allowed = await endpoint.allow(transaction, { username, password }, origin);
      if (allowed.deviceToken !== undefined) giveDevice(allowed.deviceToken);
      redirect(response, allowed);
    } catch (error) {
      if (!(error instanceof Refusal) || !TRY_AGAIN.includes(error.kind)) throw error;
      logFault(error, log);
      const { status, retryAfter } = toOAuthError(error);
      if (retryAfter === undefined) return again(status, error.message);
      response.set('Retry-After', String(retryAfter));
      again(status, `${error.message}: wait ${retryAfter} seconds`);
    }
  });

  router.use('/authorize', answerOnPage(log));
  return router;
}

/** 303, so that what was typed is not sent on (RFC 9700 section 4.12). */
function redirect(response: Response, to: Redirect): void {
  // As it is: the framework would write it another way.
  response.status(303).set('Location', to.redirect).end();
}

/** As for a form's body: the parser would take broken escapes for what they are not. */
const refuseMalformedUrl: RequestHandler = (request, _response, next) => {
  try {
    decodeURIComponent(request.originalUrl);
  } catch {
    throw invalidRequest('The URL is not UTF-8, percent-encoded');
  }
  next();
};

/** A person reads this, not a program. */
function answerOnPage(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = error instanceof OAuthError ? error : bodyRefusal(error);
    if (refusal instanceof Refusal) logFault(refusal, log);
    const { message, status, retryAfter } = toOAuthError(refusal);
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    sendProblem(response, status, message);
  };
}
