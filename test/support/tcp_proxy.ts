import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Moment = 'undelivered' | 'unanswered';

/** A connection between the server under test and one of its stores. Tests can cut, stall and mend it. */
export interface Wire {
  /** The store's URL through the proxy. */
  readonly url: string;
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Keeps connections and accepts new ones, but forwards nothing. */
  stall(): void;
  /** Forwards again, including the bytes that waited. */
  mend(): Promise<void>;
  /** Ends every connection; new ones go to another server. */
  redirect(to: string): Promise<void>;
  /**
   * Ends the first connection whose sent bytes match `text`, once: before the last of them reach the store, or when the
   * store has executed them and its reply is on the way. Timers of servers use the same wire, so `text` must match only
   * the intended statement.
   */
  cutAt(text: RegExp, moment: Moment): void;
  close(): Promise<void>;
}

export async function startWire(target: string): Promise<Wire> {
  let { hostname, port } = new URL(target);
  const ends = new Set<Socket>();
  let stalled = false;
  let trap: { text: RegExp; moment: Moment; sent: Map<Socket, string> } | undefined;

  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    let doomed = false;
    const drop = () => {
      near.destroy();
      far.destroy();
    };
    near.on('data', (chunk) => {
      if (trap) {
        const sent = (trap.sent.get(near) ?? '') + chunk.toString('latin1');
        trap.sent.set(near, sent);
        if (trap.text.test(sent)) {
          doomed = true;
          if (trap.moment === 'undelivered') drop();
          trap = undefined;
        }
      }
      if (!far.destroyed) far.write(chunk);
    });
    far.on('data', (chunk) => (doomed ? drop() : near.write(chunk)));
    for (const end of [near, far]) {
      ends.add(end);
      end.on('error', drop).on('close', () => {
        ends.delete(end);
        drop();
      });
      if (stalled) end.pause();
    }
  });

  async function listen(at: number): Promise<void> {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
  }
  async function cut(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const end of ends) end.destroy();
    await closed;
  }

  await listen(0);
  const url = new URL(target);
  const { port: own } = server.address() as AddressInfo;
  url.host = `127.0.0.1:${own}`;
  return {
    url: url.href,
    cut,
    stall() {
      stalled = true;
      for (const end of ends) end.pause();
    },
    async mend() {
      stalled = false;
      for (const end of ends) end.resume();
      if (!server.listening) await listen(own);
    },
    async redirect(to) {
      ({ hostname, port } = new URL(to));
      await cut();
      await listen(own);
    },
    cutAt: (text, moment) => (trap = { text, moment, sent: new Map() }),
    close: cut,
  };
}
