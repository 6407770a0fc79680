import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason } from '../support/browser.ts';
import { type Console, fillSignIn, lookAt, signIn, signOut, startConsole, titled } from '../support/console_pages.ts';
import type { Instance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { findFlaws, type Watched } from '../support/watched_page.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { until } from '../support/until.ts';

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

describe("a person's own pages of the console in Chromium", () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let pages: Console;
  let watched: Watched;
  let page: Page;
  let kandi: Person;

  beforeAll(async () => {
    pages = await startConsole({ REGISTRATION: 'open' });
    gatehouse = pages.gatehouse;
  }, 240_000);
  afterAll(() => pages?.close());

  beforeEach(async () => {
    kandi = await createUser(gatehouse, { fullName: 'Kandi Novak' });
    watched = await pages.open();
    page = watched.page;
  });
  afterEach(async () => {
    await pages.closeWindows();
    // After every test: no error, no refusal by the policy, no request to another server.
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
  });

  const alert = () => page.getByRole('alert');

  test('the name can be changed', async () => {
    await signIn(page, gatehouse.url, kandi);
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Full name').fill('Kandi N.');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your profile was saved.').waitFor();
    await page.reload();
    await page.getByRole('main').getByText('Kandi N.').waitFor();
  });

  test('a changed password ends the other sessions, and a wrong one is shown at its field', async () => {
    const there = (await pages.open(kandi)).page;
    await signIn(page, gatehouse.url, kandi);
    await page.getByRole('link', { name: 'Security' }).click();
    await page.getByRole('link', { name: 'Change password' }).click();
    await titled(page, 'Password').waitFor();
    const change = async (current: string) => {
      await page.getByLabel('Current password').fill(current);
      await page.getByLabel('New password').fill(`a new ${kandi.password}`);
      await page.getByRole('button', { name: 'Change password' }).click();
    };
    await change('not the password');
    await page.getByText('is wrong').waitFor();
    await change(kandi.password);
    await page.getByText('Your password was changed').waitFor();

    await lookAt(there);
    await titled(there, 'Sign in').waitFor();
    await there.getByRole('main').getByText('Your session has ended').waitFor();
    await page.reload();
    await titled(page, 'Password').waitFor();
  });

  test('a device that is signed out is out, and this one is not', async () => {
    const there = (await pages.open(kandi)).page;
    await signIn(page, gatehouse.url, kandi);
    await page.getByRole('link', { name: 'Sessions' }).click();
    const rows = page.getByRole('row').filter({ hasText: '127.0.0.1' });
    await rows.nth(1).waitFor();
    expect(await rows.count()).toBe(2);
    expect(await rows.filter({ hasText: 'This device' }).count()).toBe(1);
    await rows.getByRole('button', { name: /^Sign out Chrome/ }).click();
    // A dialog that asks before anything is lost stands on the harmless answer.
    await page.getByRole('alertdialog').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel');
    await page.getByRole('button', { name: 'Sign out device' }).click();
    await page.getByText('The device was signed out.').waitFor();
    await rows.nth(1).waitFor({ state: 'detached' });
    // The button that was pressed is gone with its row: the focus stays where the person was.
    await until(() => page.evaluate<boolean>(`document.activeElement.ariaLabel === 'Your sessions'`));

    await lookAt(there);
    await titled(there, 'Sign in').waitFor();
    await page.reload();
    await titled(page, 'Sessions').waitFor();
  });

  test('a stolen refresh token that comes back signs its owner out everywhere, and gives the thief nothing', async () => {
    const there = (await pages.open(kandi)).page;
    await signIn(page, gatehouse.url, kandi);
    const cookies = await page.context().cookies();
    const stolen = cookies.find(({ name }) => name.includes('gatehouse_refresh'))!.value;
    noteSecrets(stolen);
    // Each load of the page refreshes: the stolen one is used up, and its successor too.
    for (let loads = 0; loads < 2; loads += 1) {
      await page.reload();
      await titled(page, 'Profile').waitFor();
    }
    const replayed = await gatehouse.client.form('/token/refresh', { refresh_token: stolen });
    expect([replayed.status, replayed.body]).toEqual([400, expect.objectContaining({ error: 'invalid_grant' })]);

    for (const window of [page, there]) {
      await lookAt(window);
      await titled(window, 'Sign in').waitFor();
      await window.getByRole('main').getByText('Your session has ended').waitFor();
    }
  });

  test('a page that cannot be loaded says so, and can be tried again', async () => {
    await signIn(page, gatehouse.url, kandi);
    await page.context().route('**/graphql', (route) => route.abort());
    await page.getByRole('link', { name: 'Sessions' }).click();
    await alert().waitFor();
    expect(await alert().textContent()).toContain('The server cannot be reached');
    await page.context().unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('row').filter({ hasText: 'This device' }).waitFor();
  });

  test('a sign-out that does not reach the server says so, and is made good by a reload or another try', async () => {
    await signIn(page, gatehouse.url, kandi);
    const context = page.context();
    const session = async () => (await context.cookies()).some(({ name }) => name.includes('refresh'));
    await context.route('**/graphql', (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    );
    await signOut(page);
    const notice = page.getByText('The server could not be reached, so your session');
    await notice.waitFor();
    expect(await page.getByText('You have signed out.').count()).toBe(0);
    await page.getByRole('button', { name: 'Try again' }).click();
    await notice.waitFor();
    await page.reload();
    await notice.waitFor();
    expect(await session()).toBe(true);

    await context.unroute('**/graphql');
    await page.reload();
    await titled(page, 'Sign in').waitFor();
    await notice.waitFor({ state: 'detached' });
    expect(await session()).toBe(false);
    const { accessToken: token } = await gatehouse.client.login(kandi.username, kandi.password);
    const { data } = await gatehouse.client.ask('{ me { sessions { id } } }', { token });
    expect(data!['me'].sessions).toHaveLength(1);
  });

  test('signing out everywhere includes here', async () => {
    const there = (await pages.open(kandi)).page;
    await signIn(page, gatehouse.url, kandi);
    await page.goto(`${gatehouse.url}/account/sessions`);
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out everywhere' }).click();
    await titled(page, 'Sign in').waitFor();
    await lookAt(there);
    await titled(there, 'Sign in').waitFor();
  });

  test('a chosen theme stays; the skip link and the menu work by keyboard; an address of nothing says so', async () => {
    await signIn(page, gatehouse.url, kandi);
    const background = () => page.evaluate('getComputedStyle(document.body.parentElement).backgroundColor');
    const light = await background();
    const toggle = page.getByRole('button', { name: /^Theme:/ });
    await toggle.click();
    await toggle.click();
    expect(await background()).not.toBe(light);
    await page.goto(`${gatehouse.url}/account/nothing`);
    await titled(page, 'Page not found').waitFor();
    expect(await background()).not.toBe(light);

    await page.getByRole('link', { name: 'Go home' }).click();
    await titled(page, 'Profile').waitFor();
    // A screen reader announces the result.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Profile');
    await page.getByRole('link', { name: 'Skip to content' }).focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');

    await page.getByRole('button', { name: /: account menu$/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await titled(page, 'Sign in').waitFor();
  });

  test('every page is without barriers in both themes, fits a small phone, and nothing on it moves by itself', async () => {
    await page.goto(`${gatehouse.url}/sign-in`);
    await titled(page, 'Sign in').waitFor();
    const flaws: Record<string, string[]> = {};
    const look = async (name: string) => {
      const found = await findFlaws(page);
      if (found.length > 0) flaws[name] = found;
    };
    await look('sign-in');
    await fillSignIn(page, { ...kandi, password: 'not the password' });
    await alert().waitFor();
    await look('sign-in, refused');
    await page.goto(`${gatehouse.url}/sign-up`);
    await page.getByLabel('E-mail').waitFor();
    await look('sign-up');
    expect(await watched.shifts()).toBeLessThan(0.1);

    await signIn(page, gatehouse.url, kandi);
    for (const [path, ready] of [
      ['account', 'Member since'],
      ['account/password', 'Current password'],
      ['account/security', 'Set up app'],
      ['account/sessions', 'This device'],
      ['account/nothing', 'There is no page at this address'],
    ] as const) {
      await page.goto(`${gatehouse.url}/${path}`);
      await page.getByText(ready).first().waitFor();
      expect(await watched.shifts()).toBeLessThan(0.1);
      await look(path);
    }
    await page.goto(`${gatehouse.url}/account/sessions`);
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('alertdialog').waitFor();
    await look('dialog');
    expect(flaws).toEqual({});
  });
});
