import type { ErrorRequestHandler, RequestHandler, Response, Router } from 'express';
import type { ShownFactor } from '../../application/authentication/steps/second_factor.ts';
import { type FactorMethod, Refusal, type RefusalKind } from '../../kernel/errors.ts';
import type { FieldCode } from '../../kernel/field_faults.ts';
import { type Log, logFault } from '../../kernel/log.ts';
import { createAuthorizationEndpoint, type Redirect } from '../../oauth/authorize.ts';
import { toParameters } from '../../oauth/authorization_request.ts';
import { invalidRequest, OAuthError, toOAuthError } from '../../oauth/errors.ts';
import { type Parameters as FormParameters, readParameters } from '../../oauth/parameters.ts';
import type { AuthorizationRequest, ConsentSignIn, Interaction } from '../../application/oauth/authorizations.ts';
import type { UseCases } from '../../application/use_cases.ts';
import { type AuthorizePages, createAuthorizePages } from '../pages/authorize_page.ts';
import { bodyRefusal } from '../middleware/bodies.ts';
import { exactRouter } from '../middleware/exact_router.ts';
import { accept, FORM, formBody, noStore } from '../middleware/forms.ts';
import type { Interactions } from '../pages/interaction.ts';
import { noteCode } from '../middleware/outcome.ts';
import type { RequestContextFactory } from '../request_context.ts';

export interface AuthorizeRouteOptions {
  readonly useCases: Pick<UseCases, 'clients' | 'authorizations'>;
  readonly contextOf: RequestContextFactory;
  readonly interactions: Interactions;
  /** The value of `iss`. */
  readonly issuer: string;
  /** The style sheet of the pages. */
  readonly style: string;
  readonly log: Log;
}

/** The refusals after which the user may retry in the same form. */
const TRY_AGAIN: readonly RefusalKind[] = ['INCORRECT_LOGIN', 'RATE_LIMITED', 'OVERLOADED', 'SERVICE_UNAVAILABLE'];

/** Serves the pages of the authorization endpoint, on which users sign in and give consent. */
export function authorizeRoutes(options: AuthorizeRouteOptions): Router {
  const { useCases, contextOf, interactions, issuer, style, log } = options;
  const router = exactRouter();
  const endpoint = createAuthorizationEndpoint(useCases.clients, useCases.authorizations, issuer);
  const pages = createAuthorizePages(style);

  /** Returns the stored transaction with its sign-in; the new transaction without one, or if it is already answered. */
  async function resume(asked: Parameters<Interactions['resume']>[0], begun: Interaction): Promise<Interaction> {
    const kept = interactions.resume(asked, begun.request);
    if (!kept) return begun;
    return endpoint.find(kept).catch((error: unknown) => {
      if (error instanceof Refusal && error.kind === 'TRANSACTION') return begun;
      throw error;
    });
  }

  router.get('/authorize', noStore, refuseMalformedUrl, async (request, response) => {
    const begun = await endpoint.begin(readParameters(request.query));
    if ('redirect' in begun) return redirect(response, begun.redirect);
    const interaction = await resume(request, begun);
    const form = { interaction, fields: interactions.open(request, response, interaction) };
    if (interaction.person) pages.consent(response, { ...form, person: interaction.person });
    else pages.signIn(response, form);
  });

  router.post('/authorize', noStore, accept(FORM), formBody, async (request, response) => {
    const parameters = readParameters(request.body);
    const fields = { transaction: parameters.required('transaction'), csrf: parameters.required('csrf') };
    const interaction = await endpoint.find(interactions.check(request, fields));
    const { origin, giveDevice } = contextOf(request, response);
    const goOn = (signedIn: ConsentSignIn | Redirect) => {
      if ('redirect' in signedIn) return redirect(response, signedIn.redirect);
      giveDevice(signedIn.deviceToken);
      interactions.keep(request, response, { ...interaction, person: signedIn.person });
      return redirect(response, pathOf(interaction.request));
    };
    const askAgain = (status: number, alert: string, username = '') =>
      pages.signIn(response, { interaction, fields, username, alert }, status);

    switch (parameters.required('decision')) {
      case 'sign-in': {
        const [username, password] = [parameters.optional('username') ?? '', parameters.optional('password') ?? ''];
        if (username === '' || password === '') return askAgain(400, 'Enter your username and your password', username);
        try {
          return goOn(await endpoint.signIn(interaction, { username, password }, origin));
        } catch (error) {
          const nextStep = error instanceof Refusal ? error.nextStep() : undefined;
          if (nextStep) return pages.secondFactor(response, { interaction, fields, nextStep });
          const { status, alert } = describe(response, error);
          return askAgain(status, alert, username);
        }
      }
      case 'second-factor': {
        const nextStep = { ticket: parameters.required('auth_session'), methods: methodsIn(parameters) };
        const code = parameters.optional('otp') ?? '';
        const again = (status: number, alert: string) =>
          pages.secondFactor(response, { interaction, fields, nextStep, alert }, status);
        if (code === '') return again(400, 'Enter a code');
        try {
          return goOn(
            await endpoint.completeSignIn(interaction, { ticket: nextStep.ticket, factor: factorOf(code) }, origin),
          );
        } catch (error) {
          if (isOver(error)) return askAgain(400, 'This took too long, or too many tries. Sign in again');
          const { status, alert } = isWrong(error) ? { status: 400, alert: 'Wrong code' } : describe(response, error);
          return again(status, alert);
        }
      }
      case 'leave':
        interactions.forget(response);
        return redirect(response, pathOf(interaction.request));
      case 'deny':
        return redirect(response, (await endpoint.deny(interaction, origin)).redirect);
      case 'allow':
        if (!interaction.person) return askAgain(400, 'Sign in first');
        try {
          return redirect(response, (await endpoint.allow(interaction, origin)).redirect);
        } catch (error) {
          const { status, alert } = describe(response, error);
          return pages.consent(response, { interaction, fields, alert, person: interaction.person }, status);
        }
      default:
        throw invalidRequest('The decision must be sign-in, second-factor, leave, allow or deny');
    }
  });

  /** Returns the status and the message for a user who may retry. @throws every other error unchanged */
  function describe(response: Response, error: unknown): { status: number; alert: string } {
    if (!(error instanceof Refusal) || !TRY_AGAIN.includes(error.kind)) throw error;
    noteCode(response, error);
    logFault(error, log);
    const { status, retryAfter } = toOAuthError(error);
    if (retryAfter === undefined) return { status, alert: error.message };
    response.set('Retry-After', String(retryAfter));
    return { status, alert: `${error.message}: wait ${retryAfter} seconds` };
  }

  router.use('/authorize', answerOnPage(pages, log));
  return router;
}

