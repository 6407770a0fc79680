import type { ErrorRequestHandler, Response, Router } from 'express';
import { Refusal } from '../../kernel/errors.ts';
import { sentenceOf } from '../../kernel/field_faults.ts';
import { type Log, logFault } from '../../kernel/log.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { OAuthError, toOAuthError } from '../../oauth/errors.ts';
import { readParameters } from '../../oauth/parameters.ts';
import type { UseCases } from '../../application/use_cases.ts';
import { bodyRefusal } from '../middleware/bodies.ts';
import { exactRouter } from '../middleware/exact_router.ts';
import { accept, FORM, formBody, noStore } from '../middleware/forms.ts';
import { noteCode } from '../middleware/outcome.ts';
import { createRecoveryPages, LINK_PAGE_TEXTS, type LinkPage } from '../pages/recovery_page.ts';
import type { RequestContextFactory } from '../request_context.ts';

export interface RecoveryRouteOptions {
  readonly useCases: Pick<
    UseCases,
    'requestPasswordReset' | 'resetPassword' | 'verifyEmail' | 'undoEmailChange' | 'invitations'
  >;
  readonly contextOf: RequestContextFactory;
  /** False if people cannot ask for a new password. */
  readonly passwordReset: boolean;
  /** The style sheet of the pages. */
  readonly style: string;
  readonly log: Log;
}

/** The content of a form: the token of the link, the code of the mail, and the password of the forms that ask for one. */
interface FilledForm {
  readonly token: string;
  readonly code: string;
  readonly password: string;
}

/**
 * Serves the pages of mailed links. They need no cookie: the link and the code are the permission, so that a form of
 * another site can do nothing that its author could not do alone.
 */
export function recoveryRoutes(options: RecoveryRouteOptions): Router {
  const { useCases, contextOf, passwordReset, style, log } = options;
  const router = exactRouter();
  const pages = createRecoveryPages(style);

  const redeem: Record<LinkPage, (answer: FilledForm, origin: RequestInfo) => Promise<void>> = {
    '/reset': ({ password, ...shown }, origin) => useCases.resetPassword(shown, password, origin),
    '/verify-email': (shown, origin) => useCases.verifyEmail(shown, origin),
    '/undo-email-change': (shown, origin) => useCases.undoEmailChange(shown, origin),
    '/invitation': ({ password, ...shown }, origin) => useCases.invitations.accept(shown, password, origin),
  };

  // eslint-disable-next-line @typescript-eslint/max-params -- Express knows error handlers by their four parameters
  const answerOnPage: ErrorRequestHandler = (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = error instanceof OAuthError ? error : bodyRefusal(error);
    noteCode(response, refusal);
    if (refusal instanceof Refusal) logFault(refusal, log);
    const { message, status } = toOAuthError(refusal);
    pages.problem(response, status, message);
  };

  for (const page of Object.keys(LINK_PAGE_TEXTS) as LinkPage[]) {
    router.get(page, noStore, (request, response) => {
      pages.form(response, { page, token: readParameters(request.query).required('token') });
    });

    router.post(page, noStore, accept(FORM), formBody, async (request, response) => {
      const parameters = readParameters(request.body);
      const token = parameters.required('token');
      const [code = '', password = '', repeat = ''] = [
        parameters.optional('code'),
        parameters.optional('password'),
        parameters.optional('repeat'),
      ];
      const askAgain = (status: number, alert: string) => pages.form(response, { page, token, alert }, status);
      if (code === '') return askAgain(400, 'Enter the code from the mail');
      if (password !== repeat) return askAgain(400, 'The two passwords are different');
      try {
        await redeem[page]({ token, code, password }, contextOf(request, response).origin);
        pages.done(response, page);
      } catch (error) {
        const { status, alert } = describe(response, error);
        askAgain(status, alert);
      }
    });
    router.use(page, answerOnPage);
  }

  if (passwordReset) {
    router.get('/forgot', noStore, (_request, response) => pages.forgotten(response));
    router.post('/forgot', noStore, accept(FORM), formBody, async (request, response) => {
      try {
        const account = readParameters(request.body).required('account');
        await useCases.requestPasswordReset(account, contextOf(request, response).origin);
        pages.asked(response);
      } catch (error) {
        const { status, alert } = describe(response, error);
        pages.forgotten(response, alert, status);
      }
    });
    router.use('/forgot', answerOnPage);
  }

  /** Returns the status and the message for a person who may try again. @throws faults of the server unchanged */
  function describe(response: Response, error: unknown): { readonly status: number; readonly alert: string } {
    if (!(error instanceof Refusal) || error.kind === 'INTERNAL') throw error;
    noteCode(response, error);
    logFault(error, log);
    const { status, message, retryAfter } = toOAuthError(error);
    const [fault] = error.fields ?? [];
    if (fault)
      return {
        status,
        alert: `The ${/password/i.test(fault.field) ? 'password' : 'e-mail address'} ${sentenceOf(fault)}`,
      };
    if (retryAfter === undefined) return { status, alert: message };
    response.set('Retry-After', String(retryAfter));
    return { status, alert: `${message}: wait ${retryAfter} seconds` };
  }

  return router;
}
