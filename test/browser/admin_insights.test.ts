import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { SignInActivityDocument, SigningKeysDocument } from '../../schema/documents.ts';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { signIn, titled } from '../support/console_pages.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { findBarriers, overflow, type Watched, watchPage } from '../support/watched_page.ts';
import { adminToken, createUser } from '../support/accounts.ts';
import { holdBuild } from '../support/server_process.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';
import { until } from '../support/until.ts';

const built = fileURLToPath(new URL('../../dist/web/console/index.html', import.meta.url));

const PAGES = [
  ['/admin?period=hour', 'Dashboard', 'The same numbers as a table'],
  ['/admin/audit', 'Audit log', 'Page 1'],
  ['/admin/keys', 'Signing keys', 'Signs every new access token.'],
  ['/admin/subgraphs', 'Subgraphs', 'Healthy'],
  ['/admin/clients', 'Clients', 'No clients yet'],
] as const;

/** Not the zone of the server: times are shown and entered in the zone of the browser. */
const timeZone = 'Asia/Kolkata';
const ZONED = { timeZone, dateStyle: 'short', timeStyle: 'short' } as const;

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

describe("the console's pages for insight in Chromium", () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let orders: Subgraph;
  let gatehouse: Instance;
  let browser: Browser;
  let context: BrowserContext;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    await holdBuild();
    if (!existsSync(built)) throw new Error(`${built} is missing: run "npm run build" before this test`);
    orders = await startSubgraph('orders', 'type Query { orders: Int }');
    [gatehouse, browser] = await Promise.all([
      startInstance({ env: { ALGORITHM: 'ES256', SUBGRAPHS: subgraphsOf(orders) } }),
      launchBrowser(),
    ]);
    context = await browser.newContext({ timezoneId: timeZone });
    context.setDefaultTimeout(30_000);
    watched = await watchPage(context, gatehouse.url);
    page = watched.page;
    await signIn(page, gatehouse.url, gatehouse.admin);
  }, 240_000);
  afterEach(() => {
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), gatehouse?.close(), orders?.stop()]);
  });

  const open = async (path: string, title: string) => {
    await page.goto(gatehouse.url + path);
    await titled(page, title).waitFor();
  };
  const rowsOf = (name: string) => page.getByRole('table', { name }).locator('tbody tr');
  const cellsOf = async (name: string) =>
    Promise.all((await rowsOf(name).all()).map((row) => row.getByRole('cell').allTextContents()));
  const focused = () => page.evaluate(`document.activeElement.ariaLabel ?? document.activeElement.textContent`);
  const fail = (username: string) => gatehouse.client.form('/token', { username, password: 'not the password of it' });

  test.each(PAGES)('%s has no barrier, in light and dark, on a desk and a phone', async (path, title, text) => {
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 375],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await open(path, title);
      await page.getByText(text, { exact: true }).first().waitFor();
      if (title === 'Dashboard') await page.locator('.chart .recharts-xAxis').nth(3).waitFor({ state: 'attached' });
      expect({ colorScheme, width, barriers: await findBarriers(page) }).toMatchObject({ barriers: [] });
      expect(await overflow(page)).toBe(0);
      expect(await watched.shifts()).toBeLessThan(0.1);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test('the dashboard shows what really happened, in charts, and in a table that keys open', async () => {
    for (const name of ['mallory', 'mallory', 'mallory']) await fail(name);
    const token = await adminToken(gatehouse);
    await open('/admin', 'Dashboard');
    const asking = page.waitForRequest((request) => request.postData()?.includes('query Activity') ?? false);
    await page.getByRole('link', { name: 'Last hour' }).click();
    const { variables } = (await asking).postDataJSON() as { variables: { from: string; to: string; step: 'MINUTE' } };
    const failures = page.getByRole('region', { name: 'Failed sign-ins' });
    await failures.getByText('3', { exact: true }).first().waitFor();
    expect(page.url()).toMatch(/\/admin\?period=hour$/);

    await page.getByText('The same numbers as a table').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('table', { name: 'Activity' }).waitFor();
    const { data } = await gatehouse.client.send(SignInActivityDocument, variables, { token });
    const steps = data!.signInActivity.toReversed();
    expect(steps).toHaveLength(60);
    expect(steps.reduce((sum, step) => sum + step.signIns, 0)).toBeGreaterThan(0);
    const numbers = steps.map((step) => [step.signIns, step.failures, step.limited, step.reuses].map(String));
    expect((await cellsOf('Activity')).map(([, ...told]) => told)).toEqual(numbers);
    const times = await rowsOf('Activity').locator('time').all();
    const moments = await Promise.all(times.map((time) => time.getAttribute('datetime')));
    expect(moments).toEqual(steps.map(({ at }) => at));
    // As the picture says it to those who do not see it.
    expect(await failures.getByRole('img').getAttribute('aria-label')).toMatch(/^Failed sign-ins, Last hour: 3, most/);

    await fail('mallory.2');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await failures.getByText('4', { exact: true }).first().waitFor();
    await failures.getByRole('link', { name: 'Show in the audit log' }).click();
    await titled(page, 'Audit log').waitFor();
    await rowsOf('Events').nth(3).waitFor();
    const [newest, ...earlier] = (await cellsOf('Events')).map(([, what, who]) => [what, who]);
    expect(newest).toEqual(['Sign-in failed', expect.stringMatching(/^unknown name [\w-]{16}$/)]);
    // The same digest for the same name, and the name itself nowhere: it may be a password.
    expect(earlier).toEqual(Array(3).fill(['Sign-in failed', earlier[0]![1]]));
    expect(earlier[0]![1]).toMatch(/^unknown name [\w-]{16}$/);
    expect(earlier[0]![1]).not.toBe(newest![1]);
    expect(await page.getByText('mallory').count()).toBe(0);
  });

  test('filters of the audit log find one failed sign-in, are in the address, and survive a reload', async () => {
    await fail('trudy');
    await open('/admin/audit', 'Audit log');
    await page.getByRole('button', { name: /Event/ }).click();
    await page.getByRole('option', { name: 'Sign-in failed' }).click();
    await page.getByLabel('User').fill('trudy');
    await page.getByRole('searchbox', { name: 'Address' }).fill('localhost');
    await page.getByText('Not an IP address').waitFor();
    expect(new URL(page.url()).searchParams.has('address')).toBe(false);
    await page.getByRole('searchbox', { name: 'Address' }).fill('127.0.0.1');
    // The minute before now, as the clock says it where the browser is.
    const minute = new Date(Date.now() - 60_000).toLocaleString('sv', ZONED).replace(' ', 'T');
    await page.getByLabel('From').fill(minute);
    await page.waitForURL(/user=trudy.*from=/);
    await page.getByText('1 event', { exact: true }).waitFor({ state: 'attached' });
    const found = await cellsOf('Events');
    expect(found).toHaveLength(1);
    const { searchParams } = new URL(page.url());
    expect(Date.now() - Date.parse(searchParams.get('from')!)).toBeGreaterThan(0);
    expect(Date.now() - Date.parse(searchParams.get('from')!)).toBeLessThan(30 * 60_000);

    await page.reload();
    await rowsOf('Events').getByText('unknown name').waitFor();
    expect(await cellsOf('Events')).toEqual(found);
    expect(await page.getByLabel('User').inputValue()).toBe('trudy');
    expect(await page.getByLabel('From').inputValue()).toBe(minute);

    await page.getByRole('button', { name: 'Details: Sign-in failed' }).focus();
    await page.keyboard.press('Enter');
    const [event] = await gatehouse.sql(
      `select request_id from audit_events where subject like 'unknown:%' order by at desc limit 1`,
    );
    await page.getByText(String(event!['request_id'])).waitFor();

    await page.getByLabel('Before').fill(minute);
    await page.getByLabel('From').fill('');
    await page.getByText('No events match').waitFor();
    await page.getByLabel('Before').fill('');
    await rowsOf('Events').getByText('unknown name').waitFor();
    // One step back is where the choice was made: what was typed is no step of its own.
    await page.goBack();
    await page.waitForURL(/\/admin\/audit$/);
    await page.goForward();
    await until(async () => (await page.getByLabel('User').inputValue()) === 'trudy');
    await page.getByRole('searchbox', { name: 'Address' }).fill('nowhere');
    await page.getByText('Not an IP address').waitFor();
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    expect(await page.getByRole('searchbox', { name: 'Address' }).inputValue()).toBe('');
    await page.waitForURL(/\/admin\/audit$/);
    await rowsOf('Events').getByText('Account created').first().waitFor();
  });

  test('pages of the audit log lead to older events and back', async () => {
    await gatehouse.sql(`insert into audit_events (id, at, type, subject, address)
      select gen_random_uuid(), timestamptz '2026-01-01' + i * interval '1 second', 'login.succeeded', 'eve.' || i, '::1'
      from generate_series(1, 30) as i`);
    await open('/admin/audit?to=2026-01-02T00:00:00.000Z&size=25', 'Audit log');
    await rowsOf('Events').nth(24).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Page 2').waitFor();
    await rowsOf('Events').getByText('eve.1', { exact: true }).waitFor();
    expect((await cellsOf('Events')).map(([, , who]) => who)).toEqual(['eve.5', 'eve.4', 'eve.3', 'eve.2', 'eve.1']);
    expect(await focused()).toBe('Results');
    await page.getByRole('button', { name: 'Previous' }).click();
    await rowsOf('Events').getByText('eve.30').waitFor();
    await page.getByText('Page 1').waitFor();
  });

  test('keys are rotated when they may be, or in a hurry, and a leaked one is retired once its id is typed', async () => {
    const states = async () => {
      const { data } = await gatehouse.client.send(SigningKeysDocument, {}, { token: await adminToken(gatehouse) });
      return new Map(data!.signingKeys.map(({ kid, state }) => [kid, state]));
    };
    const keyOf = (map: Map<string, string>, state: string) => [...map].find(([, each]) => each === state)?.[0];
    const before = await states();
    await open('/admin/keys', 'Signing keys');
    await page.getByRole('button', { name: 'Rotate keys' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Rotate keys' }).click();
    await dialog.getByText(/until every cache knows the next key/).waitFor();
    expect(await states()).toEqual(before);
    await dialog.getByText('Rotate even if the next key').click();
    await dialog.getByRole('button', { name: 'Rotate keys' }).click();
    await dialog.waitFor({ state: 'detached' });
    await rowsOf('Signing keys').getByText('Retiring', { exact: true }).waitFor();
    expect(await focused()).toBe('Rotate keys');

    const after = await states();
    expect(after.get(keyOf(before, 'NEXT')!)).toBe('CURRENT');
    expect(after.get(keyOf(before, 'CURRENT')!)).toBe('RETIRING');
    const shown = (await cellsOf('Signing keys')).map(([key, state]) => [
      key!.slice(0, -'ES256'.length),
      state!.toUpperCase(),
    ]);
    expect(new Map(shown as [string, string][])).toEqual(after);

    // The page's own token is of the old key: it goes on with another.
    const old = keyOf(before, 'CURRENT')!;
    await page.getByRole('button', { name: `Retire the retiring key ${old}` }).click();
    const retire = page.getByRole('alertdialog').getByRole('button', { name: 'Retire key' });
    expect(await retire.isDisabled()).toBe(true);
    await page.keyboard.type(old.slice(0, 8));
    await page.keyboard.press('Enter');
    await rowsOf('Signing keys').getByText(old).waitFor({ state: 'detached' });
    expect((await states()).has(old)).toBe(false);
    await page.getByText('Signs every new access token.').waitFor();
    expect(await focused()).toBe('Keys');
  });

  test('a subgraph that is gone is unhealthy, and the page says why', async () => {
    await open('/admin/subgraphs', 'Subgraphs');
    await rowsOf('Subgraphs').getByText('Healthy', { exact: true }).waitFor();
    await orders.stop();
    try {
      // The server keeps what it found for some seconds.
      await expect(
        (async () => {
          for (;;) {
            await page.getByRole('button', { name: 'Refresh' }).click();
            await page.getByText('Up to date').waitFor({ state: 'attached' });
            const [[, health, address] = []] = await cellsOf('Subgraphs');
            if (!health?.startsWith('Healthy')) return { health, address };
          }
        })(),
      ).resolves.toEqual({ health: expect.stringMatching(/^Unhealthy.*ECONNREFUSED/), address: orders.url });
    } finally {
      await orders.start();
    }
  });

  test('a client is registered, its secret shown once and good, and removed', async () => {
    await open('/admin/clients', 'Clients');
    const opener = page.getByRole('button', { name: 'Register client' });
    await opener.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Nightly import');
    await dialog.getByLabel('Redirect URIs').fill('no address');
    await dialog.getByRole('button', { name: 'Register client' }).click();
    await dialog.locator('.field-fault').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('redirectUris');

    for (const grant of ['Authorization code', 'Refresh token', 'Client credentials']) {
      await dialog.getByRole('checkbox', { name: grant }).focus();
      await page.keyboard.press('Space');
    }
    await dialog.getByLabel(/Scopes/).fill('account');
    expect(await findBarriers(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Register client' }).click();
    await page.getByText('It is not shown again.').waitFor();
    const [id, secret] = await dialog.locator('.secret code').allTextContents();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await focused()).toBe('Register client');
    expect(await page.content()).not.toContain(secret);

    const credentials = { grant_type: 'client_credentials', client_id: id!, client_secret: secret! };
    expect((await gatehouse.client.form('/token', credentials)).status).toBe(200);
    await page.getByRole('button', { name: 'Remove Nightly import' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove client' }).click();
    await page.getByText('No clients yet').waitFor();
    expect((await gatehouse.client.form('/token', credentials)).status).toBe(401);
  });

  test('a user who is not an admin sees none of it, and no request is made in vain', async () => {
    const other = await browser.newContext();
    const { page: theirs } = await watchPage(other, gatehouse.url);
    await signIn(theirs, gatehouse.url, await createUser(gatehouse));
    const asked: string[] = [];
    theirs.on('request', (request) => asked.push(request.postData() ?? ''));
    for (const [path] of PAGES) {
      await theirs.goto(gatehouse.url + path);
      await theirs.getByText('Access denied').waitFor();
    }
    expect(asked.join()).toContain('query Me');
    expect(asked.join()).not.toMatch(/Totals|Activity|AuditEvents|SigningKeys|Supergraph|Clients/);
    await other.close();
  });
});
