// In a variable, because Vite would copy the file that a literal names.
const here = import.meta.url;

/** The address of the server with a slash at its end. It has the path of `PUBLIC_URL`: scripts are in `assets/` below it. */
export const BASE = new URL('..', here);

/** The path of {@link BASE} without that slash: empty at the root of a host. */
export const BASE_PATH = BASE.pathname.slice(0, -1);

/** Returns the path of another page or endpoint of the server. */
export const pathTo = (page: 'graphql' | 'docs' | 'openapi.json'): string => `${BASE_PATH}/${page}`;
