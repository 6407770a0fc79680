import { Refusal, toRefusal } from '../kernel/errors.ts';

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
