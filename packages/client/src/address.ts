/**
 * The gateway's address, ending in the slash that relative ones are resolved by.
 * @throws TypeError for what is no HTTP address
 */
export function gatewayAddress(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (!base || !/^https?:$/.test(base.protocol)) throw new TypeError(`url: not an address of HTTP: ${url}`);
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  // A slip that would show as 404 at the first sign-in.
  if (base.pathname.endsWith('/graphql/'))
    throw new TypeError('url: the address of the gateway itself, without /graphql');
  return base;
}

/** One leading slash: two would name another host. */
const ROOTED = /^\/(?![/\\])/;

/** Resolves what `fetch` is asked for below the gateway's address: `/users/me` and `users/me` are the same. */
export function resolveAddress(input: string | URL, base: URL): URL {
  const text = String(input);
  return new URL(ROOTED.test(text) ? `.${text}` : text, base);
}

/** Whether an address is below the gateway's, where its path ends too: other programs may share the origin. */
export function isBelow(url: URL, base: URL): boolean {
  return url.origin === base.origin && url.pathname.startsWith(base.pathname);
}
