import type { UriReason } from '../kernel/field_faults.ts';

/** A loopback address (RFC 8252 section 7.3). An app listens there on a port that the system chooses each time. */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(?=[/?]|$)/;
/** A private-use scheme (RFC 8252 section 7.1) is a reversed domain name, unlike `javascript:` and `data:`. */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;
const LOOPBACK_HOSTS = ['127.0.0.1', '[::1]', 'localhost'];
const LONGEST = 512;
/** The parameters of authorization responses (RFC 6749 section 4.1.2, RFC 9207). */
const ANSWER_PARAMETERS = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri'];

/** Returns the reason why a redirect URI cannot be registered, or undefined (RFC 6749 section 3.1.2, RFC 8252). */
export function redirectUriFault(uri: string): UriReason | undefined {
  // Threat: browsers treat a backslash as a slash, and non-ASCII text has several spellings.
  if (uri.length > LONGEST || !/^[\x21-\x7e]+$/.test(uri) || /[\\<>"]/.test(uri) || !URL.canParse(uri)) {
    return 'NOT_ABSOLUTE';
  }
  if (uri.includes('#')) return 'FRAGMENT';
  const { protocol, hostname, username, password, searchParams } = new URL(uri);
  // Threat: a client that reads the first of two parameters would use the registered value instead of the response's.
  if (ANSWER_PARAMETERS.some((name) => searchParams.has(name))) return 'ANSWER_PARAMETER';
  if (PRIVATE_USE.test(protocol)) return undefined;
  // Browsers treat `https:/host` and `https:host` as the same URI. A comparison by characters needs one spelling.
  if (!/^https?:\/\/[^/]/.test(uri)) return 'SCHEME';
  if (username || password || /^https?:\/\/[^/?]*@/.test(uri)) return 'USER_NAME';
  if (hostname.includes('*')) return 'WILDCARD';
  if (protocol === 'http:' && !LOOPBACK_HOSTS.includes(hostname)) return 'PLAIN_HTTP';
  return undefined;
}

/**
 * Returns whether a redirect URI is registered: compared character by character (RFC 9700 section 2.1), except for the
 * port of a loopback address (RFC 8252 section 7.3). Threat: `localhost` is a name, which may resolve elsewhere, so its
 * port counts.
 */
export function isRegistered(registered: readonly string[], asked: string): boolean {
  const likened = (uri: string) => LOOPBACK.test(uri) && portless(uri) === portless(asked);
  // Any valid port: port 99999 does not exist.
  return registered.some((uri) => uri === asked || (likened(uri) && URL.canParse(asked)));
}

/**
 * Replaces the port of a loopback address. Other URIs stay as they are, so that they never equal a loopback address.
 */
function portless(uri: string): string {
  return uri.replace(LOOPBACK, '$1:*');
}
