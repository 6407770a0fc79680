import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds that idle connections, and requests in flight, get when the server stops. */
const IDLE_MS = 1_000;
const DRAIN_MS = 15_000;
/** Milliseconds for those that wait to be let in: under a flood that never ends, the stop must. */
const ADMIT_MS = 1_000;

/** What stopping takes at most: whoever stops a server gives it longer. */
export const DRAIN_SECONDS = (ADMIT_MS + DRAIN_MS) / 1000;

/**
 * To be called before the server listens; answers what stops it. That takes no new connections, lets requests in flight
 * finish, and tells connections that are open to come again elsewhere: closing them outright would cut off a request
 * that a proxy is just sending on one it thought idle.
 */
export function prepareDrain(server: Server): () => Promise<void> {
  const unanswered = new Set<ServerResponse>();
  let stopping = false;
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (stopping) return announce(response);
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
  });

  return async () => {
    await admitWaiting(server);
    stopping = true;
    // Whoever is answered now would send the next request on a connection that is closed a moment later.
    unanswered.forEach(announce);
    const closed = once(server, 'close');
    // `http.Server`'s own close would also end every idle connection, at once.
    TcpServer.prototype.close.call(server);
    const timers = [
      // Again and again: a connection is idle when its request in flight is answered. After this turn of the event
      // loop, in which what has arrived is read.
      setInterval(() => setImmediate(() => server.closeIdleConnections()), IDLE_MS),
      setTimeout(() => server.closeAllConnections(), DRAIN_MS),
    ];
    await closed;
    timers.forEach(clearTimeout);
  };
}

function announce(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/**
 * The system shakes hands for us, and those clients have sent their requests by the time we look: the end of the
 * listening socket would reset them. libuv lets in one a turn of the event loop; after a turn without one nobody waits.
 */
async function admitWaiting(server: Server): Promise<void> {
  let came = true;
  const note = () => (came = true);
  server.on('connection', note);
  for (const until = performance.now() + ADMIT_MS; came && performance.now() < until;) {
    came = false;
    // The first begins in the turn that is under way.
    await turn();
    await turn();
  }
  server.off('connection', note);
}
