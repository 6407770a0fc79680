import { type RequestHandler, urlencoded } from 'express';
import { invalidRequest } from '../../oauth/errors.ts';
import { BODY_LIMIT } from './bodies.ts';

export const FORM = 'application/x-www-form-urlencoded';

const parseForm = urlencoded({ extended: false, limit: BODY_LIMIT, verify: refuseMalformed });

/** The parser of the REST door's forms. */
export const formBody: RequestHandler = (request, response, next) => {
  const charset = /;\s*charset\s*=\s*"?([\w-]+)"?/i.exec(request.headers['content-type'] ?? '')?.[1];
  // Express knows one spelling of UTF-8; programs write `utf8` too.
  if (charset !== undefined && isUtf8(charset)) request.headers['content-type'] = FORM;
  parseForm(request, response, next);
};

/** Whether a charset is a label of UTF-8 (WHATWG Encoding, section 4.2). */
function isUtf8(charset: string): boolean {
  try {
    return new TextDecoder(charset).encoding === 'utf-8';
  } catch {
    return false;
  }
}

/** RFC 6749 section 5.1: an answer with a token in it is nobody's to keep. */
export const noStore: RequestHandler = (_request, response, next) => {
  response.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
  next();
};

/** Refuses parameters in the URL, and bodies of other types. */
export function accept(...types: string[]): RequestHandler {
  return (request, _response, next) => {
    // RFC 6749 section 2.3.1: a URL ends up in logs and histories; a credential there is leaked already.
    if (Object.keys(request.query).length > 0) throw invalidRequest('Parameters belong into the body, not the URL');
    // A cookie alone may refresh: such a request has no body, and so no type. Browsers send its length all the same.
    const { 'content-type': type, 'content-length': length = '0' } = request.headers;
    const bare = type === undefined && Number(length) === 0;
    if (!bare && !request.is(types)) throw invalidRequest(`The body must be ${types.join(' or ')}`);
    next();
  };
}

/**
 * RFC 6749 appendix B: a form is UTF-8, percent-encoded. The parser would take every broken byte for one and the same
 * character, and a broken escape for itself: passwords that differ would be equal.
 */
function refuseMalformed(_request: unknown, _response: unknown, body: Buffer): void {
  decodeURIComponent(new TextDecoder('utf-8', { fatal: true }).decode(body));
}
