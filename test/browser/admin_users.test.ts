import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { CreateUserDocument, SetUserRoleDocument } from '../../schema/documents.ts';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason } from '../support/browser.ts';
import { type Console, fillSignIn, startConsole, titled } from '../support/console_pages.ts';
import type { Instance } from '../support/instance.ts';
import { findFlaws, type Watched } from '../support/watched_page.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { noteSecrets } from '../support/log_file.ts';
import { enrolTotp } from '../support/second_factor.ts';
import { until } from '../support/until.ts';

/** Failures of an account until it is limited. */
const LIMIT = 3;
/** More than the smallest page holds, and their names in another order than their addresses. */
const CROWD = Array.from({ length: 12 }, (_, index) => {
  const number = String(index + 1).padStart(2, '0');
  return {
    username: `crowd.${number}`,
    email: `${String(99 - index)}@crowd.example`,
    password: `crowd password ${number}`,
  };
});

describe("the console's pages for accounts in Chromium", () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let pages: Console;
  let watched: Watched;
  let page: Page;
  const others: Page[] = [];

  beforeAll(async () => {
    pages = await startConsole({ LOGIN_LIMIT_PER_ACCOUNT: String(LIMIT) });
    gatehouse = pages.gatehouse;
    const token = await adminToken(gatehouse);
    for (const input of CROWD) await gatehouse.client.send(CreateUserDocument, { input }, { token });
    watched = await pages.open(gatehouse.admin);
    page = watched.page;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: gatehouse.url });
  }, 240_000);
  afterEach(async () => {
    await Promise.all(others.splice(0).map((other) => other.context().close()));
    expect(watched.faults).toEqual([]);
    expect(watched.foreign).toEqual([]);
  });
  afterAll(() => pages?.close());

  const names = () => page.getByRole('table', { name: 'Users' }).getByRole('link').allTextContents();
  const dialog = () => page.locator('[role=dialog], [role=alertdialog]');
  const openAccount = async (username: string) => {
    await page.goto(`${gatehouse.url}/admin/users/${username}`);
    await titled(page, username).waitFor();
    await page.getByRole('button', { name: 'Change role' }).waitFor();
  };
  /** A window of that person's, on a page of the console. */
  async function windowOf(person: Person): Promise<Page> {
    const { page: there } = await pages.open(person);
    others.push(there);
    return there;
  }
  const setRole = async (username: string, role: string) =>
    gatehouse.client.send(SetUserRoleDocument, { username, role }, { token: await adminToken(gatehouse) });

  test('search, order and page are in the address: reload and back keep them', async () => {
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByText('13 accounts').first().waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('CROWD.');
    await page.getByText('12 accounts').first().waitFor();
    await page.getByRole('button', { name: /Rows/ }).click();
    await page.getByRole('option', { name: '10', exact: true }).click();
    await page.getByText('Page 1 of 2').waitFor();
    // The rows of the page before stay until the server has answered.
    await page.getByRole('link', { name: 'crowd.11' }).waitFor({ state: 'detached' });
    expect(await names()).toEqual(CROWD.slice(0, 10).map(({ username }) => username));

    const head = page.getByRole('columnheader', { name: 'E-mail' });
    await head.getByRole('button').click();
    await page.getByRole('link', { name: 'crowd.12' }).waitFor();
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    expect((await names())[0]).toBe('crowd.12');
    const first = page.url();

    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Page 2 of 2').waitFor();
    await page.getByRole('link', { name: 'crowd.01' }).waitFor();
    expect(await names()).toEqual(['crowd.02', 'crowd.01']);
    // The button is of no use any more; the keyboard goes on at the rows.
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Results');
    await page.reload();
    await page.getByText('Page 2 of 2').waitFor();
    expect(await names()).toEqual(['crowd.02', 'crowd.01']);
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByText('Page 1 of 2').waitFor();
    expect(page.url()).toBe(first);

    await head.getByRole('button').click();
    await page.getByRole('link', { name: 'crowd.01' }).waitFor();
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    await page.goBack();
    await page.getByRole('link', { name: 'crowd.12' }).waitFor();
    expect(page.url()).toBe(first);

    await page.getByRole('link', { name: 'crowd.12' }).click();
    await titled(page, 'crowd.12').waitFor();
    await page.getByRole('link', { name: 'All users' }).click();
    await page.getByText('Page 1 of 2').waitFor();
    expect(page.url()).toBe(first);
  });

  test('an empty result has a way back to all users', async () => {
    await page.goto(`${gatehouse.url}/admin/users?search=crowd&state=disabled`);
    await page.getByText('No accounts match').waitFor();
    await page.getByRole('button', { name: 'Show all users' }).click();
    await page.getByText('13 accounts').first().waitFor();
    expect(page.url()).toBe(`${gatehouse.url}/admin/users`);
    expect(await page.getByRole('searchbox').inputValue()).toBe('');
  });

  test('without a network the list says so, and comes with the network', async () => {
    await page.goto(`${gatehouse.url}/admin/users`);
    await page.getByText('13 accounts').first().waitFor();
    await page.context().setOffline(true);
    await page.getByRole('searchbox').fill('crowd.07');
    await page.getByText('This could not be loaded').waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'crowd.07' }).waitFor();
    expect(await names()).toEqual(['crowd.07']);
  });

  test('a new account: faults at their fields, a password made here is shown once, and it signs in', async () => {
    await page.goto(`${gatehouse.url}/admin/users?search=newcomer`);
    await page.getByText('No accounts match').waitFor();
    await page.getByRole('button', { name: 'Create user' }).click();
    await dialog().getByLabel('Username').fill('crowd.01');
    await dialog().getByLabel('E-mail').fill('newcomer@example.com');
    await dialog().getByRole('button', { name: 'Generate' }).click();
    await dialog().getByRole('button', { name: 'Create user' }).click();
    await dialog().locator('[name=username][aria-invalid=true]').waitFor();
    expect(await dialog().getByLabel('E-mail').getAttribute('aria-invalid')).toBeNull();

    await dialog().getByLabel('Username').fill('newcomer');
    await dialog().getByRole('button', { name: 'Create user' }).click();
    await dialog().getByText('It is not shown again').waitFor();
    const password = (await dialog().locator('code').textContent())!;
    expect(password).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    await dialog().getByRole('button', { name: 'Copy password' }).click();
    await dialog().getByText('Copied').waitFor({ state: 'attached' });
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(password);
    await dialog().getByRole('button', { name: 'Done' }).click();

    // The list below was empty: it knows of the account by now. The focus is where the person began.
    await page.getByRole('link', { name: 'newcomer' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Create user');
    expect(await page.textContent('body')).not.toContain(password);
    expect(await gatehouse.client.login('newcomer', password)).toHaveProperty('accessToken');
  });

  test('names and role are changed, and shown as the server has them; the last admin stays one', async () => {
    const kandi = await createUser(gatehouse);
    await openAccount(kandi.username);
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('E-mail').fill('crowd.example');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('[name=email][aria-invalid=true]').waitFor();
    await page.getByLabel('E-mail').fill('Kandi@Example.ORG');
    await page.getByLabel('Full name').fill('  Kandi Novak ');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(`The profile of ${kandi.username} was saved.`).waitFor();
    await page.getByRole('main').getByText('Kandi Novak', { exact: true }).first().waitFor();

    await changeRole('admin');
    await page.getByText(`${kandi.username} now has the role “admin”.`).waitFor();
    await page.getByText('The role “admin” decides').waitFor();
    await page.getByRole('link', { name: 'All users' }).click();
    const row = page.getByRole('row').filter({ hasText: kandi.username });
    await row.waitFor();
    expect(await row.textContent()).toContain('admin');

    await setRole(kandi.username, 'user');
    await openAccount(gatehouse.admin.username);
    await changeRole('user');
    await dialog().getByRole('alert').waitFor();
    expect(await dialog().getByRole('alert').textContent()).toMatch(/last active admin/);
    await page.keyboard.press('Escape');
  });

  async function changeRole(role: string): Promise<void> {
    await page.getByRole('button', { name: 'Change role' }).click();
    await dialog().getByRole('button', { name: /Role/ }).first().click();
    await page.getByRole('option', { name: role }).click();
    await dialog().getByRole('button', { name: 'Change role' }).click();
  }

  test("disabling ends another window's access at once, and enabling lets them in again", async () => {
    const kandi = await createUser(gatehouse);
    const there = await windowOf(kandi);
    await openAccount(kandi.username);
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await dialog().getByText('One session ends at once.').waitFor();
    await dialog().getByRole('button', { name: 'Disable' }).click();
    await page.getByText(`${kandi.username} was disabled.`).waitFor();

    await there.getByRole('link', { name: 'Security' }).click();
    await titled(there, 'Sign in').waitFor();
    await there.getByText('Your account is disabled.').waitFor();
    await fillSignIn(there, kandi);
    await there.getByText('Incorrect username or password').waitFor();

    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByText(`${kandi.username} can sign in again.`).waitFor();
    await fillSignIn(there, kandi);
    await titled(there, 'Security').waitFor();
  });

  test('a reset password signs them out, and is the one that counts', async () => {
    const kandi = await createUser(gatehouse);
    const there = await windowOf(kandi);
    await openAccount(kandi.username);
    await page.getByRole('button', { name: 'Reset password' }).click();
    await dialog().getByLabel('New password').fill('short');
    await dialog().getByRole('button', { name: 'Reset password' }).click();
    await dialog().getByText('must be at least 12 characters').waitFor();
    await dialog().getByRole('button', { name: 'Generate' }).click();
    await dialog().getByRole('button', { name: 'Reset password' }).click();
    await dialog().getByText('It is not shown again').waitFor();
    const password = (await dialog().locator('code').textContent())!;
    await dialog().getByRole('button', { name: 'Done' }).click();

    await there.getByRole('link', { name: 'Sessions' }).click();
    await there.getByText('Your session has ended').waitFor();
    await fillSignIn(there, { ...kandi, password });
    await titled(there, 'Sessions').waitFor();
  });

  test('a link for a new password is shown once where there is no mail, and works with its code', async () => {
    const kandi = await createUser(gatehouse);
    await openAccount(kandi.username);
    await page.getByRole('button', { name: 'Send reset' }).click();
    expect(await findFlaws(page)).toEqual([]);
    await dialog().getByRole('button', { name: 'Send reset' }).click();
    const [link, code] = await shownLink();
    await dialog().getByRole('button', { name: 'Done' }).click();
    expect(await page.textContent('body')).not.toContain(code);

    const password = `the new password of ${kandi.username}`;
    await setPassword(link, code, password);
    expect(await gatehouse.client.login(kandi.username, password)).toHaveProperty('accessToken');
  });

  /** Returns the link and the code that the dialog shows. */
  async function shownLink(): Promise<[link: string, code: string]> {
    await dialog().getByText('are not shown again').waitFor();
    const [link = '', code = ''] = await dialog().locator('.secret code').allInnerTexts();
    noteSecrets(link, code);
    expect(link).toContain(gatehouse.url);
    return [link, code];
  }

  /** Sets a password on the page of a link. */
  async function setPassword(link: string, code: string, password: string): Promise<void> {
    noteSecrets(password);
    const { page: there } = await pages.open();
    others.push(there);
    await there.goto(link);
    await there.locator('[name=code]').fill(code);
    await there.locator('[name=password]').fill(password);
    await there.locator('[name=repeat]').fill(password);
    await there.getByRole('button', { name: /^(Set the password|Accept)$/ }).click();
    await there.getByText(/password is set|account is ready/).waitFor();
  }

  test('an invited person sets the password by a link, and signs in with it', async () => {
    await page.goto(`${gatehouse.url}/admin/users?search=invitee`);
    await page.getByText('No accounts match').waitFor();
    await page.getByRole('button', { name: 'Invite user' }).click();
    await dialog().getByLabel('Username').fill('crowd.01');
    await dialog().getByLabel('E-mail').fill('invitee@example.com');
    await dialog().getByRole('button', { name: 'Invite user' }).click();
    await dialog().locator('[name=username][aria-invalid=true]').waitFor();
    await dialog().getByLabel('Username').fill('invitee');
    await dialog().getByRole('button', { name: 'Invite user' }).click();
    const [link, code] = await shownLink();
    await dialog().getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'invitee' }).waitFor();
    expect(await page.textContent('body')).not.toContain(code);

    await setPassword(link, code, 'the password of an invitee');
    expect(await gatehouse.client.login('invitee', 'the password of an invitee')).toHaveProperty('accessToken');
  });

  test('lost second factors are shown, and removed for a reason', async () => {
    const kandi = await createUser(gatehouse);
    await enrolTotp(gatehouse, kandi);
    await openAccount(kandi.username);
    const card = page.getByRole('group', { name: `Sign-in of ${kandi.username}` });
    await card.getByText('10 left').waitFor();
    await card.getByRole('button', { name: 'Reset factors' }).click();
    const send = dialog().getByRole('button', { name: 'Reset factors' });
    await dialog().getByLabel('Reason').fill('  ');
    await send.click();
    await dialog().locator('[name=reason][aria-invalid=true]').waitFor();
    expect(await findFlaws(page)).toEqual([]);
    await dialog().getByLabel('Reason').fill('Lost the phone');
    await send.click();
    await page.getByText(`The factors of ${kandi.username} were removed.`).waitFor();
    await card.getByText('0 left', { exact: true }).waitFor();
    expect(await card.getByRole('button', { name: 'Reset factors' }).count()).toBe(0);
    // A sign-in asks for the password alone.
    expect(await gatehouse.client.login(kandi.username, kandi.password)).toHaveProperty('accessToken');
    const [entry] = await gatehouse.sql(`select detail from audit_events where type = 'factors.reset'`);
    expect(entry!['detail']).toMatchObject({ reason: 'Lost the phone', totp: true });
  });

  test('sessions end one by one and all at once', async () => {
    const kandi = await createUser(gatehouse);
    const there = await windowOf(kandi);
    await gatehouse.client.login(kandi.username, kandi.password);
    await gatehouse.client.login(kandi.username, kandi.password);
    await openAccount(kandi.username);
    const ends = page.getByRole('button', { name: /^Sign out (?!everywhere)/ });
    expect(await ends.count()).toBe(3);
    await page.getByRole('button', { name: /^Sign out Chrome/ }).click();
    await dialog().getByRole('button', { name: 'Sign out device' }).click();
    await ends.nth(2).waitFor({ state: 'detached' });
    await there.getByRole('link', { name: 'Sessions' }).click();
    await there.getByText('Your session has ended').waitFor();
    // The row is gone with its button: the keyboard goes on beside where it was.
    await until(
      () => page.evaluate<boolean>(`document.activeElement.ariaLabel === 'Sessions of ${kandi.username}'`),
      Boolean,
    );

    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await dialog().getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByText('2 sessions have ended').waitFor();
    await page.getByText('has no active sessions').waitFor();
  });

  test('a locked account is unlocked, and a deleted one is gone from the list', async () => {
    const kandi = await createUser(gatehouse);
    await openAccount(kandi.username);
    expect(await page.getByRole('button', { name: 'Unlock' }).count()).toBe(0);
    for (let failures = 0; failures < LIMIT; failures++) await gatehouse.client.tryLogin(kandi.username, 'wrong');
    await openAccount(kandi.username);
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByText(`${kandi.username} was unlocked.`).waitFor();
    await page.getByRole('button', { name: 'Unlock' }).waitFor({ state: 'detached' });
    expect(await gatehouse.client.login(kandi.username, kandi.password)).toHaveProperty('accessToken');

    await page.goto(`${gatehouse.url}/admin/users?search=${kandi.username}`);
    await page.getByRole('link', { name: kandi.username }).click();
    await page.getByRole('button', { name: 'Delete account' }).click();
    const remove = dialog().getByRole('button', { name: 'Delete account' });
    expect(await remove.isDisabled()).toBe(true);
    await dialog().getByLabel(/^Type/).fill(kandi.username);
    await remove.click();
    await page.getByText(`The account ${kandi.username} was deleted.`).waitFor();
    await page.getByText('No accounts match').waitFor();
    await page.goto(`${gatehouse.url}/admin/users/${kandi.username}`);
    await page.getByText('Account not found').waitFor();
  });

  test('an admin cannot delete their own account: the server refuses', async () => {
    await openAccount(gatehouse.admin.username);
    // Resetting would end the session that shows the new password.
    expect(await page.getByRole('button', { name: 'Reset password' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Delete account' }).click();
    await dialog().getByLabel(/^Type/).fill(gatehouse.admin.username);
    await dialog().getByRole('button', { name: 'Delete account' }).click();
    await dialog().getByRole('alert').waitFor();
    expect(await dialog().getByRole('alert').textContent()).toContain('your own account');
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Delete account');
  });

  test('others see that they may not, and nothing is asked for them; nor for an admin any more', async () => {
    const kandi = await createUser(gatehouse, { role: 'admin' });
    const there = await windowOf(kandi);
    const asked: string[] = [];
    there.on('request', (request) => asked.push(request.postData() ?? ''));
    await there.getByRole('link', { name: 'Users' }).click();
    await there
      .getByText(/^\d+ accounts$/)
      .first()
      .waitFor();
    await setRole(kandi.username, 'user');
    await there.getByRole('searchbox').fill('crowd');
    await titled(there, 'Administration').waitFor();
    await there.getByText('Access denied').waitFor();
    await there.getByRole('link', { name: 'Users' }).waitFor({ state: 'detached' });

    asked.length = 0;
    await there.goto(`${gatehouse.url}/account`);
    await titled(there, 'Profile').waitFor();
    await there.evaluate(
      `history.pushState(null, '', '/admin/users/crowd.01'); dispatchEvent(new PopStateEvent('popstate'))`,
    );
    await there.getByText('Access denied').waitFor();
    expect(asked.filter((body) => /query (Users|Account|AccountRoles)\b/.test(body))).toEqual([]);
  });

  test('no barriers, nothing beyond the window, in both themes and on a phone; nothing moves by itself', async () => {
    for (const [path, text] of [
      ['/admin/users?size=10&search=crowd', 'Page 1 of 2'],
      ['/admin/users/crowd.01', 'Delete account'],
    ] as const) {
      await page.goto(gatehouse.url + path);
      await page.getByText(text).first().waitFor();
      expect(await watched.shifts()).toBeLessThan(0.1);
      expect([path, ...(await findFlaws(page))]).toEqual([path]);
    }
    await page.getByRole('button', { name: 'Reset password' }).click();
    expect(await findFlaws(page)).toEqual([]);
  });
});
