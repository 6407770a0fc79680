import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import type { AuthClient } from '../../packages/client/src/auth_client.ts';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { serveKit } from '../support/kit_page.ts';
import { everythingStored } from '../support/watched_page.ts';

/** The global scope of a page of these tests. */
interface Tab {
  readonly auth: AuthClient;
  readonly changes: string[];
}

/** A page that does nothing but sign in silently, as every page with the kit does. */
const SCRIPT = `
  import { createAuthClient } from 'gatehouse-client';
  globalThis.changes = [];
  globalThis.auth = createAuthClient({ url: location.origin });
  auth.on('change', ({ state, reason }) => changes.push(state + ' ' + reason));
`;

const isRefresh = (request: Request) => request.postData()?.includes('refresh(') ?? false;

describe('the client kit in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let browser: Browser;
  let context: BrowserContext;
  let refreshes: number;

  beforeAll(async () => {
    [gatehouse, browser] = await Promise.all([startInstance(), launchBrowser()]);
    const { accessToken: token } = await gatehouse.client.login('admin', gatehouse.admin.password);
    const other = '{ username: "kandi", email: "kandi@example.com", password: "the password of kandi" }';
    await gatehouse.client.ask(`mutation { createUser(input: ${other}) { id } }`, { token });
  }, 60_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), gatehouse?.close()]);
  });

  beforeEach(async () => {
    context = await browser.newContext();
    refreshes = 0;
    context.on('request', (request) => void (refreshes += isRefresh(request) ? 1 : 0));
    await serveKit(context, gatehouse.url, SCRIPT);
  });
  afterEach(() => context.close());

  async function openTab(): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${gatehouse.url}/kit/`);
    await settle(page);
    return page;
  }
  /** Until the silent refresh has been answered. */
  const settle = async (page: Page) => {
    await page.waitForFunction('globalThis.auth !== undefined');
    return run(page, ({ auth }) => auth.ready);
  };
  const signIn = (page: Page, username: string, password: string) =>
    run(page, ({ auth }, credentials) => auth.login(credentials), { username, password });
  const signInAdmin = (page: Page) => signIn(page, 'admin', gatehouse.admin.password);
  const user = (page: Page) => run(page, ({ auth }) => auth.user?.username);
  const until = (page: Page, expression: string) => page.waitForFunction(expression, undefined, { polling: 50 });
  const ask = (page: Page) => run(page, async ({ auth }) => (await auth.fetch('/users/me')).status);
  /** Holds the next refresh's answer back: answers when it has been made, and what lets it go. */
  async function holdRefresh(): Promise<{ made: Promise<() => Promise<void>> }> {
    let made: (release: () => Promise<void>) => void;
    const promise = new Promise<() => Promise<void>>((resolve) => (made = resolve));
    let caught = false;
    await context.route(`${gatehouse.url}/graphql`, async (route) => {
      if (caught || !isRefresh(route.request())) return route.continue();
      caught = true;
      const response = await route.fetch();
      made(() => route.fulfill({ response }).catch(() => {}));
    });
    return { made: promise };
  }

  it('keeps the session over a reload, and nothing in any storage', async () => {
    const page = await openTab();
    expect(await run(page, ({ auth }) => auth.state)).toBe('signed-out');
    await signInAdmin(page);
    expect(await ask(page)).toBe(200);
    await page.reload();
    expect(await settle(page)).toBe('signed-in');
    expect(await run(page, ({ changes }) => changes)).toEqual(['signed-in restored']);
    expect([await user(page), await ask(page)]).toEqual(['admin', 200]);

    const token = await run(page, ({ auth }) => auth.getAccessToken());
    expect(token).toMatch(/^ey/);
    expect(await everythingStored(page)).toBe('[{},{},""]');
    expect(
      await page.evaluate('indexedDB.databases().then((all) => all.length + Object.keys(history.state ?? {}).length)'),
    ).toBe(0);
    const [cookie] = (await context.cookies()).filter(({ name }) => name.includes('refresh'));
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  });

  it('two tabs that refresh together make one refresh, and a new tab makes none', async () => {
    const [one, two] = [await openTab(), await openTab()];
    await signInAdmin(one);
    await until(two, 'auth.state === "signed-in"');
    refreshes = 0;
    const { made } = await holdRefresh();
    const asked = [one, two].map((page) => run(page, ({ auth }) => auth.getAccessToken({ force: true })));
    const release = await made;
    await until(one, 'navigator.locks.query().then(({ pending }) => pending.length === 1)');
    await release();
    const tokens = await Promise.all(asked);
    expect(new Set(tokens).size).toBe(1);
    expect(refreshes).toBe(1);

    const three = await openTab();
    expect([await user(three), await run(three, ({ auth }) => auth.getAccessToken())]).toEqual(['admin', tokens[0]]);
    expect(refreshes).toBe(1);
  });

  it('signing out in one tab reaches the others, and lasts', async () => {
    const [one, two] = [await openTab(), await openTab()];
    await signInAdmin(one);
    await until(two, 'auth.state === "signed-in"');
    await run(two, ({ auth }) => auth.logout());
    await until(one, 'auth.state === "signed-out"');
    expect(await run(one, ({ changes }) => changes.at(-1))).toBe('signed-out elsewhere');
    expect([await run(one, ({ auth }) => auth.getAccessToken()), await ask(one)]).toEqual([undefined, 401]);
    await one.reload();
    expect(await settle(one)).toBe('signed-out');
  });

  it('signing in as somebody else is so in all tabs, also in one that was refreshing for the former', async () => {
    const [one, two] = [await openTab(), await openTab()];
    await signInAdmin(one);
    await until(two, 'auth.user?.username === "admin"');
    const { made } = await holdRefresh();
    const refreshed = run(two, ({ auth }) => auth.getAccessToken({ force: true }));
    const release = await made;
    const signedIn = signIn(one, 'kandi', 'the password of kandi');
    await release();
    await Promise.all([refreshed, signedIn]);
    await until(two, 'auth.user?.username === "kandi"');
    expect(await run(two, ({ changes }) => changes.at(-1))).toBe('signed-in elsewhere');
    // The cookie is of the same person as the token.
    for (const page of [one, two]) {
      await page.reload();
      await settle(page);
      expect(await user(page)).toBe('kandi');
    }
  });

  it('a refresh in one tab whose answer arrives after a sign-out in another signs no one in', async () => {
    const [one, two] = [await openTab(), await openTab()];
    await signInAdmin(one);
    await until(two, 'auth.state === "signed-in"');
    const { made } = await holdRefresh();
    const refreshed = run(two, ({ auth }) => auth.getAccessToken({ force: true }));
    const release = await made;
    const gone = run(one, ({ auth }) => auth.logout());
    await until(one, 'auth.state === "signed-out"');
    await until(two, 'auth.state === "signed-out"');
    await release();
    expect(await refreshed).toBeUndefined();
    await gone;
    for (const page of [one, two]) {
      expect(await run(page, ({ auth }) => auth.state)).toBe('signed-out');
      await page.reload();
      expect(await settle(page)).toBe('signed-out');
    }
  });

  it('a window that is closed while another tab holds the turn has ended its session all the same', async () => {
    const [one, two] = [await openTab(), await openTab()];
    await signInAdmin(one);
    await until(two, 'auth.state === "signed-in"');
    const token = await run(one, ({ auth }) => auth.getAccessToken());
    const { made } = await holdRefresh();
    const refreshed = run(two, ({ auth }) => auth.getAccessToken({ force: true }));
    const release = await made;
    const sent = one.waitForResponse((response) => response.request().postData()?.includes('logout(') ?? false);
    await run(one, ({ auth }) => void auth.logout());
    await sent;
    await one.close();
    expect((await gatehouse.client.me(token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    await release();
    expect(await refreshed).toBeUndefined();
    // The cookie was left behind, and signs no one in.
    const three = await openTab();
    expect(await run(three, ({ auth }) => auth.state)).toBe('signed-out');
  });

  it('a sign-out that did not reach the server is repeated by the next page before anything else', async () => {
    const page = await openTab();
    await signInAdmin(page);
    const token = await run(page, ({ auth }) => auth.getAccessToken());
    await context.route('**/graphql', (route) => route.abort());
    expect(await run(page, ({ auth }) => auth.logout().catch(({ code }) => code))).toBe('UNREACHABLE');
    expect(await run(page, ({ auth }) => [auth.state, auth.pendingLogout])).toEqual(['signed-out', 'owed']);
    await page.reload();
    expect(await settle(page)).toBe('signed-out');
    expect(await run(page, ({ auth }) => auth.pendingLogout)).toBe('owed');
    expect((await gatehouse.client.me(token)).refusal).toBeUndefined();

    await context.unroute('**/graphql');
    await page.reload();
    expect(await settle(page)).toBe('signed-out');
    expect(await run(page, ({ auth }) => auth.pendingLogout ?? 'none')).toBe('none');
    const cookies = (await context.cookies()).filter(({ name }) => name.includes('refresh'));
    expect(cookies).toEqual([]);
    // The cookie alone told which session it was.
    expect((await gatehouse.client.me(token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    expect(refreshes).toBe(1);
    expect(await page.evaluate('localStorage.length')).toBe(0);
  });

  it('a person who signs in owes no sign-out of the person before', async () => {
    const page = await openTab();
    await signInAdmin(page);
    await context.route('**/graphql', (route) => route.abort());
    await run(page, ({ auth }) => auth.logout().catch(() => {}));
    await context.unroute('**/graphql');
    await signIn(page, 'kandi', 'the password of kandi');
    await page.reload();
    expect([await settle(page), await user(page)]).toEqual(['signed-in', 'kandi']);
  });

  it('refreshes before the token expires, in a hidden page once it is shown', async () => {
    const page = await openTab();
    await page.clock.install();
    await page.reload();
    await signInAdmin(page);
    refreshes = 0;
    const refreshed = () => page.waitForRequest(isRefresh);
    const first = refreshed();
    await page.clock.runFor(29 * 60_000 + 1000);
    await first;
    await page.evaluate(show, 'hidden');
    await page.clock.runFor(40 * 60_000);
    expect(refreshes).toBe(1);
    const second = refreshed();
    await page.evaluate(show, 'visible');
    await page.clock.runFor(1000);
    await second;
    expect(refreshes).toBe(2);
  });
});

/** Runs in the page. */
function run<Result, Argument = undefined>(
  page: Page,
  work: (tab: Tab, argument: Argument) => Result | Promise<Result>,
  argument?: Argument,
): Promise<Result> {
  return page.evaluate(`(${work.toString()})(globalThis, ${JSON.stringify(argument)})`);
}

/** Runs in the page: whether somebody looks at it. */
function show(state: string): void {
  const { document } = globalThis as unknown as { document: EventTarget };
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}
