import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason } from '../support/browser.ts';
import { type Console, fillSignIn, signOut, startConsole, titled } from '../support/console_pages.ts';
import type { Instance } from '../support/instance.ts';
import { findFlaws, type Watched } from '../support/watched_page.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { addAuthenticator, type VirtualAuthenticator } from '../support/virtual_authenticator.ts';

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

describe('signing in to the console with a passkey in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let pages: Console;
  let watched: Watched;
  let page: Page;
  let kandi: Person;
  let authenticator: VirtualAuthenticator;

  beforeAll(async () => {
    pages = await startConsole({}, 'localhost');
    gatehouse = pages.gatehouse;
  }, 240_000);
  afterAll(() => pages?.close());

  /** Adds a passkey and signs out. The authenticator then waits for its user. */
  beforeEach(async () => {
    kandi = await createUser(gatehouse, { fullName: 'Kandi Novak' });
    watched = await pages.open(kandi);
    page = watched.page;
    authenticator = await addAuthenticator(page);
    await page.goto(`${pages.url}/account/security`);
    await page.getByRole('button', { name: 'Add passkey' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: /^Rename / }).waitFor();
    await authenticator.setPresent(false);
    await signOut(page);
    await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
  });
  afterEach(async () => {
    await pages.closeWindows();
    // After every test: no error, no refusal by the policy, no request to another server.
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
  });

  test('takes it from the suggestions of the name field, without a name', async () => {
    expect(await page.getByLabel('Username').getAttribute('autocomplete')).toBe('username webauthn');
    await authenticator.setPresent(true);
    await page.reload();
    await titled(page, 'Profile').waitFor();
    await page.getByText('Kandi Novak').first().waitFor();
    const cookies = await page.context().cookies();
    expect(cookies.map(({ httpOnly }) => httpOnly)).not.toContain(false);
  });

  test('asks for it at the press of a button, and says so if it is not given', async () => {
    expect(await findFlaws(page, [/role-img-alt/])).toEqual([]);
    expect(await watched.shifts()).toBeLessThan(0.1);
    await authenticator.setConfirms(false);
    await authenticator.setPresent(true);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('alert').getByText('No passkey was used').waitFor();
    await authenticator.setConfirms(true);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await titled(page, 'Profile').waitFor();
  });

  test('takes it after the password', async () => {
    await fillSignIn(page, kandi);
    await titled(page, 'Confirm that it is you').waitFor();
    expect(await findFlaws(page, [/role-img-alt/])).toEqual([]);
    await authenticator.setPresent(true);
    await page.keyboard.press('Enter');
    await titled(page, 'Profile').waitFor();
  });

  test('tells a user of another address that no passkey was used', async () => {
    const { page: there } = await pages.open();
    await there.goto(`${gatehouse.url}/sign-in`);
    await there.getByRole('button', { name: 'Use a passkey' }).click();
    await there.getByRole('alert').getByText('No passkey was used').waitFor();
  });
});
