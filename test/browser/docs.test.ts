import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { registerClient } from '../support/oauth_client.ts';
import {
  everythingStored,
  findFlaws,
  overflow,
  preferScheme,
  type Watched,
  watchPage,
} from '../support/watched_page.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { holdBuild } from '../support/server_process.ts';
import { until } from '../support/until.ts';

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

/** Findings of axe in the markup of Swagger UI: the head of an operation is a button that holds others, and its lists have no names. */
const OF_SWAGGER_UI = [/nested-interactive: .*\.opblock-summary-control/, /select-name: /];

describe('/docs in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let browser: Browser;
  let kandi: Person;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    await holdBuild();
    [gatehouse, browser] = await Promise.all([startInstance(), launchBrowser()]);
    kandi = await createUser(gatehouse, { fullName: 'Kandi Brian' });
    watched = await watchPage(await browser.newContext(), gatehouse.url);
    page = watched.page;
    const answer = await page.goto(`${gatehouse.url}/docs`);
    expect(answer!.headers()['content-security-policy']).toMatch(/script-src 'self';style-src 'self';/);
    await page.locator('.opblock').first().waitFor();
  }, 240_000);

  afterAll(async () => {
    await Promise.all([browser?.close(), gatehouse?.close()]);
  });

  const me = () => page.locator('#operations-Account-getMe');

  /** The status and the body of what `GET /users/me` is answered, by its "Try it out". */
  async function tryMe(): Promise<{ status: string; body: string }> {
    // Its address says what is open, and so a reload leaves it open.
    if (!(await me().locator('.opblock-body').isVisible())) await me().locator('.opblock-summary-control').click();
    const start = me().getByRole('button', { name: 'Try it out' });
    const execute = me().getByRole('button', { name: 'Execute' });
    await start.or(execute).first().waitFor();
    if (await start.isVisible()) await start.click();
    const answered = page.waitForResponse(`${gatehouse.url}/users/me`);
    await execute.click();
    // Until then it shows the answer to the try before.
    const shown = { has: page.locator('.response-col_status', { hasText: String((await answered).status()) }) };
    const answer = me().locator('.live-responses-table .response').filter(shown).first();
    return {
      status: await answer.locator('.response-col_status').innerText(),
      body: await answer.locator('.highlight-code code').first().innerText(),
    };
  }

  const dialog = () => page.locator('.dialog-ux');
  const section = (flow: string) => dialog().locator('.auth-container', { hasText: `Flow: ${flow}` });

  async function signIn(password: string): Promise<void> {
    const form = section('password');
    await form.getByLabel('username:').fill(kandi.username);
    await form.getByLabel('password:').fill(password);
    await form.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
  }

  const openDialog = async () => {
    await page.locator('.auth-wrapper .authorize').click();
    // It opens at the form for a person.
    await until(() => page.evaluate<boolean>('document.activeElement.id === "oauth_username"'), Boolean);
  };

  test('a wrong password is shown as one, and signs no one in', async () => {
    await openDialog();
    const refused = page.waitForResponse(`${gatehouse.url}/token`);
    await signIn('wrong');
    expect((await refused).status()).toBe(400);
    await dialog().locator('.errors').waitFor();
    expect(await dialog().locator('.errors').innerText()).toContain('Incorrect username or password');
    await dialog().locator('.close-modal').click();

    expect(await tryMe()).toMatchObject({ status: expect.stringContaining('401') });
  });

  test('Authorize by password, and GET /users/me answers with the name; nothing is kept or sent to another server', async () => {
    const granted = page.waitForResponse(`${gatehouse.url}/token`);
    await openDialog();
    await signIn(kandi.password);
    const tokens = (await (await granted).json()) as { access_token: string; refresh_token: string };
    noteSecrets(tokens.access_token, tokens.refresh_token);
    await section('password').getByRole('button', { name: 'Remove authorization' }).waitFor();
    await dialog().locator('.close-modal').click();

    const { status, body } = await tryMe();
    expect(status).toContain('200');
    expect(JSON.parse(body)).toMatchObject({ username: kandi.username, full_name: 'Kandi Brian' });

    const kept = (await everythingStored(page)) + page.url();
    expect(
      [tokens.access_token, tokens.refresh_token, kandi.password].filter((secret) => kept.includes(secret)),
    ).toEqual([]);
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
  });

  test('Authorize as a registered client, by code and PKCE', async () => {
    const redirectUri = `${gatehouse.url}/docs/oauth2-redirect`;
    const client = await registerClient(gatehouse, { public: true, redirectUris: [redirectUri] });
    await page.reload();
    await openDialog();
    const form = section('authorizationCode');
    await form.getByLabel('client_id:').fill(client.id);
    const popup = page.waitForEvent('popup');
    await form.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
    const consent = await popup;
    await consent.getByLabel('Username').fill(kandi.username);
    await consent.getByLabel('Password').fill(kandi.password);
    const closed = consent.waitForEvent('close');
    const granted = page.waitForResponse(`${gatehouse.url}/token`);
    await consent.getByRole('button', { name: 'Sign in' }).click();
    await consent.getByRole('button', { name: 'Allow' }).click();
    const tokens = (await (await granted).json()) as { access_token: string; refresh_token: string };
    noteSecrets(tokens.access_token, tokens.refresh_token);
    await closed;
    await form.getByRole('button', { name: 'Remove authorization' }).waitFor();
    await dialog().locator('.close-modal').click();

    const { status, body } = await tryMe();
    expect(status).toContain('200');
    expect(JSON.parse(body)).toMatchObject({ username: kandi.username });
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
  });

  test('the way back leads to the console, and on to the playground', async () => {
    const bar = page.getByRole('navigation', { name: 'Gatehouse' });
    expect(await bar.getByRole('link', { name: 'Playground' }).getAttribute('href')).toBe('graphql');
    await bar.getByRole('link', { name: 'Console' }).click();
    await page.waitForURL(`${gatehouse.url}/sign-in`);
    await page.goto(`${gatehouse.url}/docs`);
    await page.locator('.opblock').first().waitFor();
  });

  test('nothing keeps people out, closed and open', async () => {
    expect(await findFlaws(page, OF_SWAGGER_UI)).toEqual([]);
    await me().locator('.opblock-summary-control').click();
    await me().locator('.opblock-body').waitFor();
    expect(await findFlaws(page, OF_SWAGGER_UI)).toEqual([]);
  });

  test('a phone shows it without scrolling sideways, and the dark scheme is followed', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflow(page)).toBe(0);
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    await preferScheme(page, 'light');
    const light = await ground();
    await preferScheme(page, 'dark');
    expect(await ground()).not.toBe(light);
  });
});
