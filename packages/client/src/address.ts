/**
 * Returns the address of the gateway with a trailing slash, as the base of relative addresses.
 * @throws TypeError for text that is not an HTTP address
 */
export function gatewayAddress(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (!base || !/^https?:$/.test(base.protocol)) throw new TypeError(`url: not an address of HTTP: ${url}`);
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  // A common mistake, which would otherwise show as 404 at the first sign-in.
  if (base.pathname.endsWith('/graphql/'))
    throw new TypeError('url: the address of the gateway itself, without /graphql');
  return base;
}

/** Matches one leading slash. Two would name another host. */
const ROOTED = /^\/(?![/\\])/;

/** Resolves an address relative to the gateway. `/users/me` and `users/me` are the same. */
export function resolveAddress(input: string | URL, base: URL): URL {
  const text = String(input);
  return new URL(ROOTED.test(text) ? `.${text}` : text, base);
}

/** Returns whether an address is below the gateway's, including its path. Other programs may share the origin. */
export function isBelow(url: URL, base: URL): boolean {
  return url.origin === base.origin && url.pathname.startsWith(base.pathname);
}
