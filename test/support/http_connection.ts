import { once } from 'node:events';
import { connect } from 'node:net';

/** The response to one request of a connection. */
export interface Reply {
  readonly status: number;
  /** Names in lower case; repeated headers are joined as `Headers` does. */
  readonly headers: Headers;
  readonly body: string;
}

/** A connection that sends bytes exactly as written, piece by piece. */
export interface Connection {
  write(bytes: string | Buffer): void;
  /** Returns the bytes received so far. */
  received(): string;
  /** Resolves after this many replies, without `100 Continue`. Each must have a `Content-Length`. */
  replies(count: number): Promise<Reply[]>;
  /** Aborts the connection. */
  abort(): void;
}

export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  return {
    write: (bytes) => void socket.write(bytes),
    received: () => text,
    async replies(count) {
      while (repliesIn(text).length < count) {
        const [more] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [undefined])]);
        if (more === undefined && repliesIn(text).length < count) throw new Error(`hung up after: ${text}`);
      }
      return repliesIn(text);
    },
    abort: () => void socket.resetAndDestroy(),
  };
}

function repliesIn(text: string): Reply[] {
  const replies: Reply[] = [];
  for (let rest = text; rest.includes('\r\n\r\n');) {
    const end = rest.indexOf('\r\n\r\n') + 4;
    const [statusLine = '', ...lines] = rest.slice(0, end - 4).split('\r\n');
    const status = Number(statusLine.split(' ')[1]);
    const headers = new Headers(lines.map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
    const length = status === 100 ? 0 : Number(headers.get('content-length'));
    if (rest.length < end + length) break;
    if (status !== 100) replies.push({ status, headers, body: rest.slice(end, end + length) });
    rest = rest.slice(end + length);
  }
  return replies;
}
