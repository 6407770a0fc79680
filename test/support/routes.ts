export interface ServedRoute {
  readonly method: string;
  readonly path: string;
}

interface RouterRoute {
  readonly path: string | readonly string[];
  readonly methods: Readonly<Record<string, boolean>>;
}

interface RouterPrototype {
  route(path: RouterRoute['path']): RouterRoute;
}

/** Loads a module as the built server does. See `server_environment.ts`. */
const { loadOnce } = globalThis as unknown as { loadOnce(name: 'express'): { Router: { prototype: RouterPrototype } } };

/** Runs a start of the server, and returns its result with the routes that its routers were given. */
export async function recordRoutes<T>(start: () => Promise<T>): Promise<{ result: T; routes: readonly ServedRoute[] }> {
  const { prototype } = loadOnce('express').Router;
  const route = prototype.route;
  const recorded: RouterRoute[] = [];
  prototype.route = function (path) {
    const made = route.call(this, path);
    recorded.push(made);
    return made;
  };
  try {
    const result = await start();
    const routes = recorded.flatMap(({ path, methods }) =>
      [path].flat().flatMap((each) => Object.keys(methods).map((method) => ({ method: nameOf(method), path: each }))),
    );
    return { result, routes };
  } finally {
    prototype.route = route;
  }
}

/** `_all` is the router's name for a route of every method. */
const nameOf = (method: string) => (method === '_all' ? 'ANY' : method.toUpperCase());
