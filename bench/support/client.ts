import { connect as connectTcp, type Socket } from 'node:net';

/** A response. Its bytes are read as far as HTTP/1.1 requires, and not processed further. */
export interface Answer {
  readonly status: number;
  /** The status line and the header fields, as received. */
  readonly head: string;
  readonly body: string;
}

/**
 * A kept connection that carries one request at a time. It does not use `node:http`: on a machine with few cores, that
 * client takes about as long as the server, and the benchmark would mostly measure the client.
 */
export interface Connection {
  /** @param request a whole request, as {@link requestOf} writes it */
  send(request: Buffer): Promise<Answer>;
  close(): void;
}

export interface RequestParts {
  readonly path: string;
  /** Without a body the method is GET, otherwise POST. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns the bytes of a request, for repeated use. */
export function requestOf({ path, body, headers = {} }: RequestParts): Buffer {
  const length = body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
  const fields = Object.entries({ host: 'bench', ...length, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.from(`${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\n${fields.join('')}\r\n${body ?? ''}`);
}

/** @throws Error in `send` if the server closes the connection */
export async function connect(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  socket.setNoDelay();
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return connectionOver(socket);
}

/** Opens this many connections at once. */
export function connectAll(url: string, count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => connect(url)));
}

function connectionOver(socket: Socket): Connection {
  let received: Buffer = Buffer.alloc(0);
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  const fail = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = read(received);
    if (!answer) return;
    received = Buffer.alloc(0);
    const { resolve } = waiting!;
    waiting = undefined;
    resolve(answer);
  });
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        if (socket.destroyed) fail(new Error('the server closed the connection'));
        else socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** Parses a response; undefined while bytes are missing (RFC 9112, section 6.3). */
function read(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const whole = end + 4 + Number(length);
    return bytes.length < whole ? undefined : { status, head, body: bytes.toString('utf8', end + 4, whole) };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, head, body: '' };
  const body = unchunk(bytes, end + 4);
  return body === undefined ? undefined : { status, head, body };
}

/** Decodes a chunked body (RFC 9112, section 7.1), without trailers. */
function unchunk(bytes: Buffer, from: number): string | undefined {
  let body = '';
  for (let at = from; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    at = line + 2 + size + 2;
    if (bytes.length < at) return undefined;
    if (size === 0) return body;
    body += bytes.toString('utf8', line + 2, line + 2 + size);
  }
}
