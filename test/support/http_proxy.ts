import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A forwarded request. */
export interface Passed {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** The treatment of a request. `pass` forwards it and answers with the response. */
type Treatment = (
  request: Passed,
  response: ServerResponse,
  pass: () => Promise<Response>,
) => Promise<unknown> | undefined;

/** An HTTP proxy in front of a server. It counts requests, drops responses and gives its own. */
export interface Intermediary {
  readonly url: string;
  readonly passed: Passed[];
  /** Returns the number of forwarded refreshes. */
  refreshes(): number;
  /** Sets the treatment from now on. A request is forwarded if it returns undefined. */
  treat(treatment: Treatment): void;
  /** Forgets the requests and the treatment. */
  reset(): void;
  close(): Promise<void>;
}

export async function startIntermediary(target: string): Promise<Intermediary> {
  const passed: Passed[] = [];
  let treatment: Treatment = () => undefined;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { url: path = '/', method = 'GET', headers } = request;
    const seen = { path, authorization: headers.authorization, body };
    passed.push(seen);
    const sent = new Headers();
    for (const name of ['authorization', 'content-type', 'accept', 'gatehouse-device']) {
      const value = headers[name];
      if (typeof value === 'string') sent.set(name, value);
    }
    const pass = () => fetch(`${target}${path}`, { method, headers: sent, ...(body ? { body } : {}) });
    const treated = treatment(seen, response, pass);
    if (treated) return void (await treated);
    const answer = await pass();
    response.setHeader('content-type', 'text/plain');
    for (const name of ['content-type', 'www-authenticate', 'gatehouse-token', 'gatehouse-device']) {
      const value = answer.headers.get(name);
      if (value !== null) response.setHeader(name, value);
    }
    response.writeHead(answer.status);
    response.end(await answer.text());
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    refreshes: () => passed.filter(isRefresh).length,
    treat: (next) => (treatment = next),
    reset() {
      passed.length = 0;
      treatment = () => undefined;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function isRefresh({ body }: Passed): boolean {
  return body.includes('refresh(');
}
