import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CDPSession, Locator, Page, Route } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason } from '../support/browser.ts';
import { type Console, signIn, startConsole } from '../support/console_pages.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { until } from '../support/until.ts';
import { latency } from '../support/real_time.ts';

// A browser on a busy machine is slow.
jest.setTimeout(120_000);

interface HasValidity {
  readonly validity: { readonly valueMissing: boolean };
}

/** A form of the console: where it is, how it is opened, and what is typed into it. */
interface Tried {
  readonly form: string;
  readonly path: string;
  /** Opens it. */
  readonly opener?: string;
  readonly submit: string;
  /** Label to text. */
  readonly fields: Readonly<Record<string, string>>;
  /** A field that the server can find a fault with, and whether it may be empty. */
  readonly faulty?: { readonly label: string; readonly name: string; readonly isRequired: boolean };
  /** Ticks or chooses what makes it ready. */
  readonly prepare?: (page: Page) => Promise<void>;
  readonly isForStrangers?: boolean;
}

const email = { label: 'E-mail', name: 'email', isRequired: true };

const formsOf = ({ username }: Person): Tried[] => [
  {
    form: 'Sign in',
    path: '/sign-in',
    submit: 'Sign in',
    fields: { 'Username or e-mail address': 'somebody', Password: 'a password' },
    faulty: { label: 'Password', name: '', isRequired: true },
    isForStrangers: true,
  },
  {
    form: 'Create an account',
    path: '/sign-up',
    submit: 'Create account',
    fields: { Username: 'somebody', 'E-mail': 'a@example.com', Password: 'plain-violet-otter-71' },
    faulty: email,
    isForStrangers: true,
  },
  {
    form: 'Change password',
    path: '/account/password',
    submit: 'Change password',
    fields: { 'Current password': 'a password', 'New password': 'plain-violet-otter-71' },
    faulty: { label: 'New password', name: 'newPassword', isRequired: true },
  },
  {
    form: 'Profile',
    path: '/account',
    opener: 'Edit',
    submit: 'Save',
    fields: { 'Full name': 'Kandi Novak' },
  },
  {
    form: `Profile of ${username}`,
    path: `/admin/users/${username}`,
    opener: 'Edit',
    submit: 'Save',
    fields: { 'E-mail': 'a@example.com' },
    faulty: email,
  },
  {
    form: 'Create user',
    path: '/admin/users',
    opener: 'Create user',
    submit: 'Create user',
    fields: { Username: 'somebody', 'E-mail': 'a@example.com', Password: 'plain-violet-otter-71' },
    faulty: email,
  },
  {
    form: 'Reset password',
    path: `/admin/users/${username}`,
    opener: 'Reset password',
    submit: 'Reset password',
    fields: { 'New password': 'plain-violet-otter-71' },
    faulty: { label: 'New password', name: 'newPassword', isRequired: true },
  },
  {
    form: 'Role',
    path: `/admin/users/${username}`,
    opener: 'Change role',
    submit: 'Change role',
    fields: {},
    async prepare(page) {
      await page.getByRole('form', { name: 'Role' }).getByRole('button', { name: /Role/ }).first().click();
      await page.getByRole('option', { name: 'admin' }).click();
      await page.getByRole('listbox').waitFor({ state: 'detached' });
    },
  },
  {
    form: 'Delete',
    path: `/admin/users/${username}`,
    opener: 'Delete',
    submit: 'Delete account',
    fields: { [`Type “${username}” to confirm`]: username },
  },
  {
    form: 'Register client',
    path: '/admin/clients',
    opener: 'Register client',
    submit: 'Register client',
    fields: { Name: 'An app' },
    faulty: { label: 'Name', name: 'name', isRequired: true },
  },
  {
    form: 'Retire',
    path: '/admin/keys',
    opener: 'Retire',
    submit: 'Retire key',
    fields: {},
    async prepare(page) {
      const form = page.getByRole('form', { name: 'Retire' });
      const kid = await form.locator('.code').innerText();
      await form.getByRole('textbox').fill(kid.slice(0, 8));
    },
  },
  { form: 'Rotate', path: '/admin/keys', opener: 'Rotate', submit: 'Rotate keys', fields: {} },
];

const CASES = formsOf({ username: 'somebody', password: '' }).flatMap(({ form }, at) =>
  (['mouse', 'touch'] as const).map((by) => ({ form, by, at })),
);

