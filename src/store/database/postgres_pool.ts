import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';

/** Longer than `statement_timeout`: a reachable server always responds earlier. */
const SILENCE_MS = 11_000;

/** The time limits of a request in milliseconds, in pg's names. The marks in the key-value store outlive them. */
export const LIMITS = {
  statement_timeout: 10_000,
  lock_timeout: 8_000,
  idle_in_transaction_session_timeout: 30_000,
  /**
   * The server enforces the limits above. A server that vanished (a lost machine, a firewall that dropped the
   * connection) cannot, and the system would wait for it for a quarter of an hour.
   */
  stream(): Socket {
    const socket = new Socket();
    const silent = Object.assign(new Error('PostgreSQL does not answer'), { code: 'ETIMEDOUT' });
    return socket.setTimeout(SILENCE_MS, () => socket.destroy(silent));
  },
};

interface PoolClient extends EventEmitter {
  release(destroy: boolean): void;
  end(): Promise<void>;
  /** The protocol's events: the server's messages before they are handled. */
  readonly connection: EventEmitter;
}

/** Milliseconds in which the holder of a lost connection can return it in the usual way. */
const RECLAIM_MS = 1_000;

/**
 * Returns connections that ended inside a transaction to their pool. Threat: Kysely releases a connection after its
 * `rollback`, which cannot succeed there (kysely-org/kysely#1990). A restart of PostgreSQL during as many requests as
 * the pool has connections would leave the pool empty for good.
 */
export function reclaimLostConnections(pool: EventEmitter): void {
  const taken = new Set<PoolClient>();
  pool.on('acquire', (client: PoolClient) => taken.add(client));
  pool.on('release', (_error: unknown, client: PoolClient) => taken.delete(client));
  pool.on('connect', (client: PoolClient) => {
    client.once('end', () => {
      const reclaim = () => taken.has(client) && client.release(true);
      if (taken.has(client)) setTimeout(reclaim, RECLAIM_MS);
    });
  });
}

/**
 * SQLSTATEs that make a connection useless: the server is read-only (25006), it is shutting down or starting (57P0x),
 * or the connection is broken (08xxx).
 */
const USELESS = /^(08...|57P0\d|25006)$/;

/**
 * Closes useless connections once they are released. Threat: after a failover, connections to the server that became
 * read-only would stay in use as long as requests arrive.
 */
export function dropUselessConnections(pool: EventEmitter): void {
  const useless = new WeakSet<PoolClient>();
  pool.on('connect', (client: PoolClient) => {
    client.connection.on('errorMessage', ({ code }: { code?: string }) => {
      if (USELESS.test(code ?? '')) useless.add(client);
    });
  });
  // The pool does not keep a connection that is released after its end.
  pool.on('release', (_error: unknown, client: PoolClient) => {
    if (useless.has(client)) void client.end();
  });
}
