import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A receiver of spans (OTLP over HTTP, as JSON). */
export interface Collector {
  readonly url: string;
  /** Everything that it received, as text. */
  readonly received: string[];
  readonly headers: (string | undefined)[];
  readonly server: Server;
}

export async function startCollector(answers = true): Promise<Collector> {
  const received: string[] = [];
  const headers: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push(text);
    headers.push(request.headers['x-collector'] as string | undefined);
    if (answers) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, headers, server };
}
