import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { SetUserDisabledDocument } from '../../schema/documents.ts';
import { skipped } from '../support/backends.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import {
  everythingStored,
  fillSignIn,
  findBarriers,
  overflow,
  signIn,
  titled,
  type Watched,
  watchPage,
} from '../support/console.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { adminToken, createUser, type Person } from '../support/people.ts';

const built = fileURLToPath(new URL('../../dist/web/console/index.html', import.meta.url));

/** Failures of an account until it is limited. */
const LIMIT = 3;

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

describe('the console in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let browser: Browser;
  let context: BrowserContext;
  let watched: Watched;
  let page: Page;
  let kandi: Person;

  beforeAll(async () => {
    if (!existsSync(built)) throw new Error(`${built} is missing: run "npm run build" before this test`);
    [gatehouse, browser] = await Promise.all([
      startInstance({ env: { REGISTRATION: 'open', LOGIN_LIMIT_PER_ACCOUNT: String(LIMIT) } }),
      launchBrowser(),
    ]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), gatehouse?.close()]);
  });

  beforeEach(async () => {
    kandi = await createUser(gatehouse, { fullName: 'Kandi Novak' });
    context = await browser.newContext();
    watched = await watchPage(context, gatehouse.url);
    page = watched.page;
  });
  afterEach(async () => {
    await context.close();
    // Whatever a test is about: nothing broke, the policy refused nothing, nobody else was asked for anything.
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
  });

  const alert = () => page.getByRole('alert');
  /** Another device of the same person, signed in. */
  async function anotherDevice(): Promise<Page> {
    const other = await browser.newContext();
    context.once('close', () => void other.close());
    const { page: there } = await watchPage(other, gatehouse.url);
    await signIn(there, gatehouse.url, kandi);
    return there;
  }
  /** What happens when somebody comes back to a window. */
  const lookAt = (window: Page) => window.evaluate(`dispatchEvent(new Event('focus'))`);
  const signedOut = (window: Page) => titled(window, 'Sign in').waitFor();

  test('signing in takes no pointer, a reload keeps the session and shows no sign-in page, no script can read a token', async () => {
    await page.goto(gatehouse.url);
    await signedOut(page);
    expect(await page.title()).toBe('Sign in · Gatehouse');
    await page.keyboard.type(kandi.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(kandi.password);
    await page.keyboard.press('Enter');
    await titled(page, 'Profile').waitFor();
    expect(await page.title()).toBe('Profile · Gatehouse');
    expect(await page.getByRole('main').textContent()).toContain(`${kandi.username}@example.com`);

    await page.addInitScript(`new MutationObserver(() => {
      if (document.querySelector('input[type=password]')) globalThis.sawSignIn = true;
    }).observe(document, { subtree: true, childList: true })`);
    await page.reload();
    await page.getByText('Kandi Novak').first().waitFor();
    expect(await page.evaluate('globalThis.sawSignIn')).toBeUndefined();
    expect(await watched.shifts()).toBeLessThan(0.1);

    const stored = await everythingStored(page);
    expect(stored).not.toContain(kandi.password);
    expect(stored).not.toMatch(/eyJ|refresh/);
    const cookies = await context.cookies();
    expect(cookies.map(({ httpOnly }) => httpOnly)).not.toContain(false);
  });

  test('a wrong password says so, keeps the name, and can be tried again; too many say how long to wait', async () => {
    await page.goto(`${gatehouse.url}/sign-in`);
    await fillSignIn(page, { ...kandi, password: 'not the password' });
    await alert().waitFor();
    expect(await alert().textContent()).toBe('Incorrect username or password.');
    expect(await page.getByLabel('Username').inputValue()).toBe(kandi.username);
    // The cursor stands where the next try begins, and typing replaces what was wrong.
    await page.keyboard.type(kandi.password);
    await page.keyboard.press('Enter');
    await titled(page, 'Profile').waitFor();

    const lena = await createUser(gatehouse);
    for (let failures = 0; failures < LIMIT; failures++) await gatehouse.client.tryLogin(lena.username, 'wrong');
    const another = (await watchPage(context, gatehouse.url)).page;
    await another.goto(`${gatehouse.url}/account`);
    await titled(another, 'Profile').waitFor();
    await signOut(another);
    await fillSignIn(another, lena);
    await another.getByRole('alert').waitFor();
    expect(await another.getByRole('alert').textContent()).toMatch(
      /^Too many attempts\. Try again in \d+:\d\d minutes\.$/,
    );
  });

  test('without a network it says so', async () => {
    await page.goto(`${gatehouse.url}/sign-in`);
    await signedOut(page);
    await context.setOffline(true);
    await fillSignIn(page, kandi);
    await alert().waitFor();
    expect(await alert().textContent()).toMatch(/^The server cannot be reached/);
  });

  test('it leads back to where one wanted to go, and never to another site', async () => {
    await page.goto(`${gatehouse.url}/account/sessions`);
    await fillSignIn(page, kandi);
    await titled(page, 'Sessions').waitFor();

    await signOut(page);
    await page.goto(`${gatehouse.url}/sign-in?next=/.//evil.example`);
    await fillSignIn(page, kandi);
    await titled(page, 'Profile').waitFor();
    expect(page.url()).toBe(`${gatehouse.url}/account`);
    // Nor for somebody who is signed in already.
    await page.goto(`${gatehouse.url}/sign-in?next=//evil.example`);
    await titled(page, 'Profile').waitFor();
    expect(page.url()).toBe(`${gatehouse.url}/account`);
  });

  test('signing out ends it in every tab, and leaves nothing behind', async () => {
    await signIn(page, gatehouse.url, kandi);
    const tab = (await watchPage(context, gatehouse.url)).page;
    await tab.goto(`${gatehouse.url}/account/sessions`);
    await titled(tab, 'Sessions').waitFor();
    await page.getByRole('link', { name: 'Sessions' }).click();
    await titled(page, 'Sessions').waitFor();

    await signOut(page);
    expect(await page.getByRole('main').textContent()).toContain('You are signed out.');
    await signedOut(tab);
    expect(await tab.getByRole('main').textContent()).toContain('You signed out in another tab.');

    await page.goBack();
    await signedOut(page);
    const lena = await createUser(gatehouse, { fullName: 'Lena Berg' });
    await fillSignIn(page, lena);
    await page.getByText('Lena Berg').first().waitFor();
    expect(await page.textContent('body')).not.toContain('Kandi');
    // The other tab was at the sign-in page: it is signed in now too.
    await tab.getByText(lena.username).first().waitFor();
  });

  test('an account can be made where that is open: faults are told at their fields', async () => {
    const username = `${kandi.username}.2`;
    await page.goto(`${gatehouse.url}/sign-in`);
    await page.getByRole('link', { name: 'Create an account' }).click();
    await titled(page, 'Create an account').waitFor();
    const password = page.getByLabel('Password', { exact: true });
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('E-mail').fill(`${username}@example.com`);
    await password.fill('short');
    await page.keyboard.press('Enter');
    await page.getByText('must have at least 12 characters').waitFor();
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByLabel('Username').getAttribute('aria-invalid')).toBeNull();

    await password.fill(`a password of ${username}`);
    await page.keyboard.press('Enter');
    await titled(page, 'Profile').waitFor();
    expect(await page.getByRole('main').textContent()).toContain(`${username}@example.com`);
  });

  test('where it is closed, nobody is offered an account', async () => {
    const closed = await gatehouse.replica({ REGISTRATION: 'closed' });
    try {
      await page.goto(`${closed.url}/sign-up`);
      await page.getByText('Accounts are made by administrators here').waitFor();
      expect(await page.getByLabel('Username').count()).toBe(0);
      watched.foreign.length = 0;
    } finally {
      await closed.stop();
    }
  });

  test('name and e-mail address can be changed', async () => {
    await signIn(page, gatehouse.url, kandi);
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Full name').fill('Kandi N.');
    await page.getByLabel('E-mail').fill(`${kandi.username}@example.org`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your profile is saved.').waitFor();
    await page.reload();
    await page.getByText(`${kandi.username}@example.org`).waitFor();
    expect(await page.getByRole('main').textContent()).toContain('Kandi N.');
  });

  test('a changed password ends the other sessions, and a wrong one is told at its field', async () => {
    const there = await anotherDevice();
    await signIn(page, gatehouse.url, kandi);
    await page.getByRole('link', { name: 'Password' }).click();
    await titled(page, 'Password').waitFor();
    const change = async (current: string) => {
      await page.getByLabel('Current password').fill(current);
      await page.getByLabel('New password').fill(`a new ${kandi.password}`);
      await page.getByRole('button', { name: 'Change password' }).click();
    };
    await change('not the password');
    await page.getByText('is wrong').waitFor();
    await change(kandi.password);
    await page.getByText('Your password is changed').waitFor();

    await lookAt(there);
    await signedOut(there);
    expect(await there.getByRole('main').textContent()).toContain('Your session has ended');
    await page.reload();
    await titled(page, 'Password').waitFor();
  });

  test('a device that is signed out is out, and this one is not', async () => {
    const there = await anotherDevice();
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
    await page.getByText('That device is signed out.').waitFor();
    await rows.nth(1).waitFor({ state: 'detached' });
    // The button that was pressed is gone with its row: the focus stays where the person was.
    await page.waitForFunction(`document.activeElement.getAttribute('aria-label') === 'Your sessions'`);

    await lookAt(there);
    await signedOut(there);
    await page.reload();
    await titled(page, 'Sessions').waitFor();
  });

  test('what cannot be loaded says so, and can be tried again', async () => {
    await signIn(page, gatehouse.url, kandi);
    await context.route('**/graphql', (route) => route.abort());
    await page.getByRole('link', { name: 'Sessions' }).click();
    await alert().waitFor();
    expect(await alert().textContent()).toContain('The server cannot be reached');
    await context.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('row').filter({ hasText: 'This device' }).waitFor();
  });

  test('a sign-out that does not reach the server says so, and is made good by a reload or another try', async () => {
    await signIn(page, gatehouse.url, kandi);
    const session = async () => (await context.cookies()).some(({ name }) => name.includes('refresh'));
    await context.route('**/graphql', (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    );
    await signOut(page);
    const notice = page.getByText('Signing out could not reach the server');
    await notice.waitFor();
    expect(await page.getByText('You are signed out.').count()).toBe(0);
    await page.getByRole('button', { name: 'Try again' }).click();
    await notice.waitFor();
    await page.reload();
    await notice.waitFor();
    expect(await session()).toBe(true);

    await context.unroute('**/graphql');
    await page.reload();
    await signedOut(page);
    await notice.waitFor({ state: 'detached' });
    expect(await session()).toBe(false);
    const { accessToken: token } = await gatehouse.client.login(kandi.username, kandi.password);
    const { data } = await gatehouse.client.ask('{ me { sessions { id } } }', { token });
    expect(data!['me'].sessions).toHaveLength(1);
  });

  test('signing out everywhere includes here', async () => {
    const there = await anotherDevice();
    await signIn(page, gatehouse.url, kandi);
    await page.goto(`${gatehouse.url}/account/sessions`);
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out everywhere' }).click();
    await signedOut(page);
    await lookAt(there);
    await signedOut(there);
  });

  test('a disabled account is out at the next look, and told why', async () => {
    await signIn(page, gatehouse.url, kandi);
    const token = await adminToken(gatehouse);
    await gatehouse.client.send(SetUserDisabledDocument, { username: kandi.username, disabled: true }, { token });
    await lookAt(page);
    await signedOut(page);
    expect(await page.getByRole('main').textContent()).toContain('Your account is disabled');
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
    // Whoever reads with their ears is told what came.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Profile');
    await page.getByRole('link', { name: 'Skip to content' }).focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');

    await page.getByRole('button', { name: /: account menu$/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await signedOut(page);
  });

  test('every page is without barriers in both themes, fits a small phone, and nothing on it moves by itself', async () => {
    await page.goto(`${gatehouse.url}/sign-in`);
    await signedOut(page);
    const faults: Record<string, unknown> = {};
    async function look(name: string) {
      const found: unknown[] = [];
      for (const colorScheme of ['light', 'dark'] as const) {
        const width = colorScheme === 'light' ? 1280 : 320;
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        found.push(...(await findBarriers(page)));
        const beyond = await overflow(page);
        if (beyond > 0) found.push(`${beyond} pixels beyond ${width}`);
        if (process.env['SCREENSHOTS'])
          await page.screenshot({ path: `${process.env['SCREENSHOTS']}/console-${name}-${colorScheme}.png` });
      }
      await page.setViewportSize({ width: 1280, height: 800 });
      if (found.length > 0) faults[name] = found;
    }
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
      ['account/sessions', 'This device'],
      ['account/nothing', 'There is nothing at this address'],
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
    expect(faults).toEqual({});
  });

  async function signOut(window: Page): Promise<void> {
    await window.getByRole('button', { name: /: account menu$/ }).click();
    await window.getByRole('menuitem', { name: 'Sign out' }).click();
    await signedOut(window);
  }
});
