import type { IncomingMessage, ServerResponse } from 'node:http';
import { raw } from 'express';
import { Refusal, toRefusal } from '../../kernel/errors.ts';
import { parseExact, TooDeepError } from '../../kernel/exact_json.ts';
import { showsIdentity, type WithBytes } from './router_proof.ts';

export const JSON_BODY = 'application/json';

/** The most bytes of a request body, at both doors. */
export const BODY_LIMIT = 100_000;

/** Returns the refusal for an error of Express's body parsers (http-errors), and for any other error as `toRefusal`. */
export function bodyRefusal(error: unknown): Refusal {
  const { status } = (error ?? {}) as { status?: unknown };
  // Decided by the status, because errors of zlib have no type. A broken body is the client's fault too.
  if (error instanceof Refusal || typeof status !== 'number' || status >= 500) return toRefusal(error);
  if (status === 413) return new Refusal('PAYLOAD_TOO_LARGE', { cause: error });
  return new Refusal('BAD_REQUEST', { message: 'The body cannot be read', cause: error });
}

/**
 * Parses the JSON of a client.
 * @throws Refusal BAD_REQUEST for invalid JSON, and for JSON that is nested too deeply
 */
export function parseClientJson(text: string): unknown {
  try {
    return parseExact(text);
  } catch (cause) {
    const message = cause instanceof TooDeepError ? cause.message : 'The body is not valid JSON';
    throw new Refusal('BAD_REQUEST', { message, cause });
  }
}

/** Threat: a lenient decoder replaces all broken bytes with one character, so that different passwords are equal. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parses a JSON object. JSON is always UTF-8, whatever charset the client names (RFC 8259 sections 8.1 and 11). */
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
 * Parses the JSON of a request into `body`, which stays undefined without a body and for other types. A signature
 * covers the bytes, so `bytes` keeps them if the request has an identity header. It calls `next` with an error of
 * Express's parsers, or with a Refusal BAD_REQUEST.
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
