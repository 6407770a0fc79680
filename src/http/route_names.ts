/** The part of Express's router that lists its routes. */
interface RouterLayer {
  readonly handle: Handle;
  /** Set for a route. */
  readonly route?: { readonly path: RoutePath };
  /** The path of a router or a middleware. */
  readonly rawPath?: RoutePath;
}

type Handle = ((...args: never[]) => unknown) & { readonly stack?: readonly RouterLayer[] };
type RoutePath = string | RegExp | readonly (string | RegExp)[] | undefined;

/** The routes of an Express application or router. */
export interface Routed {
  readonly stack: readonly RouterLayer[];
}

/** Returns the name of a request path in metrics and traces. */
export type RouteOf = (path: string) => string;

/** Matches the end of the literal part of a path, where a pattern begins (`path-to-regexp`). */
const PATTERN = /\/?[{*:]/;

/**
 * Creates the names of paths from the routers, so that a new route needs no list. Threat: a client that requests a
 * thousand paths must not create a thousand series, so unknown paths share the name `other`.
 * @param pages routes that share the name `page`
 * @throws Error if the path of a route is not text
 */
export function createRouteOf(router: Routed, pages: readonly string[]): RouteOf {
  const exact = new Map<string, string>();
  const beginnings = new Map<string, string>();
  for (const path of pathsOf(router)) {
    const end = PATTERN.exec(path)?.index;
    const text = path.slice(0, end);
    const name = pages.includes(path) ? 'page' : text || '/';
    exact.set(text || '/', name);
    if (end !== undefined) beginnings.set(`${text}/`, name);
  }
  return (path) => {
    const known = exact.get(path);
    if (known !== undefined) return known;
    for (const [beginning, name] of beginnings) if (path.startsWith(beginning)) return name;
    return 'other';
  };
}

function pathsOf({ stack }: Routed, mount = ''): string[] {
  return stack.flatMap(({ route, handle, rawPath }) => {
    if (route) return textsOf(route.path).map((path) => mount + path);
    const mounts = textsOf(rawPath).map((path) => (path === '/' ? mount : mount + path));
    const inside = handle.stack;
    if (inside) return mounts.flatMap((path) => pathsOf({ stack: inside }, path));
    // Error handlers and middleware without a path serve no route.
    return handle.length === ERROR_HANDLER
      ? []
      : mounts.filter((path) => path !== mount).map((path) => `${path}/*rest`);
  });
}

/** The number of parameters by which Express recognises error handlers. */
const ERROR_HANDLER = 4;

function textsOf(path: RoutePath): string[] {
  return [path].flat().map((one) => {
    if (typeof one !== 'string')
      throw new Error(`The path of the route ${String(one)} has no name for metrics: write it as text`);
    return one;
  });
}
