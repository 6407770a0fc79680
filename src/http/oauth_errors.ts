import type { ErrorRequestHandler, Response } from 'express';
import { Refusal } from '../kernel/errors.ts';
import { type Log, logFault } from '../kernel/log.ts';
import { OAuthError, toOAuthError } from '../oauth/errors.ts';
import { bodyRefusal } from './bodies.ts';

/** What was thrown at the REST door, or on the way to any, in the form of RFC 6749 section 5.2. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = error instanceof OAuthError ? error : bodyRefusal(error);
    if (refusal instanceof Refusal) logFault(refusal, log);
    const { code, message, status, retryAfter } = toOAuthError(refusal);
    if (status === 401 || code === 'insufficient_scope') challenge(response, code, refusal);
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    response.status(status).json({ error: code, error_description: message });
  };
}

function challenge(response: Response, code: string, refusal: OAuthError | Refusal): void {
  // RFC 6749 section 5.2: a client is told a way to prove itself.
  if (code === 'invalid_client') return void response.set('WWW-Authenticate', 'Basic realm="gatehouse"');
  // RFC 6750 section 3, which asks for it at a 403 too. A request without credentials is told the scheme alone.
  const missing = refusal instanceof Refusal && refusal.reason === 'MISSING';
  response.set('WWW-Authenticate', missing ? 'Bearer' : `Bearer error="${code}"`);
}
