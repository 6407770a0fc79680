import type { UriReason } from '../kernel/field_faults.ts';

/** What RFC 8252 section 7.3 calls a loopback address: an app listens there on a port the system gives it each time. */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(?=[/?]|$)/;
/** RFC 8252 section 7.1: a private-use scheme is a domain name backwards, which `javascript:` and `data:` are not. */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;
const LOOPBACK_HOSTS = ['127.0.0.1', '[::1]', 'localhost'];
const LONGEST = 512;
/** What answers name in the query (RFC 6749 section 4.1.2, RFC 9207). */
const ANSWER_PARAMETERS = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri'];

/** Why a client cannot be registered with a redirect URI; undefined where it can. RFC 6749 section 3.1.2, RFC 8252. */
export function redirectUriFault(uri: string): UriReason | undefined {
  // A backslash is a slash to browsers, and what is no ASCII has more than one spelling.
  if (uri.length > LONGEST || !/^[\x21-\x7e]+$/.test(uri) || /[\\<>"]/.test(uri) || !URL.canParse(uri)) {
    return 'NOT_ABSOLUTE';
  }
  if (uri.includes('#')) return 'FRAGMENT';
  const { protocol, hostname, username, password, searchParams } = new URL(uri);
  // A client that reads the first of two would take the registered value for ours.
  if (ANSWER_PARAMETERS.some((name) => searchParams.has(name))) return 'ANSWER_PARAMETER';
  if (PRIVATE_USE.test(protocol)) return undefined;
  // `https:/host` and `https:host` are the same to browsers; what is compared character by character has one spelling.
  if (!/^https?:\/\/[^/]/.test(uri)) return 'SCHEME';
  if (username || password || /^https?:\/\/[^/?]*@/.test(uri)) return 'USER_NAME';
  if (hostname.includes('*')) return 'WILDCARD';
  if (protocol === 'http:' && !LOOPBACK_HOSTS.includes(hostname)) return 'PLAIN_HTTP';
  return undefined;
}

/**
 * Whether a client is registered with the redirect URI it asks for: character by character (RFC 9700 section 2.1), but
 * for the port of a loopback address (RFC 8252 section 7.3). `localhost` is a name, which may lead elsewhere: its port
 * counts.
 */
export function isRegistered(registered: readonly string[], asked: string): boolean {
  const likened = (uri: string) => LOOPBACK.test(uri) && portless(uri) === portless(asked);
  // Any port, as long as it is one: nobody can be sent to port 99999.
  return registered.some((uri) => uri === asked || (likened(uri) && URL.canParse(asked)));
}

/** A URI that is none of a loopback address stays what it is, and so equals none that is. */
function portless(uri: string): string {
  return uri.replace(LOOPBACK, '$1:*');
}
