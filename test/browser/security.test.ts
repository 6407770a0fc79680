import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason } from '../support/browser.ts';
import { type Console, startConsole, titled } from '../support/console_pages.ts';
import type { Instance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { everythingStored, findFlaws, type Watched } from '../support/watched_page.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { addAuthenticator } from '../support/virtual_authenticator.ts';

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

describe('the security page of the console in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let pages: Console;
  let watched: Watched;
  let page: Page;
  let kandi: Person;

  beforeAll(async () => {
    pages = await startConsole({}, 'localhost');
    gatehouse = pages.gatehouse;
  }, 240_000);
  afterAll(() => pages?.close());

  beforeEach(async () => {
    kandi = await createUser(gatehouse, { fullName: 'Kandi Novak' });
    watched = await pages.open(kandi);
    page = watched.page;
    await page.getByRole('link', { name: 'Security' }).click();
    await titled(page, 'Security').waitFor();
  });
  afterEach(async () => {
    await pages.closeWindows();
    // After every test: no error, no refusal by the policy, no request to another server.
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
  });

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const dialog = () => page.getByRole('dialog');
  const confirming = () => page.getByRole('dialog', { name: 'Confirm that it is you' });

  /** Returns the recovery codes that the dialog shows. */
  async function shownCodes(): Promise<string[]> {
    const codes = dialog().getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
    await codes.first().waitFor();
    const found = await codes.allInnerTexts();
    noteSecrets(...found);
    return found;
  }

  /** Sets up an authenticator app, by its secret as text. */
  async function setUp(): Promise<{ codes: string[]; app: TOTP }> {
    await button('Set up app').click();
    const secret = await dialog().locator('.secret code').innerText();
    noteSecrets(secret);
    const image = dialog().getByRole('img', { name: 'QR code of the secret' });
    expect(await image.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth)).toBeGreaterThan(0);
    await dialog().getByLabel('Code', { exact: true }).fill('000000');
    await page.keyboard.press('Enter');
    await page.getByText('is wrong').waitFor();
    const app = new TOTP({ secret: Secret.fromBase32(secret) });
    await dialog().getByLabel('Code', { exact: true }).fill(app.generate());
    await page.keyboard.press('Enter');
    return { codes: await shownCodes(), app };
  }

  test('sets up an authenticator app, shows its recovery codes once, renews them, and removes it', async () => {
    const { codes, app } = await setUp();
    expect(codes).toHaveLength(10);
    await page.keyboard.press('Escape');
    const [file] = await Promise.all([page.waitForEvent('download'), button('Download').click()]);
    expect(file.suggestedFilename()).toBe('gatehouse-recovery-codes.txt');
    await button('I have saved them').click();
    await page.getByText('10 left').waitFor();
    expect(await everythingStored(page)).not.toContain(codes[0]);
    await gatehouse.sql(`delete from recovery_codes where digest in (select digest from recovery_codes r
      join users u on u.id = r.user_id where username = '${kandi.username}' limit 8)`);
    await page.reload();
    await page.getByText('2 left').waitFor();

    // It began with the password alone, which is not enough any more.
    await button('Renew codes').click();
    await confirming().getByLabel('Code', { exact: true }).waitFor();
    expect(await findFlaws(page, [/role-img-alt/])).toEqual([]);
    await confirming().getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Nothing was changed').waitFor();
    await button('Renew codes').click();
    await page.keyboard.type('000000');
    await page.keyboard.press('Enter');
    await confirming().getByText('is wrong').waitFor();
    // The code of this step was used to set it up.
    await page.keyboard.type(app.generate({ timestamp: Date.now() + 30_000 }));
    await page.keyboard.press('Enter');
    const renewed = await shownCodes();
    expect(renewed).toHaveLength(10);
    expect(renewed).not.toContain(codes[0]);
    await button('I have saved them').click();
    await page.getByText('10 left').waitFor();

    await button('Remove app').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('The authenticator app was removed.').waitFor();
    await button('Set up app').waitFor();
    await page.getByText('10 left').waitFor({ state: 'detached' });
  });

  test('adds, renames and removes passkeys, and gives up the password', async () => {
    const authenticator = await addAuthenticator(page);
    await page.getByText('No passkeys').waitFor();
    await authenticator.setConfirms(false);
    await button('Add passkey').click();
    await dialog().getByLabel('Name', { exact: true }).fill('Laptop');
    await page.keyboard.press('Enter');
    await dialog().getByRole('alert').getByText('No passkey was made').waitFor();
    await authenticator.setConfirms(true);
    await button('Continue').click();
    const row = (name: string) => page.getByRole('row').filter({ hasText: name });
    await row('Laptop').filter({ hasText: 'never' }).waitFor();
    expect(await authenticator.count()).toBe(1);
    expect(await button('Remove password').count()).toBe(0);

    await button('Rename Laptop').click();
    await dialog().getByLabel('Name', { exact: true }).fill('Work laptop');
    await page.keyboard.press('Enter');
    await row('Work laptop').waitFor();

    expect(await findFlaws(page, [/role-img-alt/])).toEqual([]);

    // The device has one already.
    await button('Add passkey').click();
    await button('Continue').click();
    // From now on every change takes the passkey.
    await confirming().getByRole('button', { name: 'Use a passkey' }).click();
    await dialog().getByText('It has a passkey of your account already.').waitFor();
    await button('Cancel').click();

    await button('Renew codes').click();
    await shownCodes();
    await button('I have saved them').click();
    await button('Remove password').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove password' }).click();
    await page.getByText('Your account has no password.').waitFor();
    await button('Remove Work laptop').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove passkey' }).click();
    await page.getByRole('alertdialog').getByRole('alert').getByText('is needed to sign in').waitFor();
  });

  test('asks for the password again when it was shown long ago, and repeats what was asked', async () => {
    await gatehouse.sql(`update sessions set authenticated_at = authenticated_at - interval '1 hour'
      where user_id = (select id from users where username = '${kandi.username}')`);
    await page.reload();
    await button('Set up app').click();
    await confirming().getByLabel('Password', { exact: true }).fill('not the password');
    await page.keyboard.press('Enter');
    await confirming().getByText('is wrong').waitFor();
    await page.keyboard.type(kandi.password);
    await page.keyboard.press('Enter');
    await dialog().getByRole('img', { name: 'QR code of the secret' }).waitFor();
    expect(await confirming().count()).toBe(0);
  });

  test('is without barriers and fits a small phone', async () => {
    await setUp();
    expect(await findFlaws(page, [/role-img-alt/])).toEqual([]);
    await button('I have saved them').click();
    await page.reload();
    await page.getByText('10 left').waitFor();
    expect(await findFlaws(page)).toEqual([]);
    expect(await watched.shifts()).toBeLessThan(0.1);
  });
});
