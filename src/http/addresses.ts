import { isIP } from 'node:net';
import proxyAddress from 'proxy-addr';

/** An absolute http(s) URL as browsers spell it, without a trailing slash; undefined where it is none. */
export function normalPublicUrl(text: string): string | undefined {
  if (!/^https?:\/\/[^\s/?#@\\][^\s?#@\\]*$/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).href.replace(/\/+$/, '');
}

/** Schemes whose pages have no origin of their own, or one that is as good as none. */
const WITHOUT_ORIGIN = new Set(['about:', 'blob:', 'data:', 'file:', 'ftp:', 'javascript:', 'ws:', 'wss:']);

/**
 * An exact origin as browsers spell it: of a page, or of an app's own scheme (`capacitor://localhost`,
 * `chrome-extension://…`). A `*` inside a host parses, matches nothing, and reads as if it matched everything.
 */
export function normalOrigin(text: string): string | undefined {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^\s/?#@\\*]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, host, origin } = new URL(text);
  if (WITHOUT_ORIGIN.has(protocol)) return undefined;
  // Of schemes that it does not know, a URL's own origin is "null".
  return origin === 'null' ? `${protocol}//${host}` : origin;
}

/** A header's name (RFC 9110 section 5.1), in lower case as a preflight names it. A `*` is one, and would mean all. */
export function normalHeader(text: string): string | undefined {
  return /^[\w!#$%&'+.^`|~-]{1,100}$/.test(text) ? text.toLowerCase() : undefined;
}

// proxy-addr alone takes `1`, a number of hops elsewhere, for the address 0.0.0.1.
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

/** A host as a URL spells it. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
