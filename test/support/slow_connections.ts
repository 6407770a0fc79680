import { connect, type Socket } from 'node:net';

/**
 * A separate process that holds connections to a server, as Slowloris does, because it has as many files open as the
 * server. Arguments: port, connections. It reports its state by IPC, and ends with its parent. Node runs this file as
 * it is.
 */
export interface Held {
  /** The number of open connections. */
  readonly open: number;
  /** The number of refused connections. */
  readonly refused: number;
  /** The connections that the server ended, by the clients' behaviour, with the shortest and the longest time. */
  readonly ended: Record<Manner, { count: number; afterMs: [least: number, most: number] }>;
  /** The number of responses by status line. */
  readonly answers: Record<string, number>;
}

/** The behaviour of a client: never ends its headers, never ends its body, sends nothing. */
export type Manner = 'headers' | 'body' | 'nothing';

/** The kinds that may stay longest come first. */
const SHARES: readonly (readonly [Manner, share: number])[] = [
  ['body', 0.4],
  ['headers', 0.4],
  ['nothing', 0.2],
];

const BEGINNINGS: Record<Manner, string> = {
  headers: 'POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ',
  body: 'POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
  nothing: '',
};
const DRIP_MS = 4_000;
const AT_ONCE = 200;

const [port, count] = process.argv.slice(2).map(Number) as [number, number];
const none = () => ({ count: 0, afterMs: [Infinity, 0] as [number, number] });
const held = {
  open: 0,
  refused: 0,
  ended: { headers: none(), body: none(), nothing: none() },
  answers: {},
} satisfies Held;
const dripping = new Set<Socket>();

function hold(manner: Manner): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(port, '127.0.0.1');
  let since: number | undefined;
  socket.once('connect', () => {
    since = performance.now();
    held.open += 1;
    if (manner !== 'nothing') {
      socket.write(BEGINNINGS[manner]);
      dripping.add(socket);
    }
    resolve();
  });
  socket.on('data', (answer: Buffer) => {
    const answers: Record<string, number> = held.answers;
    const [line = ''] = answer.toString('latin1').split('\r\n');
    answers[line] = (answers[line] ?? 0) + 1;
  });
  // A reset also ends the connection.
  socket.on('error', () => {});
  socket.once('close', () => {
    dripping.delete(socket);
    resolve();
    if (since === undefined) return void (held.refused += 1);
    held.open -= 1;
    const ended = held.ended[manner];
    const ms = performance.now() - since;
    ended.count += 1;
    ended.afterMs = [Math.min(ended.afterMs[0], ms), Math.max(ended.afterMs[1], ms)];
  });
  return promise;
}

process.on('disconnect', () => process.exit());
setInterval(() => process.send!(held), 250);
setInterval(() => {
  for (const socket of dripping) socket.write('x');
}, DRIP_MS);

for (const [manner, share] of SHARES) {
  for (let left = Math.round(count * share); left > 0; left -= AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, () => hold(manner)));
  }
}
