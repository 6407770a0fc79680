import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Every header line as received, with the name in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Sends header lines unchanged, which no HTTP library does: a name twice, or a `Host` of another server. */
export async function sendRaw(
  url: string,
  requestLine: string,
  headers: readonly string[],
  body = '',
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = headers.some((line) => /^host:/i.test(line)) ? headers : [`Host: ${host}`, ...headers];
  socket.write(
    [
      `${requestLine} HTTP/1.1`,
      ...lines,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');

  const answer = Buffer.concat(chunks).toString();
  const end = answer.indexOf('\r\n\r\n');
  const [statusLine = '', ...rest] = answer.slice(0, end).split('\r\n');
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: rest.map(
      (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.replace(/^[^:]*: */, '')] as const,
    ),
    body: answer.slice(end + 4),
  };
}
