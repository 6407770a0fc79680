import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';

/** Longer than `statement_timeout`: a server that is there has always answered before. */
const SILENCE_MS = 11_000;

/** How long a request may wait for PostgreSQL, in pg's own names; the marks in the key-value store outlive it. */
export const LIMITS = {
  statement_timeout: 10_000,
  lock_timeout: 8_000,
  idle_in_transaction_session_timeout: 30_000,
  /**
   * The limits above are the server's to keep. One that vanished without a word (a lost machine, a firewall that forgot
   * us) keeps none, and the system would wait a quarter of an hour for it.
   */
  stream(): Socket {
    const socket = new Socket();
    const silent = Object.assign(new Error('PostgreSQL does not answer'), { code: 'ETIMEDOUT' });
    return socket.setTimeout(SILENCE_MS, () => socket.destroy(silent));
  },
};

interface Client extends EventEmitter {
  release(destroy: boolean): void;
  end(): Promise<void>;
  /** Of the wire: what the server says, before anybody reads it. */
  readonly connection: EventEmitter;
}

/** Time enough for whoever has a lost connection to find out, and to give it back as they should. */
const RECLAIM_MS = 1_000;

/**
 * Gives a pool those of its connections back that ended inside a transaction. Kysely keeps them: it gives a connection
 * back after its `rollback`, which cannot succeed there (kysely-org/kysely#1990), so that as many requests as the pool
 * has connections, under way when PostgreSQL restarts, would leave it empty for good.
 */
export function reclaimLostConnections(pool: EventEmitter): void {
  const taken = new Set<Client>();
  pool.on('acquire', (client: Client) => taken.add(client));
  pool.on('release', (_error: unknown, client: Client) => taken.delete(client));
  pool.on('connect', (client: Client) => {
    client.once('end', () => {
      const reclaim = () => taken.has(client) && client.release(true);
      if (taken.has(client)) setTimeout(reclaim, RECLAIM_MS);
    });
  });
}

/**
 * SQLSTATEs by which a server says that this connection will do no better: it takes no changes (25006), it is shutting
 * down or starting (57P0x), the connection is broken (08xxx).
 */
const USELESS = /^(08...|57P0\d|25006)$/;

/**
 * Closes connections that cannot be written by, once they are given back. Threat: those that came up on a server which a
 * failover had made read-only, or was about to, would be used for as long as there are requests.
 */
export function dropUselessConnections(pool: EventEmitter): void {
  const useless = new WeakSet<Client>();
  pool.on('connect', (client: Client) => {
    client.connection.on('errorMessage', ({ code }: { code?: string }) => {
      if (USELESS.test(code ?? '')) useless.add(client);
    });
  });
  // Given back ended, it is not kept.
  pool.on('release', (_error: unknown, client: Client) => {
    if (useless.has(client)) void client.end();
  });
}
