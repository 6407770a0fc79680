import type { IncomingMessage, ServerResponse } from 'node:http';
import { raw } from 'express';
import { Refusal, toRefusal } from '../../kernel/errors.ts';
import { parseExact, TooDeepError } from '../../kernel/exact_json.ts';
import { showsIdentity, type WithBytes } from './router_proof.ts';

export const JSON_BODY = 'application/json';

/** Bytes of a body, at either door. */
export const BODY_LIMIT = 100_000;

/** What Express's body parsers throw (http-errors), in words of the closed table; anything else as it is. */
export function bodyRefusal(error: unknown): Refusal {
  const { status } = (error ?? {}) as { status?: unknown };
  // By status alone: what zlib throws over a broken body has no type, and is the client's fault all the same.
  if (error instanceof Refusal || typeof status !== 'number' || status >= 500) return toRefusal(error);
  if (status === 413) return new Refusal('PAYLOAD_TOO_LARGE', { cause: error });
  return new Refusal('BAD_REQUEST', { message: 'The body cannot be read', cause: error });
}

/** JSON of a client. Throws BAD_USER_INPUT where it is none, or none that could be worked on. */
export function parseClientJson(text: string): unknown {
  try {
    return parseExact(text);
  } catch (cause) {
    const message = cause instanceof TooDeepError ? cause.message : 'The body is not valid JSON';
    throw new Refusal('BAD_REQUEST', { message, cause });
  }
}

/** Broken bytes would all become one and the same character: passwords that differ would be equal. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** JSON is UTF-8, whatever charset a client writes beside it (RFC 8259 sections 8.1 and 11). */
function parseBody(bytes: Uint8Array): object {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new Refusal('BAD_REQUEST', { message: 'The body is not valid UTF-8', cause });
  }
  const value = text === '' ? {} : parseClientJson(text);
  if (typeof value === 'object' && value !== null) return value;
  throw new Refusal('BAD_REQUEST', { message: 'The body is not a JSON object' });
}

const readBytes = raw({ type: JSON_BODY, limit: BODY_LIMIT });

/**
 * Parses a request's JSON into its `body`; undefined where there is none, or one of another type. What was signed is the
 * bytes, not what they parse to: they stay in `bytes` where somebody may ask for them. It fails with what Express's
 * parsers throw, and BAD_USER_INPUT.
 */
export function jsonBody(
  request: IncomingMessage & WithBytes & { body?: unknown },
  response: ServerResponse,
  next: (error?: unknown) => void,
): void {
  readBytes(request, response, (error?: unknown) => {
    if (error) return next(error);
    const { body } = request;
    if (!(body instanceof Uint8Array)) return next();
    try {
      if (showsIdentity(request)) request.bytes = body;
      request.body = parseBody(body);
    } catch (fault) {
      return next(fault);
    }
    next();
  });
}
