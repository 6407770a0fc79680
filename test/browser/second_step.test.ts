import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason } from '../support/browser.ts';
import { type Console, fillSignIn, startConsole, titled } from '../support/console_pages.ts';
import type { Instance } from '../support/instance.ts';
import { everythingStored, findFlaws, type Watched } from '../support/watched_page.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { type Enrolled, enrolTotp } from '../support/second_factor.ts';

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

describe('the second step of a sign-in to the console in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let pages: Console;
  let watched: Watched;
  let page: Page;
  let kandi: Person;
  let factors: Enrolled;

  beforeAll(async () => {
    pages = await startConsole();
    gatehouse = pages.gatehouse;
  }, 240_000);
  afterAll(() => pages?.close());

  beforeEach(async () => {
    kandi = await createUser(gatehouse, { fullName: 'Kandi Novak' });
    factors = await enrolTotp(gatehouse, kandi);
    watched = await pages.open();
    page = watched.page;
    await page.goto(`${gatehouse.url}/sign-in?next=/account/sessions`);
    await fillSignIn(page, kandi);
    await titled(page, 'Confirm that it is you').waitFor();
  });
  afterEach(async () => {
    await pages.closeWindows();
    // After every test: no error, no refusal by the policy, no request to another server.
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
  });

  const field = (label: string) => page.getByRole('form').getByLabel(label, { exact: true });

  test('takes the code of an authenticator by keyboard alone, and shows a wrong one at its field', async () => {
    expect(await page.evaluate('document.activeElement.name')).toBe('totp');
    expect(await field('Code').getAttribute('autocomplete')).toBe('one-time-code');
    expect(await field('Code').getAttribute('inputmode')).toBe('numeric');
    await page.keyboard.type(factors.codeAt(Date.now() - 600_000));
    await page.keyboard.press('Enter');
    await page.getByText('is wrong').waitFor();
    expect(await field('Code').getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByRole('alert').count()).toBe(0);
    // Typing replaces what was wrong.
    await page.keyboard.type(factors.codeAt(Date.now()));
    await page.keyboard.press('Enter');
    await titled(page, 'Sessions').waitFor();

    const stored = await everythingStored(page);
    expect(stored).not.toMatch(/eyJ|refresh|ticket/);
    const cookies = await page.context().cookies();
    expect(cookies.map(({ httpOnly }) => httpOnly)).not.toContain(false);
    await page.reload();
    await titled(page, 'Sessions').waitFor();
  });

  test('takes a recovery code instead, without the fault of the code before it', async () => {
    await field('Code').fill('000000');
    await page.keyboard.press('Enter');
    await page.getByText('is wrong').waitFor();
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    expect(await page.evaluate('document.activeElement.name')).toBe('recoveryCode');
    expect(await page.getByText('is wrong').count()).toBe(0);
    await page.keyboard.type(factors.recoveryCodes[0]!.toLowerCase());
    await page.keyboard.press('Enter');
    await titled(page, 'Sessions').waitFor();
  });

  test('begins again when its ticket is void, with the same name', async () => {
    await gatehouse.sql(`update users set device_epoch = device_epoch + 1 where username = '${kandi.username}'`);
    await field('Code').fill(factors.codeAt(Date.now()));
    await page.keyboard.press('Enter');
    await titled(page, 'Sign in').waitFor();
    await page.getByRole('alert').getByText('Sign in again.').waitFor();
    expect(await page.getByLabel('Username').inputValue()).toBe(kandi.username);
    expect(await page.evaluate('document.activeElement.name')).toBe('password');
    await page.keyboard.type(kandi.password);
    await page.keyboard.press('Enter');
    await field('Code').fill(factors.codeAt(Date.now()));
    await page.keyboard.press('Enter');
    await titled(page, 'Sessions').waitFor();
  });

  test('can be left, is without barriers, and fits a small phone', async () => {
    // The library announces the pending button, which is gone by now, by its id.
    expect(await findFlaws(page, [/role-img-alt/])).toEqual([]);
    expect(await watched.shifts()).toBeLessThan(0.1);
    await page.getByRole('button', { name: 'Back' }).click();
    await titled(page, 'Sign in').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});
