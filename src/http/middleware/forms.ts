import { type RequestHandler, urlencoded } from 'express';
import { invalidRequest } from '../../oauth/errors.ts';
import { BODY_LIMIT } from './bodies.ts';

export const FORM = 'application/x-www-form-urlencoded';

const parseForm = urlencoded({ extended: false, limit: BODY_LIMIT, verify: refuseMalformed });

/** Parses the forms of the REST door. */
export const formBody: RequestHandler = (request, response, next) => {
  const charset = /;\s*charset\s*=\s*"?([\w-]+)"?/i.exec(request.headers['content-type'] ?? '')?.[1];
  // Express accepts one spelling of UTF-8, but programs also write `utf8`.
  if (charset !== undefined && isUtf8(charset)) request.headers['content-type'] = FORM;
  parseForm(request, response, next);
};

/** Returns whether a charset is a label of UTF-8 (WHATWG Encoding, section 4.2). */
function isUtf8(charset: string): boolean {
  try {
    return new TextDecoder(charset).encoding === 'utf-8';
  } catch {
    return false;
  }
}

/** Forbids caches to store the answer, because it may contain a token (RFC 6749 section 5.1). */
export const noStore: RequestHandler = (_request, response, next) => {
  response.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
  next();
};

/** Refuses parameters in the URL, and bodies of other types. */
export function accept(...types: string[]): RequestHandler {
  return (request, _response, next) => {
    // Threat: URLs end up in logs and histories, so a credential in one is already leaked (RFC 6749 section 2.3.1).
    if (Object.keys(request.query).length > 0) throw invalidRequest('Parameters belong into the body, not the URL');
    // A refresh by cookie has no body and no type. Browsers send `Content-Length: 0` with it.
    const { 'content-type': type, 'content-length': length = '0' } = request.headers;
    const bare = type === undefined && Number(length) === 0;
    if (!bare && !request.is(types)) throw invalidRequest(`The body must be ${types.join(' or ')}`);
    next();
  };
}

/**
 * Throws for a form that is not percent-encoded UTF-8 (RFC 6749 appendix B). Threat: the parser replaces all broken
 * bytes with one character and keeps broken escapes as text, so that different passwords are equal.
 */
function refuseMalformed(_request: unknown, _response: unknown, body: Buffer): void {
  decodeURIComponent(new TextDecoder('utf-8', { fatal: true }).decode(body));
}
