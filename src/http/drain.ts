import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/**
 * Milliseconds that a patient stop leaves idle connections to their clients, to come again on or to close: longer than
 * `deploy/nginx` keeps one. Whoever sends on a connection that is just being closed has lost the request (RFC 9112,
 * section 9.5), and a proxy must not repeat a POST.
 */
export const IDLE_MS = 5_000;
/** How often it is looked which are idle by now. */
const LOOK_MS = 100;
/** Milliseconds that requests in flight get. */
const DRAIN_MS = 15_000;
/** Milliseconds for those that wait to be let in: under a flood that never ends, the stop must. */
const ADMIT_MS = 1_000;

/** What stopping takes at most: whoever stops a server gives it longer. */
export const DRAIN_SECONDS = (ADMIT_MS + DRAIN_MS) / 1000;

/**
 * Stops a server: it takes no new connections, lets requests in flight finish, and tells whoever asks again on a
 * connection that is open to go elsewhere.
 * @param patient whether idle connections are left to their clients for a while: a person at a terminal waits for none
 */
export type Drain = (patient: boolean) => Promise<void>;

/** To be called before the server listens; answers what stops it. */
export function prepareDrain(server: Server): Drain {
  const unanswered = new Set<ServerResponse>();
  let stopping = false;
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (stopping) return announce(response);
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
  });

  return async (patient) => {
    await admitWaiting(server);
    stopping = true;
    // Whoever is answered now would send the next request on a connection that is closed a moment later.
    unanswered.forEach(announce);
    const closed = once(server, 'close');
    // `http.Server`'s own close would also end every idle connection, at once.
    TcpServer.prototype.close.call(server);
    const idleUntil = performance.now() + (patient ? IDLE_MS : 0);
    const closeIdle = () => performance.now() >= idleUntil && server.closeIdleConnections();
    const timers = [
      // Again and again: a connection is idle when its request in flight is answered. After this turn of the event
      // loop, in which what has arrived is read.
      setInterval(() => setImmediate(closeIdle), LOOK_MS),
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
