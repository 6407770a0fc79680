import type { ServerResponse } from 'node:http';
import { Refusal } from '../kernel/errors.ts';
import { type Log, logFault } from '../kernel/log.ts';
import { OAuthError, toOAuthError } from '../oauth/errors.ts';
import { bodyRefusal } from './bodies.ts';
import { sendJson } from './json.ts';

/** What was thrown at the REST door, or on the way to any, in the form of RFC 6749 section 5.2. */
export function answerError(log: Log): (error: unknown, response: ServerResponse) => void {
  return (error, response) => {
    // Half an answer must not pass for a whole one.
    if (response.headersSent) return void response.destroy();
    const refusal = error instanceof OAuthError ? error : bodyRefusal(error);
    if (refusal instanceof Refusal) logFault(refusal, log);
    const { code, message, status, retryAfter } = toOAuthError(refusal);
    if (status === 401 || code === 'insufficient_scope') challenge(response, code, refusal);
    if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
    sendJson(response, status, { error: code, error_description: message });
  };
}

function challenge(response: ServerResponse, code: string, refusal: OAuthError | Refusal): void {
  // RFC 6749 section 5.2: a client is told a way to prove itself.
  if (code === 'invalid_client') return void response.setHeader('WWW-Authenticate', 'Basic realm="gatehouse"');
  // RFC 6750 section 3, which asks for it at a 403 too. A request without credentials is told the scheme alone.
  const missing = refusal instanceof Refusal && refusal.reason === 'MISSING';
  response.setHeader('WWW-Authenticate', missing ? 'Bearer' : `Bearer error="${code}"`);
}
