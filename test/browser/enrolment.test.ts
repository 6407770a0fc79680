import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason } from '../support/browser.ts';
import { type Console, fillSignIn, lookAt, startConsole, titled } from '../support/console_pages.ts';
import { noteSecrets } from '../support/log_file.ts';
import { findFlaws, type Watched } from '../support/watched_page.ts';
import { createUser } from '../support/accounts.ts';
import { addAuthenticator } from '../support/virtual_authenticator.ts';

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

describe('a user who must set up a second factor, in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let pages: Console;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    pages = await startConsole({ SECOND_FACTOR: 'user' }, 'localhost');
  }, 240_000);
  afterAll(() => pages?.close());

  beforeEach(async () => {
    const kandi = await createUser(pages.gatehouse, { fullName: 'Kandi Novak' });
    watched = await pages.open();
    page = watched.page;
    await addAuthenticator(page);
    await page.goto(`${pages.url}/account/sessions`);
    await fillSignIn(page, kandi);
    await titled(page, 'Set up a second factor').waitFor();
  });
  afterEach(async () => {
    await pages.closeWindows();
    // After every test: no error, no refusal by the policy, no request to another server.
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
  });

  test('sees nothing else, sets up an app, saves the recovery codes and goes on', async () => {
    expect(await page.getByRole('link', { name: 'Sessions' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Add passkey' }).waitFor();
    expect(await findFlaws(page, [/role-img-alt/])).toEqual([]);
    await page.getByRole('button', { name: 'Set up app' }).click();
    const secret = await page.locator('.secret code').innerText();
    noteSecrets(secret);
    await page.getByLabel('Code', { exact: true }).fill(new TOTP({ secret: Secret.fromBase32(secret) }).generate());
    await page.keyboard.press('Enter');
    const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
    await codes.first().waitFor();
    noteSecrets(...(await codes.allInnerTexts()));
    // The codes stay when the user comes back from saving them.
    const isAllowed = page.waitForResponse(async (response) => (await response.text()).includes('"Kandi Novak"'));
    await lookAt(page);
    await isAllowed;
    expect(await codes.count()).toBe(10);
    await page.getByRole('button', { name: 'I have saved them' }).click();
    await titled(page, 'Sessions').waitFor();
    await page.getByRole('row').filter({ hasText: 'This device' }).waitFor();
  });

  test('adds a passkey instead', async () => {
    await page.getByRole('button', { name: 'Add passkey' }).click();
    await titled(page, 'Sessions').waitFor();
  });
});