/** Returns the URL of the page of a request, relative to the form. */
const pathOf = (request: AuthorizationRequest) => `authorize?${toParameters(request).toString()}`;

const METHODS: readonly FactorMethod[] = ['TOTP', 'PASSKEY', 'RECOVERY_CODE'];

/** Returns the methods that the form was shown for. They only word the page. */
const methodsIn = (parameters: FormParameters) =>
  METHODS.filter((method) => parameters.optional('methods')?.split(' ').includes(method));

/** Returns a typed code as the factor that it has the form of. */
function factorOf(code: string): ShownFactor {
  return /^[\s\d]{6,9}$/.test(code) ? { kind: 'totp', code } : { kind: 'recoveryCode', code };
}

const hasFault = (error: unknown, code: FieldCode) =>
  error instanceof Refusal && error.fields?.some((fault) => fault.code === code) === true;
const isWrong = (error: unknown) => hasFault(error, 'WRONG');
const isOver = (error: unknown) => hasFault(error, 'EXPIRED');

/** Redirects with 303, so that the browser does not send the form on (RFC 9700 section 4.12). */
function redirect(response: Response, to: string): void {
  // Sent unchanged: `response.redirect` would encode it differently.
  response.status(303).set('Location', to).end();
}

/** Refuses a URL that is not percent-encoded UTF-8. The parser would keep broken escapes as text, as in a form. */
const refuseMalformedUrl: RequestHandler = (request, _response, next) => {
  try {
    decodeURIComponent(request.originalUrl);
  } catch {
    throw invalidRequest('The URL is not UTF-8, percent-encoded');
  }
  next();
};

/** Answers errors with a page, because a user reads them. */
function answerOnPage(pages: AuthorizePages, log: Log): ErrorRequestHandler {
  // eslint-disable-next-line @typescript-eslint/max-params -- Express knows error handlers by their four parameters
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = error instanceof OAuthError ? error : bodyRefusal(error);
    noteCode(response, refusal);
    if (refusal instanceof Refusal) logFault(refusal, log);
    const { message, status, retryAfter } = toOAuthError(refusal);
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    pages.problem(response, status, message);
  };
}
