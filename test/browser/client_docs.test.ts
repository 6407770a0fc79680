import { execFile } from 'node:child_process';
import { stripTypeScriptTypes } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { serveKit } from '../support/kit_page.ts';
import { sectionsOf } from '../support/markdown.ts';

/** Every snippet of the pages, run as it is printed; only the address and the password differ. */
const SNIPPETS = ['docs/clients.md', 'packages/client/README.md']
  .flatMap(sectionsOf)
  .flatMap(({ heading, blocks }) =>
    blocks.filter(({ language }) => language === 'ts').map(({ text }) => [heading, text] as const),
  );
const inBrowser = SNIPPETS.filter(([heading]) => heading === 'In a page');
const inNode = SNIPPETS.filter(([heading]) => heading !== 'In a page');

/** The package's doors, on the sources; what else snippets import is this repository's. */
const DOORS = `import { registerHooks } from 'node:module';
  const doors = '${pathToFileURL('packages/client/src').href}';
  const parentURL = '${pathToFileURL('docs/clients.md').href}';
  registerHooks({
    resolve(name, context, next) {
      if (name === 'gatehouse-client') return next(doors + '/index.ts', context);
      if (name.startsWith('gatehouse-client/')) return next(doors + name.slice('gatehouse-client'.length) + '.ts', context);
      return next(name, context.parentURL?.startsWith('data:') ? { ...context, parentURL } : context);
    },
  });`;
const asUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

let gatehouse: Instance;
beforeAll(async () => void (gatehouse = await startInstance()));
afterAll(() => gatehouse.close());

const addressed = (code: string) =>
  code
    .replaceAll('https://auth.example.com', gatehouse.url)
    .replaceAll(/'what (was typed in|it was given)'/g, JSON.stringify(gatehouse.admin.password));
const promised = (code: string) => [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text);

it('there are snippets of both', () => {
  expect(inBrowser.length).toBeGreaterThanOrEqual(1);
  expect(inNode.length).toBeGreaterThanOrEqual(5);
});

it('in Node they print what they say, and end', async () => {
  const runs = inNode.map(([title, code]) => {
    const url = asUrl(stripTypeScriptTypes(addressed(code)));
    return `console.log(${JSON.stringify(`== ${title}`)}); await import(${JSON.stringify(url)});`;
  });
  const flags = ['--no-warnings', '--import', asUrl(DOORS), '--input-type=module', '--eval', runs.join('\n')];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  const promises = inNode.flatMap(([title, code]) => [`== ${title}`, ...promised(code)]);
  expect(stdout.trim().split('\n')).toEqual(promises);
});

describe('in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  it.each(inBrowser)('%s: prints what it says', async (_title, code) => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      const printed: string[] = [];
      page.on('console', (message) => message.type() === 'log' && printed.push(message.text()));
      await serveKit(page, gatehouse.url, `${addressed(code)}\nglobalThis.over = true;`);
      await page.goto(`${gatehouse.url}/kit/`);
      await page.waitForFunction('globalThis.over');
      expect(printed).toEqual(promised(code));
    } finally {
      await browser.close();
    }
  });
});
