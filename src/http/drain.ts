import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/**
 * Milliseconds for which a patient stop keeps idle connections open: longer than `deploy/nginx` keeps one. A request on
 * a connection that is just being closed is lost (RFC 9112, section 9.5), and a proxy must not repeat a POST.
 */
export const IDLE_MS = 5_000;
/** Milliseconds between two checks for idle connections. */
const LOOK_MS = 100;
/** Milliseconds for requests in flight. */
const DRAIN_MS = 15_000;
/**
 * Milliseconds to accept waiting connections. Threat: without a limit, a flood of connections delays the stop forever.
 */
const ADMIT_MS = 1_000;

/** The longest time of an impatient stop, in seconds. A supervisor must wait longer. */
export const DRAIN_SECONDS = (ADMIT_MS + DRAIN_MS) / 1000;

/**
 * Stops a server. It accepts no new connections, finishes requests in flight, and answers further requests on open
 * connections with `Connection: close`.
 * @param patient true to keep idle connections open for {@link IDLE_MS}; false for a person at a terminal
 */
export type Drain = (patient: boolean) => Promise<void>;

/** Prepares the stop of a server. Call it before the server listens. @returns the function that stops the server */
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
    // Without this header, clients would send the next request on a connection that closes a moment later.
    unanswered.forEach(announce);
    const closed = once(server, 'close');
    // `close` of `http.Server` would also end every idle connection at once.
    TcpServer.prototype.close.call(server);
    const idleUntil = performance.now() + (patient ? IDLE_MS : 0);
    const closeIdle = () => performance.now() >= idleUntil && server.closeIdleConnections();
    const timers = [
      // Repeated, because a connection becomes idle when its request is answered. Delayed by a turn of the event loop,
      // which reads the data that has arrived.
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
 * Accepts the connections that wait. The kernel has completed their handshakes, and their clients may have sent
 * requests. Closing the listening socket would reset them. libuv accepts one connection each turn of the event loop, so
 * a turn without one means that none waits.
 */
async function admitWaiting(server: Server): Promise<void> {
  let came = true;
  const note = () => (came = true);
  server.on('connection', note);
  for (const until = performance.now() + ADMIT_MS; came && performance.now() < until;) {
    came = false;
    // The first wait may end in the current turn.
    await turn();
    await turn();
  }
  server.off('connection', note);
}
