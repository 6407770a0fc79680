import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type KitSite, startKitSite } from '../support/kit_page.ts';

/** Signs in as a page does, and says what came of it; twice at once, as by two clicks. */
const script = (url: string, password: string, options = '') => `
  import { createAuthClient } from 'gatehouse-client';
  const auth = createAuthClient({ url: '${url}', ${options} });
  await auth.ready;
  const login = () => auth.login({ username: 'admin', password: '${password}' }).catch((error) => error);
  const [error] = await Promise.all([login(), login()]);
  const kept = JSON.stringify({ ...localStorage }).match(/device/g)?.length;
  globalThis.came = { state: auth.state, code: error?.code, message: error?.message, devices: kept };
`;

interface Came {
  readonly state: string;
  readonly code?: string;
  readonly message?: string;
  /** The device tokens that a storage has. */
  readonly devices?: number;
}

describe('a page of another origin in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let browser: Browser;
  let site: KitSite;
  beforeAll(async () => {
    site = await startKitSite();
    const CORS_ORIGINS = `http://localhost:${site.port},http://127.0.0.1:${site.port}`;
    [gatehouse, browser] = await Promise.all([startInstance({ env: { CORS_ORIGINS } }), launchBrowser()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), gatehouse?.close(), site?.close()]);
  });

  async function signIn(host: string, options?: string): Promise<{ came: Came; afterReload: Came }> {
    const origin = `http://${host}:${site.port}`;
    const page = await browser.newPage();
    site.script = script(gatehouse.url, gatehouse.admin.password, options);
    const come = async () => {
      await page.waitForFunction('globalThis.came');
      return page.evaluate<Came>('globalThis.came');
    };
    await page.goto(`${origin}/kit/`);
    const came = await come();
    site.script = site.script.replace(/const \[error\].*/, 'let error;');
    await page.reload();
    const afterReload = await come();
    await page.close();
    return { came, afterReload };
  }
  const sessions = async () => {
    const { accessToken: token } = await gatehouse.client.login('admin', gatehouse.admin.password);
    const { data } = await gatehouse.client.ask('{ me { sessions { id } } }', { token });
    await gatehouse.client.ask('mutation { logoutEverywhere }', { token });
    return (data as { me: { sessions: unknown[] } }).me.sessions.length - 1;
  };

  it('is refused a sign-in at once whose cookie is not kept, and leaves no session behind', async () => {
    const { came, afterReload } = await signIn('localhost');
    expect(came).toMatchObject({ state: 'signed-out', code: 'COOKIE_NOT_KEPT' });
    expect(came.message).toMatch(/cookie.*localhost and 127\.0\.0\.1/);
    expect([afterReload.state, await sessions()]).toEqual(['signed-out', 0]);
  });

  it('signs in where the cookie is kept: two clicks make one session, which outlasts a reload', async () => {
    const { came, afterReload } = await signIn('127.0.0.1');
    expect([came, afterReload]).toEqual([{ state: 'signed-in' }, { state: 'signed-in' }]);
    expect(await sessions()).toBe(1);
  });

  it('signs in without a cookie where it keeps its tokens itself, with its device', async () => {
    const { came, afterReload } = await signIn('localhost', 'storage: localStorage');
    const signedIn = { state: 'signed-in', devices: 1 };
    expect([came, afterReload]).toEqual([signedIn, signedIn]);
  });
});
