import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { createBrowserOf, exchange, pkce, registerClient, type Registered } from '../support/oauth_client.ts';
import { findFlaws, overflow } from '../support/watched_page.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { holdBuild } from '../support/server_process.ts';

describe('signing in to an app in Chromium without scripts', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let browser: Browser;
  let site: ClientSite;
  let elsewhere: ClientSite;
  let app: Registered;
  let kandi: Person;
  let context: BrowserContext;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    // The style comes from the build.
    await holdBuild();
    [gatehouse, browser, site, elsewhere] = await Promise.all([
      startInstance(),
      launchBrowser(),
      startClientSite(),
      startClientSite(),
    ]);
    app = await registerClient(gatehouse, { name: 'Reports & <b>more</b>', redirectUris: [`${site.url}/callback`] });
    kandi = await createUser(gatehouse);
  }, 240_000);
  afterAll(async () => {
    site?.close();
    elsewhere?.close();
    await Promise.all([browser?.close(), gatehouse?.close()]);
  });

  beforeEach(async () => {
    context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
    page = await context.newPage();
    faults = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  });
  afterEach(() => context.close());

  const addressOf = (by: Registered, challenge: string) => {
    const query = new URLSearchParams(createBrowserOf(gatehouse).parametersOf(by, challenge));
    return `${gatehouse.url}/authorize?${query.toString()}`;
  };
  /** From the app's own page, as people come: a browser tells another site's page from ours by that. */
  async function arrive(by: Registered = app): Promise<string> {
    const { verifier, challenge } = pkce();
    site.link = addressOf(by, challenge);
    await page.goto(site.url);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    return verifier;
  }
  async function fill(password = kandi.password): Promise<void> {
    await page.getByLabel('Username').fill(kandi.username);
    await page.getByLabel('Password').fill(password);
  }
  const press = (name: 'Sign in' | 'Cancel' | 'Allow' | 'Deny') =>
    page.getByRole('button', { name, exact: true }).click();
  async function signIn(): Promise<void> {
    await fill();
    await press('Sign in');
    await page.getByRole('heading', { name: 'asks for access' }).waitFor();
  }
  /** The response that the app was sent. */
  async function sent(to: ClientSite = site): Promise<Record<string, string>> {
    await page.waitForURL(`${to.url}/**`);
    const { searchParams } = new URL(
      site.requests.findLast((path) => path.startsWith('/callback'))!,
      site.url,
    );
    noteSecrets(searchParams.get('code'));
    return Object.fromEntries(searchParams);
  }

  test('a person who allows it comes back with a code, which becomes tokens', async () => {
    const verifier = await arrive();
    expect(await page.getByRole('heading').textContent()).toBe('Sign in to Reports & <b>more</b>');
    expect(await page.title()).toBe('Sign in to Reports & <b>more</b> · Gatehouse');
    expect(await page.getByRole('main').textContent()).not.toContain('Your account:');
    await signIn();
    expect(await page.title()).toBe('Reports & <b>more</b> asks for access · Gatehouse');
    const text = await page.getByRole('main').textContent();
    for (const part of ['Your account:', new URL(site.url).host, `Signed in as ${kandi.username}.`])
      expect(text).toContain(part);
    expect(await page.getByRole('textbox').count()).toBe(0);

    await press('Allow');
    const answer = await sent();
    expect(answer).toEqual({ code: expect.any(String), state: 'the state', iss: gatehouse.url });
    expect(await page.textContent('body')).toContain('Welcome back');
    const tokens = await exchange(gatehouse, app, { code: answer['code']!, verifier });
    expect((await gatehouse.client.me(tokens.body.access_token)).data?.me.username).toBe(kandi.username);
    // No referrer is sent: neither the person's previous address, nor the code in ours to the next page of the app.
    expect(site.referrers.filter((referrer) => referrer?.includes('authorize'))).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('the Enter key signs in, and agrees to nothing', async () => {
    await arrive();
    await fill();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    const before = site.requests.length;
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('BODY');
    expect(site.requests).toHaveLength(before);
  });

  test('a reload asks again without a password, and another person can sign in', async () => {
    await arrive();
    await signIn();
    await page.reload();
    await page.getByText(`Signed in as ${kandi.username}.`).waitFor();
    await page.getByRole('button', { name: 'Not you?' }).click();
    await page.getByLabel('Username').waitFor();
    await signIn();
    await press('Allow');
    expect(await sent()).toMatchObject({ code: expect.any(String) });
  });

  // Threat: a page has a click of the person's land on Allow, which it has brought up in the moment before.
  test('a link of another site begins at the sign-in, also for a person who has signed in', async () => {
    await arrive();
    const asked = page.url();
    await signIn();
    site.link = asked;
    await page.goto(site.url);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Password').waitFor();
  });

  test('a person who denies it comes back without, and needs no password for that', async () => {
    const denied = {
      error: 'access_denied',
      error_description: expect.any(String),
      state: 'the state',
      iss: gatehouse.url,
    };
    await arrive();
    await press('Cancel');
    expect(await sent()).toEqual(denied);
    await arrive();
    await signIn();
    await press('Deny');
    expect(await sent()).toEqual(denied);
    expect(faults).toEqual([]);
  });

  test('a wrong password says so, keeps the name alone, and can be tried again', async () => {
    await arrive();
    await fill('not the password');
    await press('Sign in');
    expect(await page.getByRole('alert').textContent()).toBe('Incorrect username or password');
    expect(await page.getByLabel('Username').inputValue()).toBe(kandi.username);
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    // The cursor stands where the next try begins.
    await page.keyboard.type(kandi.password);
    await page.keyboard.press('Enter');
    await press('Allow');
    expect(await sent()).toMatchObject({ code: expect.any(String) });
  });

  test('going back begins anew: no page of before was kept', async () => {
    await arrive();
    const before = await page.locator('[name=transaction]').inputValue();
    await signIn();
    await press('Allow');
    await sent();
    await page.goBack();
    expect(await page.locator('[name=transaction]').inputValue()).not.toBe(before);
    expect(await page.getByLabel('Password').inputValue()).toBe('');
  });

  test('two tabs do not disturb each other', async () => {
    await arrive();
    const first = page;
    page = await context.newPage();
    await arrive();
    await signIn();
    await press('Allow');
    expect(await sent()).toMatchObject({ code: expect.any(String) });
    page = first;
    await signIn();
    await press('Allow');
    expect(await sent()).toMatchObject({ code: expect.any(String) });
  });

  test('an app that sends people on to another of its hosts can', async () => {
    site.next = `${elsewhere.url}/home`;
    try {
      await arrive();
      await signIn();
      await press('Allow');
      expect(await sent(elsewhere)).toMatchObject({ code: expect.any(String) });
      expect(page.url()).toBe(`${elsewhere.url}/home`);
      expect(faults).toEqual([]);
    } finally {
      site.next = undefined;
    }
  });

  test('no other site can show it in a frame', async () => {
    site.frame = addressOf(app, pkce().challenge);
    const refused = page.waitForEvent('console', {
      predicate: (message) => /frame-ancestors|X-Frame-Options/i.test(message.text()),
    });
    await page.goto(`${site.url}/frame`);
    await refused;
    const [, framed] = page.frames();
    expect(framed!.url()).not.toContain('/authorize');
    expect(await framed!.getByRole('button').count()).toBe(0);
  });

  test('no other site can send its form', async () => {
    await arrive();
    const fields = await page
      .locator('input[type=hidden]')
      .evaluateAll((inputs) =>
        inputs.map((input) => [input.getAttribute('name'), input.getAttribute('value')] as [string, string]),
      );
    site.form = {
      action: `${gatehouse.url}/authorize`,
      fields: { ...Object.fromEntries(fields), ...kandi, decision: 'sign-in' },
    };
    await page.goto(`${site.url}/form`);
    await page.getByRole('button').click();
    expect(await page.getByRole('alert').textContent()).toBe('Origin not allowed');
    expect(page.url()).toBe(`${gatehouse.url}/authorize`);
  });

  async function expectGoodLook(colorScheme: 'light' | 'dark', buttons: string[], name: string): Promise<void> {
    const styleOf = (selector: string, property: string) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).${property}`);
    expect(await overflow(page)).toBe(0);
    const [red] = /\d+/.exec(await styleOf('html', 'backgroundColor'))!;
    expect(Number(red) < 128 ? 'dark' : 'light').toBe(colorScheme);
    for (const button of buttons) {
      const { height } = (await page.getByRole('button', { name: button, exact: true }).boundingBox())!;
      // WCAG 2.2 section 2.5.8 asks for 24, fingers for more.
      expect(height).toBeGreaterThanOrEqual(40);
    }
    // The console's colours, mark and focus ring.
    const accent = colorScheme === 'light' ? 'rgb(184, 4, 123)' : 'rgb(255, 124, 201)';
    expect(await page.getByRole('banner').textContent()).toContain('Gatehouse');
    expect(await styleOf('.brand svg', 'fill')).toBe(accent);
    expect(await styleOf('.button.primary', 'backgroundColor')).toBe(accent);
    await page.locator('.button.primary').focus();
    expect(await styleOf('.button.primary', 'outlineColor')).toBe(accent);
    if (process.env['SCREENSHOTS'])
      await page.screenshot({ path: `${process.env['SCREENSHOTS']}/${name}-${colorScheme}.png`, fullPage: true });
  }

  test('neither page has barriers', async () => {
    // axe needs scripts.
    const withScripts = await browser.newContext();
    page = await withScripts.newPage();
    try {
      await arrive();
      expect(await findFlaws(page)).toEqual([]);
      await signIn();
      expect(await findFlaws(page)).toEqual([]);
    } finally {
      await withScripts.close();
    }
  });

  test.each(['light', 'dark'] as const)(
    'it fits a phone, and is %s where the person likes it so',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await arrive();
      await fill('not the password');
      await press('Sign in');
      await page.getByRole('alert').waitFor();
      await expectGoodLook(colorScheme, ['Sign in', 'Cancel'], 'sign-in');
      await signIn();
      await expectGoodLook(colorScheme, ['Allow', 'Deny', 'Not you?'], 'consent');
    },
  );
});

/** An app's own site, on `localhost`: to a browser another site than 127.0.0.1. */
interface ClientSite {
  readonly url: string;
  readonly requests: string[];
  readonly referrers: (string | undefined)[];
  /** Where its link leads, and its frame and form. */
  link: string;
  frame: string;
  form: { action: string; fields: Record<string, string> };
  /** Where its callback sends people on to; undefined: it welcomes them. */
  next: string | undefined;
  close(): void;
}

async function startClientSite(): Promise<ClientSite> {
  const server: Server = createServer((request: IncomingMessage, response) => {
    site.requests.push(request.url!);
    site.referrers.push(request.headers.referer);
    if (request.url!.startsWith('/callback') && site.next !== undefined) {
      return void response.writeHead(302, { location: site.next }).end();
    }
    const page = `<!doctype html><title>An app</title>${bodyOf(request.url!)}`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(page);
  });
  const bodyOf = (path: string) => {
    if (path.startsWith('/callback') || path === '/home') return '<p>Welcome back</p>';
    if (path === '/frame') return `<iframe src="${escape(site.frame)}"></iframe>`;
    if (path !== '/form') return `<a href="${escape(site.link)}">Sign in</a>`;
    const inputs = Object.entries(site.form.fields).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${escape(value)}">`,
    );
    return `<form method="post" action="${site.form.action}">${inputs.join('')}<button>Win</button></form>`;
  };
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const site: ClientSite = {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    requests: [],
    referrers: [],
    link: '',
    frame: '',
    form: { action: '', fields: {} },
    next: undefined,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return site;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}
