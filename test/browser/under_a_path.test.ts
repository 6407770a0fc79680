import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { fillSignIn, signOut, titled } from '../support/console_pages.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { registerClient } from '../support/oauth_client.ts';
import { type Watched, watchPage } from '../support/watched_page.ts';
import { type PathProxy, startPathProxy } from '../support/path_proxy.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { holdBuild } from '../support/server_process.ts';

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

describe('the pages behind a proxy that takes a path off, in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let proxy: PathProxy;
  let gatehouse: Instance;
  let browser: Browser;
  let kandi: Person;
  let context: BrowserContext;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    await holdBuild();
    proxy = await startPathProxy('/on/gate');
    [gatehouse, browser] = await Promise.all([
      startInstance({ env: { PUBLIC_URL: proxy.url, REGISTRATION: 'open' } }),
      launchBrowser(),
    ]);
    proxy.pointTo(gatehouse.url);
    kandi = await createUser(gatehouse, { fullName: 'Kandi Novak' });
  }, 240_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), gatehouse?.close(), proxy?.close()]);
  });

  beforeEach(async () => {
    context = await browser.newContext();
    context.setDefaultTimeout(20_000);
    watched = await watchPage(context, proxy.url);
    page = watched.page;
  });
  afterEach(async () => {
    await context.close();
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
    // Nothing was asked for at the root of the host.
    expect(proxy.strays.splice(0)).toEqual([]);
  });

  test('the console signs in, goes to its pages, survives a reload of each, and signs out', async () => {
    await page.goto(`${proxy.url}/account/sessions`);
    await titled(page, 'Sign in').waitFor();
    expect(page.url()).toBe(`${proxy.url}/sign-in?next=%2Faccount%2Fsessions`);
    await page.getByRole('link', { name: 'Create an account' }).click();
    await titled(page, 'Create an account').waitFor();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await fillSignIn(page, kandi);
    await titled(page, 'Sessions').waitFor();
    expect(page.url()).toBe(`${proxy.url}/account/sessions`);

    const others = [
      ['Profile', '/account'],
      ['Security', '/account/security'],
    ] as const;
    for (const [name, path] of others) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.waitForURL(`${proxy.url}${path}`);
      await page.reload();
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(page.url()).toBe(`${proxy.url}${path}`);
    }
    await page.getByRole('link', { name: 'Gatehouse, home' }).click();
    await titled(page, 'Profile').waitFor();
    await page.goto(`${proxy.url}/`);
    await titled(page, 'Profile').waitFor();
    for (const { name, path } of await context.cookies()) {
      expect({ name, path }).toEqual({ name: expect.stringMatching(/^gatehouse_\w+~on~gate$/), path: '/' });
    }

    await signOut(page);
    expect(page.url()).toBe(`${proxy.url}/sign-in`);
    await page.goto(`${proxy.url}/account`);
    await titled(page, 'Sign in').waitFor();
  });

  test('the console leads to the playground, which runs an operation in the same session', async () => {
    await page.goto(`${proxy.url}/sign-in`);
    await fillSignIn(page, kandi);
    await titled(page, 'Profile').waitFor();
    await page.getByRole('link', { name: 'Playground' }).click();
    await page.waitForURL(`${proxy.url}/graphql`);
    await page
      .getByRole('status')
      .filter({ hasText: `Signed in as ${kandi.username}` })
      .waitFor();
    // The editor loads after the page: before that there is no query to execute.
    await page.locator('.monaco-editor[data-uri$="operation.graphql"] .view-line').first().waitFor();
    await page.getByRole('button', { name: 'Execute query' }).click();
    await page.getByLabel('Result Window').getByText('"Kandi Novak"').waitFor();
  });

  test('the API docs sign in as an app does, by the consent page, and try an endpoint', async () => {
    const redirectUri = `${proxy.url}/docs/oauth2-redirect`;
    const app = await registerClient(gatehouse, { public: true, redirectUris: [redirectUri] });
    await page.goto(`${proxy.url}/sign-in`);
    await page.getByRole('link', { name: 'API docs' }).click();
    await page.locator('.auth-wrapper .authorize').click();
    const form = page.locator('.dialog-ux .auth-container', { hasText: 'Flow: authorizationCode' });
    await form.getByLabel('client_id:').fill(app.id);
    const popup = page.waitForEvent('popup');
    await form.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
    const consent = await popup;
    expect(consent.url()).toContain(`${proxy.url}/authorize?`);
    await consent.getByLabel('Username').fill(kandi.username);
    await consent.getByLabel('Password').fill(kandi.password);
    const granted = page.waitForResponse(`${proxy.url}/token`);
    await consent.getByRole('button', { name: 'Sign in' }).click();
    await consent.getByRole('button', { name: 'Allow' }).click();
    const tokens = (await (await granted).json()) as { access_token: string; refresh_token: string };
    noteSecrets(tokens.access_token, tokens.refresh_token);
    await form.getByRole('button', { name: 'Remove authorization' }).waitFor();
    await page.locator('.dialog-ux .close-modal').click();

    const me = page.locator('#operations-Account-getMe');
    await me.locator('.opblock-summary-control').click();
    await me.getByRole('button', { name: 'Try it out' }).click();
    const answered = page.waitForResponse(`${proxy.url}/users/me`);
    await me.getByRole('button', { name: 'Execute' }).click();
    expect((await answered).status()).toBe(200);
  });

  test('an address below it that is none is a page that leads home', async () => {
    await page.goto(`${proxy.url}/sign-in`);
    await fillSignIn(page, kandi);
    await titled(page, 'Profile').waitFor();
    await page.goto(`${proxy.url}/account/nothing`);
    await page.getByRole('link', { name: 'Go home' }).click();
    await titled(page, 'Profile').waitFor();
    expect(page.url()).toBe(`${proxy.url}/account`);
  });
});
