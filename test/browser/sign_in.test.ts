import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { SetUserDisabledDocument } from '../../schema/documents.ts';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason } from '../support/browser.ts';
import { type Console, fillSignIn, lookAt, signIn, signOut, startConsole, titled } from '../support/console_pages.ts';
import type { Instance } from '../support/instance.ts';
import { everythingStored, type Watched, watchPage } from '../support/watched_page.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';

/** Failures of an account until it is limited. */
const LIMIT = 3;

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

describe('signing in to the console, and out, in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let pages: Console;
  let watched: Watched;
  let page: Page;
  let kandi: Person;

  beforeAll(async () => {
    pages = await startConsole({ REGISTRATION: 'open', LOGIN_LIMIT_PER_ACCOUNT: String(LIMIT) });
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

  test('signing in takes no pointer, a reload keeps the session and shows no sign-in page, no script can read a token', async () => {
    await page.goto(gatehouse.url);
    await titled(page, 'Sign in').waitFor();
    expect(await page.title()).toBe('Sign in · Gatehouse');
    await page.keyboard.type(kandi.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(kandi.password);
    await page.keyboard.press('Enter');
    await titled(page, 'Profile').waitFor();
    expect(await page.title()).toBe('Profile · Gatehouse');
    await page.getByRole('main').getByText(`${kandi.username}@example.com`).waitFor();

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
    const cookies = await page.context().cookies();
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
    const another = (await watchPage(page.context(), gatehouse.url)).page;
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
    await titled(page, 'Sign in').waitFor();
    await page.context().setOffline(true);
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
    const tab = (await watchPage(page.context(), gatehouse.url)).page;
    await tab.goto(`${gatehouse.url}/account/sessions`);
    await titled(tab, 'Sessions').waitFor();
    await page.getByRole('link', { name: 'Sessions' }).click();
    await titled(page, 'Sessions').waitFor();

    await signOut(page);
    await page.getByRole('main').getByText('You have signed out.').waitFor();
    await titled(tab, 'Sign in').waitFor();
    await tab.getByRole('main').getByText('You signed out in another tab.').waitFor();

    await page.goBack();
    await titled(page, 'Sign in').waitFor();
    const lena = await createUser(gatehouse, { fullName: 'Lena Berg' });
    await fillSignIn(page, lena);
    await page.getByText('Lena Berg').first().waitFor();
    expect(await page.textContent('body')).not.toContain('Kandi');
    // The other tab was at the sign-in page: it is signed in now too.
    await tab.getByText(lena.username).first().waitFor();
  });

  test('an account can be made if registration is open: faults are shown at their fields', async () => {
    const username = `${kandi.username}.2`;
    await page.goto(`${gatehouse.url}/sign-in`);
    await page.getByRole('link', { name: 'Create an account' }).click();
    await titled(page, 'Create an account').waitFor();
    const password = page.getByLabel('Password', { exact: true });
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('E-mail').fill(`${username}@example.com`);
    await password.fill('short');
    await page.keyboard.press('Enter');
    await page.getByText('must be at least 12 characters').waitFor();
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByLabel('Username').getAttribute('aria-invalid')).toBeNull();

    await password.fill(`a password of ${username}`);
    await page.keyboard.press('Enter');
    await titled(page, 'Profile').waitFor();
    await page.getByRole('main').getByText(`${username}@example.com`).waitFor();
  });

  test('a forgotten password leads to the page of the server that mails a link, if people may ask', async () => {
    await page.goto(`${gatehouse.url}/sign-in`);
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await titled(page, 'Forgot your password?').waitFor();
    await page.getByLabel('Username or e-mail address').fill(kandi.username);
    await page.getByRole('button', { name: 'Send the mail' }).click();
    await page.getByText('If there is such an account').waitFor();
  });

  test('no account is offered if registration is closed', async () => {
    const closed = await gatehouse.replica({ REGISTRATION: 'closed' });
    try {
      await page.goto(`${closed.url}/sign-up`);
      await page.getByText('Only administrators can create accounts').waitFor();
      expect(await page.getByLabel('Username').count()).toBe(0);
      watched.foreign.length = 0;
    } finally {
      await closed.stop();
    }
  });

  test('a disabled account is out at the next look, and told why', async () => {
    await signIn(page, gatehouse.url, kandi);
    const token = await adminToken(gatehouse);
    await gatehouse.client.send(SetUserDisabledDocument, { username: kandi.username, disabled: true }, { token });
    await lookAt(page);
    await titled(page, 'Sign in').waitFor();
    await page.getByRole('main').getByText('Your account is disabled').waitFor();
  });
});
