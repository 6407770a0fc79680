import type { IncomingMessage, ServerResponse } from 'node:http';
import { invalidRequest } from '../../oauth/errors.ts';

/**
 * Headers that decide the target of a request and the parser of its body. Threat: Node uses the first of two lines, a
 * proxy in front may use the second. Node itself refuses repeated `Content-Length` and `Transfer-Encoding`.
 */
const SINGLE = new Set(['host', 'content-type']);

/** Matches a non-empty name or address with an optional port (RFC 9110 section 7.2, RFC 3986 section 3.2.2). */
const HOST = /^(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::(\d{0,5}))?$/i;

/**
 * Refuses a request that a proxy in front may read differently. More than one `Host` line, or an invalid one, is 400
 * (RFC 9112 section 3.2). Node refuses a missing one, except with HTTP/1.0.
 * @throws OAuthError `invalid_request`
 */
export function refuseAmbiguous(
  { rawHeaders, headers: { host } }: IncomingMessage,
  _response: ServerResponse,
  next: () => void,
): void {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) throw invalidRequest(`The header ${name} is repeated`);
    seen.add(name);
  }
  if (host !== undefined && !isHost(host)) throw invalidRequest('The header host is not a host and a port');
  next();
}

function isHost(value: string): boolean {
  const match = HOST.exec(value);
  return match !== null && Number(match[1] ?? 0) <= 65_535;
}
