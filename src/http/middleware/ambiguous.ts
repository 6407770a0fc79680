import type { IncomingMessage, ServerResponse } from 'node:http';
import { invalidRequest } from '../../oauth/errors.ts';

/**
 * Fields that say whom a request is for and how its body is read. Node keeps the first of two lines; a proxy in front may
 * have decided by the second. `Content-Length` and `Transfer-Encoding` are Node's own to refuse.
 */
const SINGLE = new Set(['host', 'content-type']);

/** RFC 9110 section 7.2 and RFC 3986 section 3.2.2: a name or address that is not empty, and a port. */
const HOST = /^(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::(\d{0,5}))?$/i;

/**
 * Refuses a request that may mean another thing to whatever is in front of this server. RFC 9112 section 3.2: more than one
 * line of `Host`, or an invalid one, is 400. A missing one is for Node, which lets HTTP/1.0 alone do without.
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
