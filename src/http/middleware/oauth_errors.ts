import type { ServerResponse } from 'node:http';
import { bearerChallenge } from '../../kernel/challenge.ts';
import { Refusal } from '../../kernel/errors.ts';
import { type Log, logFault } from '../../kernel/log.ts';
import { OAuthError, toOAuthError } from '../../oauth/errors.ts';
import { bodyRefusal } from './bodies.ts';
import { sendJson } from './json.ts';
import { noteCode } from './outcome.ts';

/** What was thrown at the REST door, or on the way to any, in the form of RFC 6749 section 5.2. */
export function answerError(log: Log): (error: unknown, response: ServerResponse) => void {
  return (error, response) => {
    // Half an answer must not pass for a whole one.
    if (response.headersSent) return void response.destroy();
    const refusal = error instanceof OAuthError ? error : bodyRefusal(error);
    noteCode(response, refusal);
    if (refusal instanceof Refusal) logFault(refusal, log);
    const answer = toOAuthError(refusal);
    const { status, retryAfter } = answer;
    // A failed sign-in is 401 in the graph's table and 400 here, where RFC 6749 section 5.2 asks for no challenge.
    const challenge = status === 400 ? undefined : challengeOf(refusal);
    if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge);
    if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
    sendJson(response, status, answer.toBody());
  };
}

/** RFC 6749 section 5.2: a client learns how to prove itself. */
function challengeOf(refusal: OAuthError | Refusal): string | undefined {
  if (refusal instanceof Refusal) return bearerChallenge(refusal);
  return refusal.code === 'invalid_client' ? 'Basic realm="gatehouse"' : undefined;
}
