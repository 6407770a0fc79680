import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { skipped } from '../support/backends.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { everythingStored } from '../support/console.ts';
import { startInstance } from '../support/instance.ts';

const built = fileURLToPath(new URL('../../dist/web/playground/index.html', import.meta.url));

type Pane = 'operation.graphql' | 'variables.json' | 'request-headers.json' | 'response.json';

/** What GraphiQL leaves on its page: Monaco's API. */
interface WithMonaco {
  __MONACO: { editor: { getModels(): { uri: { path: string }; getValue(): string }[] } };
}

const read = (page: Page, pane: Pane): Promise<string> =>
  page.evaluate((name) => {
    const models = (globalThis as unknown as WithMonaco).__MONACO.editor.getModels();
    return models.find(({ uri }) => uri.path.endsWith(name))?.getValue() ?? '';
  }, pane);

/** The pane's text, once it has `part` in it. */
async function readWith(page: Page, pane: Pane, part: string): Promise<string> {
  for (const deadline = Date.now() + 15_000; ; await page.waitForTimeout(50)) {
    const text = await read(page, pane);
    if (text.includes(part)) return text;
    if (Date.now() > deadline) throw new Error(`no ${part} in ${pane}, which holds: ${text}`);
  }
}

/** Replaces a pane's text as a person would: click into it, select all, paste. */
async function write(page: Page, pane: Pane, value: object): Promise<void> {
  const text = JSON.stringify(value);
  await page.locator(`.monaco-editor[data-uri$="${pane}"] .view-lines`).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  await page.keyboard.press('ControlOrMeta+v');
  expect(await readWith(page, pane, text)).toBe(text);
}

async function run(page: Page, operation: string): Promise<void> {
  await page.getByRole('button', { name: 'Execute query' }).click();
  await page.getByRole('menuitem', { name: operation, exact: true }).click();
}

describe('the playground in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Awaited<ReturnType<typeof startInstance>>;
  let browser: Browser;

  beforeAll(async () => {
    if (!existsSync(built)) throw new Error(`${built} is missing: run "npm run build" before this test`);
    [gatehouse, browser] = await Promise.all([startInstance(), launchBrowser()]);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([browser?.close(), gatehouse?.close()]);
  });

  test('its worked example signs in and reads me, under the CSP, from this origin alone, storing no secret', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(gatehouse.url).origin });
    const page = await context.newPage();
    const faults: string[] = [];
    const requests: { url: string; body: string | null }[] = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('request', (request) => requests.push({ url: request.url(), body: request.postData() }));
    await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
      console.error('CSP: ' + event.effectiveDirective + ' refused ' + event.blockedURI))`);

    const document = await page.goto(`${gatehouse.url}/graphql`);
    const policy = document?.headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(/(^|; ?)script-src 'self'(;|$)/);
    expect(policy).not.toContain('unsafe-eval');

    // A newcomer finds the example, and the panes for the password and the token, without a click.
    await page.locator('.monaco-editor[data-uri$="operation.graphql"] .view-line').first().waitFor();
    const example = await read(page, 'operation.graphql');
    expect(example).toContain('mutation Login(');
    expect(example).toContain('query Me {');
    expect(example).toContain('{"Authorization": "Bearer <accessToken>"}');
    for (const pane of ['variables.json', 'request-headers.json']) {
      expect(await page.locator(`.monaco-editor[data-uri$="${pane}"]`).isVisible()).toBe(true);
    }

    const { username, password } = gatehouse.admin;
    await write(page, 'variables.json', { username, password });
    await run(page, 'Login');
    const signedIn = JSON.parse(await readWith(page, 'response.json', '"accessToken"'));
    const { accessToken, refreshToken } = signedIn.data.login;

    await write(page, 'request-headers.json', { Authorization: `Bearer ${accessToken}` });
    await run(page, 'Me');
    const me = JSON.parse(await readWith(page, 'response.json', '"me"'));
    expect(me.data.me).toMatchObject({ username, role: 'admin' });

    const secrets = Object.entries({ accessToken, refreshToken, password });
    const findSecrets = (text: string) => secrets.filter(([, secret]) => text.includes(secret)).map(([name]) => name);
    await page.waitForTimeout(1_000); // longer than GraphiQL waits before it stores anything
    expect(findSecrets(await everythingStored(page))).toEqual([]);

    // What a reload brings back is the example, not what was typed.
    await page.reload();
    await page.locator('.monaco-editor[data-uri$="request-headers.json"] .view-line').first().waitFor();
    for (const pane of ['operation.graphql', 'variables.json', 'request-headers.json', 'response.json'] as const) {
      expect(findSecrets(await read(page, pane))).toEqual([]);
    }
    expect(findSecrets(await everythingStored(page))).toEqual([]);

    const bodies = requests.flatMap(({ body }) => (body ? [body] : []));
    expect(bodies.filter((body) => body.includes(password))).toHaveLength(1); // Login's, not Me's
    const { origin } = new URL(gatehouse.url);
    expect(requests.filter(({ url }) => !url.startsWith('data:') && new URL(url).origin !== origin)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  }, 90_000);
});
