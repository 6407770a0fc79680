/** The part of Express's router that its routes are read from. */
interface RouterLayer {
  readonly handle: Handle;
  /** Set on a route. */
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

/** Gives the path of a request the name that metrics and traces know it by. */
export type RouteOf = (path: string) => string;

/** Where the text of a path ends and a pattern begins (`path-to-regexp`). */
const PATTERN = /\/?[{*:]/;

/**
 * Returns the names of paths, as the routers have them: a new route has its own without being listed. There are so many
 * and no more: a client that asks for a thousand paths must not have a thousand series kept.
 * @param pages routes that share the name `page`
 * Throws a plain Error where the path of a route cannot be read.
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
    // What every request passes, or every fault, serves no path of its own.
    return handle.length === ERROR_HANDLER
      ? []
      : mounts.filter((path) => path !== mount).map((path) => `${path}/*rest`);
  });
}

/** Parameters of Express's error handlers, by which it knows them. */
const ERROR_HANDLER = 4;

function textsOf(path: RoutePath): string[] {
  return [path].flat().map((one) => {
    if (typeof one !== 'string')
      throw new Error(`The path of the route ${String(one)} has no name for metrics: write it as text`);
    return one;
  });
}
