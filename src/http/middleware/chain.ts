import type { IncomingMessage, ServerResponse } from 'node:http';

/** Serves a request completely. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Does one thing for a request and passes it on. Express, helmet and cors share this shape. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

/**
 * Creates a handler that runs the steps in order, then the handler.
 * @param fail answers each error that a step throws or passes on. Outside of Express it would end the process
 */
export function chain(
  steps: readonly Middleware[],
  handler: Handler,
  fail: (error: unknown, response: ServerResponse) => void,
): Handler {
  const all: readonly Middleware[] = [...steps, (request, response) => handler(request, response)];
  return (request, response) => {
    function run(at: number): void {
      try {
        const done = all[at]!(request, response, (error) => (error ? fail(error, response) : run(at + 1)));
        if (done instanceof Promise) done.catch((error: unknown) => fail(error, response));
      } catch (error) {
        fail(error, response);
      }
    }
    run(0);
  };
}
