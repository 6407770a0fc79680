import { isIP } from 'node:net';
import proxyAddress from 'proxy-addr';

/** Returns an absolute http(s) URL as browsers spell it, without a trailing slash; undefined for any other text. */
export function normalPublicUrl(text: string): string | undefined {
  if (!/^https?:\/\/[^\s/?#@\\][^\s?#@\\]*$/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).href.replace(/\/+$/, '');
}

/** Schemes whose pages have no origin, or one that identifies no site. */
const WITHOUT_ORIGIN = new Set(['about:', 'blob:', 'data:', 'file:', 'ftp:', 'javascript:', 'ws:', 'wss:']);

/**
 * Returns the exact origin of a page or of an app's scheme (`capacitor://localhost`, `chrome-extension://…`), as
 * browsers spell it; undefined for any other text. A `*` in a host is refused: it looks like a wildcard and matches
 * nothing.
 */
export function normalOrigin(text: string): string | undefined {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^\s/?#@\\*]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, host, origin } = new URL(text);
  if (WITHOUT_ORIGIN.has(protocol)) return undefined;
  // URL returns the origin "null" for unknown schemes.
  return origin === 'null' ? `${protocol}//${host}` : origin;
}

/**
 * Returns the name of a header (RFC 9110 section 5.1) in lower case, as a preflight sends it; undefined for other text.
 * A `*` is a valid name that CORS reads as every header.
 */
export function normalHeader(text: string): string | undefined {
  return /^[\w!#$%&'+.^`|~-]{1,100}$/.test(text) ? text.toLowerCase() : undefined;
}

/**
 * Returns an address or a CIDR; undefined for any other text. proxy-addr alone reads `1`, which other programs take for
 * a number of hops, as the address 0.0.0.1.
 */
export function subnet(text: string): string | undefined {
  const [address = '', prefix] = text.split('/');
  if (isIP(address) === 0 || (prefix !== undefined && !/^\d+$/.test(prefix))) return undefined;
  try {
    proxyAddress.compile(text);
    return text;
  } catch {
    return undefined;
  }
}

export function isHost(text: string): boolean {
  const isName = /^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/i.test(text);
  return (isName || isIP(text) !== 0) && URL.canParse(`http://${bracketed(text)}`);
}

/** Returns a host as a URL spells it, with brackets around an IPv6 address. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
