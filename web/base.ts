// A variable, because Vite copies a file that a literal names.
const here = import.meta.url;

/** The server's address with a trailing slash and the path of `PUBLIC_URL`. Scripts are in `assets/` below it. */
export const BASE = new URL('..', here);

/** The path of {@link BASE} without the trailing slash. Empty at the root of a host. */
export const BASE_PATH = BASE.pathname.slice(0, -1);

/** Returns the path of another page or endpoint of the server. */
export const pathTo = (page: 'graphql' | 'docs' | 'openapi.json' | 'forgot'): string => `${BASE_PATH}/${page}`;
