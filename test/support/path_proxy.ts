import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { pipeline } from 'node:stream';
import type { AddressInfo } from 'node:net';

/**
 * A proxy that serves a server under a path and removes it: `location /gate/ { proxy_pass http://server/; }` of nginx.
 */
export interface PathProxy {
  /** The address for clients. */
  readonly url: string;
  /** Requests outside the path, which belong to another application. */
  readonly strays: string[];
  /** @param target the server's own address */
  pointTo(target: string): void;
  close(): Promise<void>;
}

export async function startPathProxy(path: string): Promise<PathProxy> {
  const strays: string[] = [];
  let target = '';
  const server = createServer((request, response) => {
    const { url = '/', method, headers } = request;
    if (!url.startsWith(`${path}/`)) {
      strays.push(url);
      return void response.writeHead(404).end();
    }
    const passed = send(`${target}${url.slice(path.length)}`, { method: method!, headers }, (answer) => {
      // The page has navigated away.
      if (response.destroyed) return void answer.destroy();
      response.writeHead(answer.statusCode!, answer.rawHeaders);
      pipeline(answer, response, () => undefined);
    });
    pipeline(request, passed, (error) => error && response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    strays,
    pointTo: (url) => (target = url),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