describe('the first press of a submit button in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let pages: Console;
  let kandi: Person;
  let page: Page;
  let sent: number;
  let fault: string;
  let fields: object[];

  beforeAll(async () => {
    pages = await startConsole({ REGISTRATION: 'open', ALGORITHM: 'ES256' });
    kandi = await createUser(pages.gatehouse);
  }, 240_000);
  afterAll(() => pages?.close());
  afterEach(() => pages.closeWindows());
  beforeEach(() => {
    sent = 0;
    fault = '';
    fields = [];
  });

  /** The server finds a fault with whatever is sent. */
  async function answer(route: Route): Promise<void> {
    const { query = '' } = (route.request().postDataJSON() ?? {}) as { query?: string };
    if (!/^\s*mutation/.test(query) || query.includes('refresh(')) return route.continue();
    sent += 1;
    const errors = [{ message: fault, extensions: { code: 'BAD_USER_INPUT', fields } }];
    await route.fulfill({ json: { errors, data: null } });
  }

  /** Presses, and looks whether the button stays where it is until it is let go. */
  async function press(button: Locator, by: 'mouse' | 'touch', touch: CDPSession): Promise<void> {
    // Until it is in view, stands still, and nothing is above it.
    await button.click({ trial: true });
    const box = (await button.boundingBox())!;
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    if (by === 'mouse') {
      await page.mouse.move(at.x, at.y);
      await page.mouse.down();
    } else await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
    // As long as a finger rests: whatever the press makes happen has happened.
    await latency(150);
    expect(await button.boundingBox()).toEqual(box);
    if (by === 'mouse') await page.mouse.up();
    else await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }

  test.each(CASES)('counts in the form $form by $by, whatever messages come and go', async ({ by, at }) => {
    const tried = formsOf(kandi)[at]!;
    ({ page } = await pages.open());
    await page.setViewportSize({ width: 1280, height: 1000 });
    const touch = await page.context().newCDPSession(page);
    if (by === 'touch') await touch.send('Emulation.setTouchEmulationEnabled', { enabled: true });
    if (!tried.isForStrangers) await signIn(page, pages.gatehouse.url, pages.gatehouse.admin);
    await page.goto(`${pages.gatehouse.url}${tried.path}`);
    if (tried.opener) await page.getByRole('button', { name: tried.opener }).first().click();
    await page.route('**/graphql', answer);

    const form = page.getByRole('form', { name: tried.form, exact: true });
    const field = (label: string) => form.getByLabel(label, { exact: true });
    const button = form.getByRole('button', { name: tried.submit, exact: true });
    await tried.prepare?.(page);
    for (const [label, text] of Object.entries(tried.fields)) await field(label).fill(text);
    const counted = (times: number) =>
      until(
        async () => sent,
        (now) => now >= times,
      );
    const told = form.locator('.field-fault, [role=alert]').first();

    fault = 'the server finds it bad';
    await press(button, by, touch);
    await counted(1);
    await told.waitFor();
    await press(button, by, touch);
    await counted(2);
    await told.waitFor();
    if (!tried.faulty) return;

    const { label, name } = tried.faulty;
    if (name !== '') fields = [{ field: name, code: 'COMMON' }];
    await press(button, by, touch);
    await counted(3);
    await told.waitFor();
    // It is mended, and the message goes.
    const good = tried.fields[label]!;
    await field(label).click();
    await page.keyboard.press('End');
    await page.keyboard.type('x');
    await press(button, by, touch);
    await counted(4);
    await told.waitFor();

    // It is emptied: the press itself brings the message.
    await field(label).click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('Delete');
    await press(button, by, touch);
    await told.waitFor();
    expect(await field(label).evaluate((input) => (input as unknown as HasValidity).validity.valueMissing)).toBe(true);
    await field(label).click();
    await page.keyboard.type(good);
    await press(button, by, touch);
    await counted(5);
    expect(sent).toBe(5);
  });

  test('clears a search, whose fault is found while the mouse is down', async () => {
    ({ page } = await pages.open(pages.gatehouse.admin));
    await page.goto(`${pages.gatehouse.url}/admin/audit`);
    const clear = page.getByRole('button', { name: 'Clear', exact: true });
    await clear.click({ trial: true });
    const box = (await clear.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.getByRole('searchbox', { name: 'Address' }).fill('nowhere');
    await page.mouse.down();
    // Longer than a search waits for more to be typed.
    await latency(500);
    expect(await clear.boundingBox()).toEqual(box);
    await page.mouse.up();
    await until(
      () => page.getByRole('searchbox', { name: 'Address' }).inputValue(),
      (text) => text === '',
    );
  });
});
