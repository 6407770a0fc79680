import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { type Instance, startInstance } from './instance.ts';
import { noteSecrets } from './log_file.ts';
import { type Watched, watchPage } from './watched_page.ts';
import type { Person } from './accounts.ts';
import { holdBuild } from './server_process.ts';

/** A server and a browser for the pages of the console. */
export interface Console {
  readonly gatehouse: Instance;
  /** The address that the windows use. */
  readonly url: string;
  /** Opens a window on a separate device. With a person, it is signed in and at the profile. */
  open(person?: Person): Promise<Watched>;
  /** Closes the windows of `open`. */
  closeWindows(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a server with the pages of the build. Call it in a `beforeAll` with a long timeout.
 * @param host `localhost` for passkeys, which browsers do not have for IP addresses
 */
export async function startConsole(
  env: Readonly<Record<string, string>> = {},
  host: '127.0.0.1' | 'localhost' = '127.0.0.1',
): Promise<Console> {
  await holdBuild();
  const [gatehouse, browser]: [Instance, Browser] = await Promise.all([startInstance({ env }), launchBrowser()]);
  const contexts: BrowserContext[] = [];
  const url = gatehouse.url.replace('127.0.0.1', host);
  return {
    gatehouse,
    url,
    async open(person) {
      const context = await browser.newContext();
      contexts.push(context);
      context.setDefaultTimeout(20_000);
      const watched = await watchPage(context, url);
      if (person) await signIn(watched.page, url, person);
      return watched;
    },
    async closeWindows() {
      await Promise.all(contexts.splice(0).map((context) => context.close()));
    },
    async close() {
      await Promise.all([browser.close(), gatehouse.close()]);
    },
  };
}

/** Locates the page's title with this text. */
export const titled = (page: Page, name: string): Locator => page.getByRole('heading', { level: 1, name, exact: true });

/** Fills in the sign-in form and sends it. */
export async function fillSignIn(page: Page, { username, password }: Person): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Requests the refresh token as a cookie that no script can read, as the sign-in page does. */
const SIGN_IN = `mutation ($username: String!, $password: String!) {
  login(username: $username, password: $password, delivery: COOKIE) { accessToken }
}`;

/** Signs in without the form, and goes to the profile. */
export async function signIn(page: Page, url: string, { username, password }: Person): Promise<void> {
  noteSecrets(password);
  const answer = await page.request.post(`${url}/graphql`, {
    headers: { origin: url },
    data: { query: SIGN_IN, variables: { username, password } },
  });
  const { data } = (await answer.json()) as { data?: { login: { accessToken: string } } };
  if (!data) throw new Error(`login of ${username}: ${await answer.text()}`);
  noteSecrets(data.login.accessToken);
  await page.goto(`${url}/account`);
  await titled(page, 'Profile').waitFor();
}

/** Signs out through the menu. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /: account menu$/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await titled(page, 'Sign in').waitFor();
}

/** Simulates the return of a user to the window. */
export async function lookAt(page: Page): Promise<void> {
  await page.evaluate(`dispatchEvent(new Event('focus'))`);
}
