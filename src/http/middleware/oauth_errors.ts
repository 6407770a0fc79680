import type { ServerResponse } from 'node:http';
import { bearerChallenge } from '../../kernel/challenge.ts';
import { Refusal } from '../../kernel/errors.ts';
import { type Log, logFault } from '../../kernel/log.ts';
import { OAuthError, toOAuthError } from '../../oauth/errors.ts';
import { bodyRefusal } from './bodies.ts';
import { sendJson } from './json.ts';
import { noteCode } from './outcome.ts';

/** Answers errors of the REST door and of the common steps, in the form of RFC 6749 section 5.2. */
export function answerError(log: Log): (error: unknown, response: ServerResponse) => void {
  return (error, response) => {
    // Threat: a client would take a truncated answer for a complete one.
    if (response.headersSent) return void response.destroy();
    const refusal = error instanceof OAuthError ? error : bodyRefusal(error);
    noteCode(response, refusal);
    if (refusal instanceof Refusal) logFault(refusal, log);
    const answer = toOAuthError(refusal);
    const { status, retryAfter } = answer;
    // A failed sign-in is 401 at the GraphQL door and 400 here, without a challenge (RFC 6749 section 5.2).
    const challenge = status === 400 ? undefined : challengeOf(refusal);
    if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge);
    if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
    sendJson(response, status, answer.toBody());
  };
}

/** Returns the challenge that tells a client how to authenticate (RFC 6749 section 5.2). */
function challengeOf(refusal: OAuthError | Refusal): string | undefined {
  if (refusal instanceof Refusal) return bearerChallenge(refusal);
  return refusal.code === 'invalid_client' ? 'Basic realm="gatehouse"' : undefined;
}
