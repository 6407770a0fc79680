import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripTypeScriptTypes } from 'node:module';
import type { Page } from 'playwright-core';

const PAGE = `<!doctype html><title>Kit</title>
  <script type="importmap">{ "imports": { "gatehouse-client": "/kit/index.ts" } }</script>
  <script type="module" src="/kit/page.ts"></script>`;

/** Returns a file of the page below `/kit/`. The kit's files have their types removed, so that no build is needed. */
function kitFile(path: string, script: string): { contentType: string; body: string } {
  const name = path.slice('/kit/'.length);
  if (name === '') return { contentType: 'text/html', body: PAGE };
  const source = name === 'page.ts' ? script : readFileSync(`packages/client/src/${name}`, 'utf8');
  return { contentType: 'text/javascript', body: stripTypeScriptTypes(source) };
}

/** Serves the page `/kit/` on the server's own origin. It runs a script with the client kit. */
export async function serveKit(pages: Pick<Page, 'route'>, url: string, script: string): Promise<void> {
  await pages.route(`${url}/kit/**`, (request) =>
    request.fulfill(kitFile(new URL(request.request().url()).pathname, script)),
  );
}

export interface KitSite {
  readonly port: number;
  /** The script of the page from now on. */
  script: string;
  close(): Promise<void>;
}

/**
 * Serves the page from a separate origin. It is on this machine, because browsers let only local pages ask this
 * machine.
 */
export async function startKitSite(): Promise<KitSite> {
  const server = createServer(({ url = '/' }, response) => {
    if (!url.startsWith('/kit/')) return void response.writeHead(204).end();
    const { contentType, body } = kitFile(url, site.script);
    response.writeHead(200, { 'content-type': contentType }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const site: KitSite = {
    port: (server.address() as AddressInfo).port,
    script: '',
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return site;
}
