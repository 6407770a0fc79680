import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { publishedDigest } from './breached_list.ts';

/** A range service of breached passwords, as Have I Been Pwned has it. */
export interface RangeServer {
  /** The address for `BREACHED_PASSWORDS`. */
  readonly address: string;
  /** The requests so far. */
  readonly asked: { readonly method: string; readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Adds passwords. */
  publish(...passwords: string[]): void;
  /** Replaces the response; undefined restores the service. */
  answer(other?: (request: IncomingMessage, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

/** The lines of padding of each range. */
const PADDING = 800;

/** Starts a range service on a port of its own. */
export async function startRangeServer(): Promise<RangeServer> {
  const published = new Set<string>();
  const asked: RangeServer['asked'] = [];
  let other: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  const server = createServer((request, response) => {
    asked.push({ method: request.method!, path: request.url!, headers: request.headers });
    if (other) other(request, response);
    else response.end(rangeOf(request.url!.slice(-5)));
  });
  function rangeOf(prefix: string): string {
    const suffixes = [...published].filter((hex) => hex.startsWith(prefix)).map((hex) => `${hex.slice(5)}:12`);
    const padding = Array.from({ length: PADDING }, (_, at) => `${publishedDigest(`${prefix} ${at}`).slice(5)}:0`);
    return [...suffixes, ...padding].toSorted().join('\r\n');
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/range`,
    asked,
    publish: (...passwords) => passwords.forEach((password) => published.add(publishedDigest(password))),
    answer: (replacement) => void (other = replacement),
    close() {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
