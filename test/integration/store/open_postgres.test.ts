import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openPostgres } from '../../../src/store/database/open_postgres.ts';
import { freePort } from '../../support/free_port.ts';
import { until } from '../../support/until.ts';

describe('a start that waits for PostgreSQL', () => {
  let silent: Server;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    // A pooler without a free connection accepts, and does not respond.
    silent = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterEach(() => {
    sockets.splice(0).forEach((socket) => socket.destroy());
    silent.close();
  });

  it.each([
    ['nothing listens', freePort, () => true],
    // Ends in the middle of connecting: an attempt times out after 5 seconds.
    ['there is no word of it', async () => (silent.address() as AddressInfo).port, () => sockets.length === 2],
  ])(
    'says so every few seconds, and ends at once when it is interrupted: %s',
    async (_what, find, isWaiting) => {
      const port = await find();
      const interrupt = new AbortController();
      const notices: string[] = [];
      const options = { entities: [], signal: interrupt.signal, onNotice: (words: string) => notices.push(words) };
      const outcome = openPostgres(`postgresql://user:not-to-be-shown@127.0.0.1:${port}/gatehouse`, options).then(
        () => 'opened',
        (error: Error) => error.message,
      );
      await until(() => notices.length === 1 && isWaiting());
      expect(notices).toEqual([`waiting for PostgreSQL at 127.0.0.1:${port}/gatehouse, for 5 s`]);
      const interrupted = Date.now();
      interrupt.abort(new Error('interrupted'));
      expect(await outcome).toBe('interrupted');
      expect(Date.now() - interrupted).toBeLessThan(1_000);
    },
    20_000,
  );
});
