import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import type { Page } from 'playwright-core';

const PAGE = `<!doctype html><title>Kit</title>
  <script type="importmap">{ "imports": { "gatehouse/client": "/kit/index.ts" } }</script>
  <script type="module" src="/kit/page.ts"></script>`;

/**
 * Serves a page of the server's own origin, `/kit/`, which runs a script with the client kit: the kit's own files without
 * their types, so that no build is needed.
 */
export async function serveKit(pages: Pick<Page, 'route'>, url: string, script: string): Promise<void> {
  await pages.route(`${url}/kit/**`, (request) => {
    const name = new URL(request.request().url()).pathname.slice('/kit/'.length);
    if (name === '') return request.fulfill({ contentType: 'text/html', body: PAGE });
    const source = name === 'page.ts' ? script : readFileSync(`src/client/${name}`, 'utf8');
    return request.fulfill({ contentType: 'text/javascript', body: stripTypeScriptTypes(source) });
  });
}
