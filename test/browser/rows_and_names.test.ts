import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason } from '../support/browser.ts';
import { type Console, startConsole, titled } from '../support/console_pages.ts';
import { registerClient } from '../support/oauth_client.ts';
import { createUser } from '../support/accounts.ts';

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

const LONG = 'Wolfeschlegelsteinhausen '.repeat(8).trim();

describe("the console's rows, names and secrets in Chromium", () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let pages: Console;
  beforeAll(async () => {
    pages = await startConsole({ ALGORITHM: 'ES256' });
  }, 240_000);
  afterAll(() => pages?.close());
  afterEach(() => pages.closeWindows());

  const go = async (page: Page, path: string, title: string) => {
    await page.goto(`${pages.gatehouse.url}${path}`);
    await titled(page, title).waitFor();
    await page.getByRole('row').nth(1).waitFor();
  };

  test('a row that lights up opens', async () => {
    const { page } = await pages.open(pages.gatehouse.admin);
    /** Tells whether the first row of the page lights up under the pointer, which stays there. */
    async function lightsUp(): Promise<boolean> {
      const row = page.locator('tbody tr').first();
      const ground = () => row.evaluate((element) => (globalThis as any).getComputedStyle(element).backgroundColor);
      await page.mouse.move(0, 0);
      const before = await ground();
      await row.locator('td').nth(1).hover({ force: true });
      return (await ground()) !== before;
    }
    for (const [path, title] of [
      ['/account/sessions', 'Sessions'],
      ['/admin/keys', 'Signing keys'],
    ] as const) {
      await go(page, path, title);
      expect([path, await lightsUp()]).toEqual([path, false]);
    }
    await go(page, '/admin/audit', 'Audit log');
    expect(await lightsUp()).toBe(true);
    await page.locator('tbody tr').first().locator('td').nth(1).click({ force: true });
    await page.locator('.event-details').waitFor();
    await go(page, '/admin/users', 'Users');
    expect(await lightsUp()).toBe(true);
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForURL(/\/admin\/users\/\w+/);
  });

  test('times stand on one line, and names as long as allowed on two', async () => {
    const someone = await createUser(pages.gatehouse, { fullName: LONG, role: 'admin' });
    const client = LONG.slice(0, 100);
    await registerClient(pages.gatehouse, { name: client });
    const { page } = await pages.open(someone);
    /** The lines of the tallest of them, and of none `-Infinity`. */
    const lines = (selector: string) =>
      page.evaluate<number>(`Math.max(...[...document.querySelectorAll('${selector}')]
        .map((element) => Math.round(element.getBoundingClientRect().height / parseFloat(getComputedStyle(element).lineHeight))))`);
    for (const width of [1280, 820, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const [path, name] of [
        ['/admin/users', LONG],
        [`/admin/users/${someone.username}`, LONG],
        ['/admin/clients', client],
        ['/account', LONG],
        ['/admin/audit', undefined],
        ['/account/sessions', undefined],
      ] as const) {
        await page.goto(`${pages.gatehouse.url}${path}`);
        await page.locator('time').first().waitFor();
        expect({ path, width, lines: await lines('time') }).toEqual({ path, width, lines: 1 });
        if (name === undefined) continue;
        await page.getByText(name).first().waitFor();
        expect([`${path} 1`, `${path} 2`]).toContain(`${path} ${await lines('.long-name')}`);
      }
      await page.getByRole('button', { name: /: account menu$/ }).click();
      await page.getByRole('menu').getByText(LONG).waitFor();
      expect(await lines('[role=menu] bdi')).toBe(2);
      await page.keyboard.press('Escape');
    }
  });

  test('a password that is shown once stays until it is put away', async () => {
    const someone = await createUser(pages.gatehouse);
    const { page } = await pages.open(pages.gatehouse.admin);
    await page.goto(`${pages.gatehouse.url}/admin/users/${someone.username}`);
    await page.getByRole('button', { name: 'Reset password' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Generate' }).click();
    await dialog.getByRole('button', { name: 'Reset password' }).click();
    await dialog.getByRole('heading', { name: 'The password was reset' }).waitFor();
    await page.keyboard.press('Escape');
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    expect(await dialog.getByRole('heading', { name: 'The password was reset' }).isVisible()).toBe(true);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
  });
});
