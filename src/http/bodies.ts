import { Refusal, toRefusal } from '../kernel/errors.ts';
import { parseExact, TooDeepError } from '../kernel/exact_json.ts';

/** Bytes of a body, at either door. */
export const BODY_LIMIT = 100_000;

/** What Express's body parsers throw (http-errors), in words of the closed table; anything else as it is. */
export function bodyRefusal(error: unknown): Refusal {
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  // By status alone: what zlib throws over a broken body has no type, and is the client's fault all the same.
  if (error instanceof Refusal || typeof status !== 'number' || status >= 500) return toRefusal(error);
  if (status === 413) return new Refusal('PAYLOAD_TOO_LARGE', { cause: error });
  const message = type === 'entity.parse.failed' ? 'The body is not valid JSON' : 'The body cannot be read';
  return new Refusal('BAD_USER_INPUT', { message, cause: error });
}

/** JSON of a client. Throws BAD_USER_INPUT where it is none, or none that could be worked on. */
export function parseClientJson(text: string): unknown {
  try {
    return parseExact(text);
  } catch (cause) {
    const message = cause instanceof TooDeepError ? cause.message : 'The body is not valid JSON';
    throw new Refusal('BAD_USER_INPUT', { message, cause });
  }
}

const utf8 = new TextDecoder();

/** A body's text, in a charset that Express takes for JSON. Throws BAD_USER_INPUT for one that Node does not know. */
export function textOf(bytes: Uint8Array, encoding: string): string {
  try {
    return (encoding === 'utf-8' ? utf8 : new TextDecoder(encoding)).decode(bytes);
  } catch (cause) {
    throw new Refusal('BAD_USER_INPUT', { message: 'The body cannot be read', cause });
  }
}
