import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { AVAILABLE_STORES, type Instance, startInstance } from '../../support/instance.ts';
import {
  type Answer,
  type BrowserOf,
  CALLBACK,
  type ConsentPage,
  createBrowserOf,
  pkce,
  type Registered,
  registerClient,
} from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

describe('the sign-in and consent page', () => {
  let now = Date.now();
  let gatehouse: Instance;
  let browser: BrowserOf;
  let app: Registered;
  let kandi: Person;
  let page: ConsentPage;
  beforeAll(async () => {
    gatehouse = await startInstance({
      clock: () => now,
      env: { LOGIN_LIMIT_PER_IP: '10000', LOGIN_LIMIT_PER_ACCOUNT: '3' },
    });
    browser = createBrowserOf(gatehouse);
    app = await registerClient(gatehouse);
    kandi = await createUser(gatehouse);
  });
  afterAll(() => gatehouse.close());
  beforeEach(async () => {
    page = await browser.open(browser.parametersOf(app, pkce().challenge));
  });

  const allow = (
    shown: Pick<ConsentPage, 'transaction' | 'csrf' | 'cookie'> = page,
    headers: Record<string, string | undefined> = {},
  ) => browser.submit(shown, { ...kandi }, headers);
  /** Expects a page of this server that redirects nowhere. */
  function expectProblem({ status, html, location }: Answer, expected: number, problem: string | RegExp): void {
    expect({ status, location }).toEqual({ status: expected, location: null });
    expect(/role="alert">([^<]*)</.exec(html)?.[1]).toMatch(problem);
    expect(html).not.toContain('<form');
  }
  const OVER = /^This sign-in is over/;

  it('cannot be framed, cached or scripted, and loads nothing', async () => {
    const policy = page.headers.get('content-security-policy')!.split('; ');
    expect(policy).toEqual([
      "default-src 'none'",
      expect.stringMatching(/^style-src 'sha256-[\w+/]{43}='$/),
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
    // The policy allows only this style: with one more blank the page would have none.
    const style = /<style>([^]*?)<\/style>/.exec(page.html)![1]!;
    expect(policy[1]).toContain(createHash('sha256').update(style).digest('base64'));
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.html).not.toMatch(/<script|<img|<link|https?:|\son\w+=/);
  });

  it('takes a name with the blank that a phone puts behind it', async () => {
    const { sent } = await browser.submit(page, { ...kandi, username: `${kandi.username} ` });
    expect(sent!.has('code')).toBe(true);
  });

  it('ties its form to the browser by a cookie that no script reads, and that comes from other sites', () => {
    const [pair, ...attributes] = page.headers.getSetCookie()[0]!.split('; ');
    expect(pair).toMatch(/^gatehouse_interaction_\d+=[\w-]{43}$/);
    expect(attributes.filter((attribute) => !attribute.startsWith('Expires='))).toEqual([
      'Max-Age=600',
      'Path=/',
      'HttpOnly',
      'SameSite=Lax',
    ]);
  });

  if (AVAILABLE_STORES !== 'embedded') {
    it('costs the store nothing, however often strangers ask for it', async () => {
      const redis = new Redis(gatehouse.env['REDIS_URL']!);
      try {
        // Ignores the leases of the server's timers.
        const kept = async () => (await redis.keys('*')).filter((key) => !key.includes('lease:')).toSorted();
        const before = await kept();
        for (let time = 0; time < 20; time += 1) await browser.open(browser.parametersOf(app, pkce().challenge));
        expect(await kept()).toEqual(before);
      } finally {
        redis.disconnect();
      }
    });
  }

  it.each([
    ['https://app.example:8443/callback', 'app.example:8443'],
    ['http://127.0.0.1:49152/callback', '127.0.0.1:49152'],
    ['com.example.app:/callback', 'the app com.example.app'],
  ])('says where it goes on to: %s', async (redirectUri, place) => {
    const native = await registerClient(gatehouse, { public: true, redirectUris: [redirectUri] });
    const { html } = await browser.open(browser.parametersOf(native, pkce().challenge));
    expect(html).toContain(`Next, you will go to ${place}.<`);
  });

  it('does not say what a name is that it was sent as', async () => {
    const names = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "'; --", '${7*7}', '&lt;b&gt;'];
    for (const name of names) {
      const hostile = await registerClient(gatehouse, { name, scopes: ['account', '<b>bold</b>', "'onclick='"] });
      const shown = await browser.open(browser.parametersOf(hostile, pkce().challenge));
      const { html } = await browser.submit(shown, { username: name, password: 'not the password' });
      for (const text of [shown.html, html]) expect(text).not.toMatch(/<script|<img|<b>|\sonclick=|\sonerror=[^&]*>/);
      expect(html).toContain('role="alert"');
    }
  });

  describe('takes its form', () => {
    it('once: a second click, or a second tab with the same form, gives no second code', async () => {
      const { page: consent } = await browser.signIn(page, kandi);
      const yes = () => browser.send(consent!, { decision: 'allow' });
      const answers = await Promise.all([yes(), yes(), yes()]);
      expect(answers.filter(({ sent }) => sent?.has('code'))).toHaveLength(1);
      for (const answer of answers.filter(({ sent }) => !sent)) expectProblem(answer, 400, OVER);
      expectProblem(await yes(), 400, OVER);
      expectProblem(await allow(), 400, OVER);
      expectProblem(await browser.send(page, { decision: 'deny' }), 400, OVER);
    });

    it('not again after a no', async () => {
      expect((await browser.send(page, { decision: 'deny' })).sent!.get('error')).toBe('access_denied');
      expectProblem(await allow(), 400, OVER);
    });

    it('within ten minutes', async () => {
      now += 599_000;
      expect((await allow()).sent!.has('code')).toBe(true);
      const late = await browser.open(browser.parametersOf(app, pkce().challenge));
      now += 600_000;
      expectProblem(await allow(late), 400, OVER);
    });

    it.each<[string, (own: string) => string | undefined]>([
      ['another site', () => 'https://evil.example'],
      ["the client's site", () => new URL(CALLBACK).origin],
      ['a sandboxed frame', () => 'null'],
      ['nowhere', () => undefined],
      ['what begins as ours', (own) => `${own}.evil.example`],
      ['ours and another', (own) => `${own}, https://evil.example`],
    ])('not from %s, and it still works from its own', async (_title, origin) => {
      expectProblem(await allow(page, { origin: origin(gatehouse.url) }), 403, 'Origin not allowed');
      expect((await allow()).sent!.has('code')).toBe(true);
    });

    it.each<[string, () => Promise<Partial<ConsentPage>>]>([
      ['in a browser without the cookie', async () => ({ cookie: '' })],
      ['in another browser', async () => ({ cookie: (await another()).cookie })],
      [
        'with two cookies, of which one was planted',
        async () => ({ cookie: `${page.cookie}; ${(await another()).cookie}` }),
      ],
      ['with the token of another page', async () => ({ csrf: (await another()).csrf })],
      ['with the token of another page of the same browser', async () => ({ csrf: (await another(page.cookie)).csrf })],
      ['with no token', async () => ({ csrf: 'A' })],
      ['with a token of zeros', async () => ({ csrf: 'A'.repeat(43) })],
      ["with another page's transaction", async () => ({ transaction: (await another()).transaction })],
      ['with a transaction that nobody began', async () => ({ transaction: 'A'.repeat(22) })],
      ['with a transaction of another shape', async () => ({ transaction: '../../etc' })],
      [
        'with a transaction that leads elsewhere',
        async () => ({ transaction: rewritten({ redirectUri: 'https://evil.example' }) }),
      ],
      ['with a transaction for more', async () => ({ transaction: rewritten({ scope: 'account users:write' }) })],
      [
        "with a transaction of an attacker's challenge",
        async () => ({ transaction: rewritten({ challenge: pkce().challenge }) }),
      ],
    ])('not %s, and it still works as it was', async (_title, change) => {
      expectProblem(await allow({ ...page, ...(await change()) }), 400, OVER);
      expect((await allow()).sent!.has('code')).toBe(true);
    });
    /** Returns the fields of the page's form with some of them replaced. */
    function rewritten(change: Record<string, string>): string {
      const waiting = JSON.parse(Buffer.from(page.transaction, 'base64url').toString()) as { request: object };
      expect(Object.keys(waiting.request)).toEqual(expect.arrayContaining(Object.keys(change)));
      const text = JSON.stringify({ ...waiting, request: { ...waiting.request, ...change } });
      return Buffer.from(text).toString('base64url');
    }
    const another = (cookie?: string) => browser.open(browser.parametersOf(app, pkce().challenge), cookie);

    it('from each tab of a browser', async () => {
      const second = await another(page.cookie);
      expect(second.cookie).toBe(page.cookie);
      for (const shown of [second, page]) expect((await allow(shown)).sent!.has('code')).toBe(true);
    });

    it.each(['', 'Allow', 'allowed', 'yes'])('not with a decision of %j', async (decision) => {
      expectProblem(await browser.send(page, { ...kandi, decision }), 400, /decision/);
      expect((await allow()).sent!.has('code')).toBe(true);
    });

    it('not with two of anything, nor from the URL', async () => {
      const fields = { transaction: page.transaction, csrf: page.csrf, decision: 'sign-in', ...kandi };
      const text = new URLSearchParams(fields).toString();
      const post = (path: string, body: string) =>
        fetch(`${gatehouse.url}${path}`, {
          method: 'POST',
          redirect: 'manual',
          headers: { 'content-type': 'application/x-www-form-urlencoded', origin: gatehouse.url, cookie: page.cookie },
          body,
        });
      expect((await post('/authorize', `${text}&decision=deny`)).status).toBe(400);
      expect((await post(`/authorize?${text}`, text)).status).toBe(400);
      expect((await post(`/authorize?password=x`, text)).status).toBe(400);
      expect((await post('/authorize', text)).status).toBe(303);
    });

    it('without the consent of a signed-in user', async () => {
      for (const fields of [{}, { ...kandi }]) {
        const { status, html, sent } = await browser.send(page, { decision: 'allow', ...fields });
        expect({ status, sent }).toEqual({ status: 400, sent: undefined });
        expect(html).toContain('role="alert">Sign in first<');
      }
    });
  });

  describe('asks the user only after the sign-in', () => {
    it('with the request and the username: the password is sent once, and is in no page', async () => {
      for (const word of ['Allow', 'Your account:', kandi.username]) expect(page.html).not.toContain(word);
      const { answer, page: consent } = await browser.signIn(page, kandi);
      expect({ status: answer.status, body: answer.html }).toEqual({ status: 303, body: '' });
      for (const word of ['Allow', 'Your account:', `Signed in as <strong>${kandi.username}</strong>`])
        expect(consent!.html).toContain(word);
      for (const text of [consent!.html, answer.location]) expect(text).not.toContain(kandi.password);
      expect(consent!.html).not.toContain('name="password"');
      expect(consent!.transaction).not.toBe(page.transaction);
      expect(consent!.headers.get('content-security-policy')).toBe(page.headers.get('content-security-policy'));
      expect(consent!.headers.get('cache-control')).toBe('no-store');
    });

    it('keeps a long state', async () => {
      const parameters = browser.parametersOf(app, pkce().challenge, { state: '€'.repeat(666) });
      const { sent } = await browser.submit(await browser.open(parameters), kandi);
      expect(sent!.get('state')).toBe(parameters.state);
    });

    it('in ten minutes from the first page, once', async () => {
      const { page: consent } = await browser.signIn(page, kandi);
      now += 600_000;
      expectProblem(await browser.send(consent!, { decision: 'allow' }), 400, OVER);
    });

    it('once, though two signed in from the same page', async () => {
      const consents = [await browser.signIn(page, kandi), await browser.signIn(page, kandi)];
      const answers = [];
      for (const { page: consent } of consents) answers.push(await browser.send(consent!, { decision: 'allow' }));
      expect(answers.map(({ sent }) => sent?.has('code'))).toEqual([true, undefined]);
    });

    it('or takes a no', async () => {
      const { page: consent } = await browser.signIn(page, kandi);
      const { sent } = await browser.send(consent!, { decision: 'deny' });
      expect(sent!.get('error')).toBe('access_denied');
      expectProblem(await browser.send(consent!, { decision: 'allow' }), 400, OVER);
    });

    it('or lets somebody else sign in', async () => {
      const { page: consent } = await browser.signIn(page, kandi);
      const left = await browser.send(consent!, { decision: 'leave' });
      expect(left.status).toBe(303);
      expect(left.headers.getSetCookie().join()).toMatch(/gatehouse_signed_in_\d+=; .*Expires=Thu, 01 Jan 1970/);
      expect((await browser.visit(left.location!.split('?')[1]!, consent!.cookie)).html).toContain('name="password"');
    });

    it.each<[string, (person: Person) => string]>([
      ['the account was disabled', ({ username }) => `setUserDisabled(username: "${username}", disabled: true) { id }`],
      ['the account was deleted', ({ username }) => `deleteUser(username: "${username}")`],
      [
        'the password was changed',
        ({ username }) => `setUserPassword(username: "${username}", newPassword: "another plain-violet-otter") { id }`,
      ],
    ])('but not where meanwhile %s', async (_title, change) => {
      const person = await createUser(gatehouse);
      const { page: consent } = await browser.signIn(page, person);
      const token = await adminToken(gatehouse);
      expect((await gatehouse.client.ask(`mutation { ${change(person)} }`, { token })).errors).toBeUndefined();
      expectProblem(await browser.send(consent!, { decision: 'allow' }), 400, OVER);
    });

    // Threat: a sign-in for one app is used for another app, for more scopes, or by another browser.
    describe('and keeps the sign-in for', () => {
      const keptOf = ({ headers }: Answer) =>
        headers
          .getSetCookie()
          .find((set) => set.startsWith('gatehouse_signed_in'))!
          .split(';')[0]!;
      const askedBy = (html: string) => (html.includes('name="password"') ? 'sign-in' : 'consent');
      let parameters: Record<string, string>;
      let kept: string;
      beforeEach(async () => {
        parameters = browser.parametersOf(app, pkce().challenge);
        page = await browser.open(parameters);
        kept = keptOf((await browser.signIn(page, kandi)).answer);
      });
      const again = async (change: Record<string, string> = {}, cookie = `${page.cookie}; ${kept}`) =>
        askedBy((await browser.visit({ ...parameters, ...change }, cookie)).html);

      it('the same request in the same browser, until it is answered', async () => {
        expect(await again()).toBe('consent');
        const { page: consent } = await browser.signIn(page, kandi);
        await browser.send(consent!, { decision: 'allow' });
        expect(await again()).toBe('sign-in');
      });

      it('no request that asks for something else', async () => {
        const other = await registerClient(gatehouse);
        const changes = [
          { client_id: other.id },
          { state: 'another' },
          { scope: 'account' },
          { code_challenge: pkce().challenge },
        ];
        for (const change of changes) expect([change, await again(change)]).toEqual([change, 'sign-in']);
      });

      it('no other browser, and nothing that was made up', async () => {
        const stranger = await browser.open(parameters);
        const [, text, tag] = /=(.*)\.(.*)$/.exec(kept)!;
        const name = kept.split('=')[0]!;
        const forged = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(text!, 'base64url').toString()), x: 1 }));
        for (const cookie of [
          `${stranger.cookie}; ${kept}`,
          kept,
          `${page.cookie}; ${name}=${forged.toString('base64url')}.${tag!}`,
          `${page.cookie}; ${name}=${page.transaction}.${page.csrf}`,
          `${page.cookie}; ${name}=`,
          `${page.cookie}; ${name}=x`,
          `${page.cookie}; ${kept}; ${name}=x`,
        ])
          expect([cookie, await again({}, cookie)]).toEqual([cookie, 'sign-in']);
      });

      it('no form', async () => {
        const [, text, tag] = /=(.*)\.(.*)$/.exec(kept)!;
        const fields = { ...page, transaction: text!, csrf: tag! };
        expectProblem(await browser.send(fields, { decision: 'allow' }), 400, OVER);
      });
    });
  });

  describe('asks again', () => {
    it('where the name or the password is missing', async () => {
      const { status, html } = await browser.send(page, { decision: 'sign-in', username: kandi.username });
      expect({ status, alert: /role="alert">([^<]*)</.exec(html)?.[1] }).toEqual({
        status: 400,
        alert: 'Enter your username and your password',
      });
      expect(html).toContain(`value="${kandi.username}"`);
      expect((await allow()).sent!.has('code')).toBe(true);
    });

    it('after a wrong password, which it does not show, and closes every door after too many', async () => {
      const person = await createUser(gatehouse);
      const guess = { username: person.username, password: 'not the password <b>' };
      for (let time = 0; time < 3; time += 1) {
        const { status, html } = await browser.submit(page, guess);
        expect(status).toBe(400);
        expect(html).toContain('Incorrect username or password');
        expect(html).not.toContain('not the password');
      }
      const { status, headers, html, sent } = await browser.submit(page, { ...person });
      expect({ status, sent }).toEqual({ status: 429, sent: undefined });
      expect(html).toContain(`wait ${headers.get('retry-after')} seconds`);
      expect(await gatehouse.client.tryLogin(person.username, person.password)).toMatchObject({
        refusal: 'RATE_LIMITED',
      });
    });

    it('alike for unknown, wrong and disabled', async () => {
      const disabled = await createUser(gatehouse);
      await gatehouse.client.ask(
        `mutation { setUserDisabled(username: "${disabled.username}", disabled: true) { id } }`,
        {
          token: await adminToken(gatehouse),
        },
      );
      const answers = [
        await browser.submit(page, { ...disabled }),
        await browser.submit(page, { username: 'nobody', password: 'not the password' }),
        await browser.submit(page, { username: kandi.username, password: 'not the password' }),
      ];
      const comparable = answers.map(({ status, html }) => ({ status, html: html.replace(/value="[^"]*"/, '') }));
      const names = [disabled.username, 'nobody', kandi.username];
      const shown = comparable.map(({ status, html }, at) => ({ status, html: html.replaceAll(names[at]!, '') }));
      expect(shown[1]).toEqual(shown[0]);
      expect(shown[2]).toEqual(shown[0]);
    });
  });

  // RFC 6749, section 10.15: phishers use an open redirector to hide behind our name.
  describe('sends a browser nowhere', () => {
    it.each<[string, (good: Record<string, string>) => Record<string, string> | string]>([
      ['without a client', ({ client_id: _, ...rest }) => rest],
      ['for an unknown client', (good) => ({ ...good, client_id: 'nobody' })],
      ['for a client of every object', (good) => ({ ...good, client_id: '__proto__' })],
      ['to another site', (good) => ({ ...good, redirect_uri: 'https://evil.example/callback' })],
      ['to another site, by name of ours', (good) => ({ ...good, redirect_uri: `${CALLBACK}@evil.example` })],
      ['to a path beyond', (good) => ({ ...good, redirect_uri: `${CALLBACK}/../evil` })],
      ['to a script', (good) => ({ ...good, redirect_uri: 'javascript:alert(1)' })],
      ['to a place of two', (good) => `${text(good)}&redirect_uri=https%3A%2F%2Fevil.example`],
      ['with a client of two', (good) => `${text(good)}&client_id=nobody`],
      ['with a state of two', (good) => `${text(good)}&state=x`],
      ['with a broken escape', (good) => `${text(good)}&x=%zz`],
      ['with half a character', (good) => `${text(good)}&x=%ED%A0%80`],
    ])('%s', async (_title, change) => {
      const answer = await browser.visit(change(browser.parametersOf(app, pkce().challenge)));
      expectProblem(answer, 400, /./);
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(answer.headers.getSetCookie()).toEqual([]);
    });
    const text = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString();

    it('but where it is registered, with what is wrong, its state and the issuer', async () => {
      const parameters = browser.parametersOf(app, pkce().challenge, { response_type: 'token', state: '&x=y\r\nA: b' });
      const { status, location, sent } = await browser.visit(parameters);
      expect(status).toBe(303);
      expect(location!.startsWith(`${CALLBACK}?error=unsupported_response_type&`)).toBe(true);
      expect(sent!.get('state')).toBe('&x=y\r\nA: b');
      expect(sent!.get('iss')).toBe(gatehouse.url);
    });

    it('but as it is registered, with the query it has', async () => {
      const tenant = await registerClient(gatehouse, { redirectUris: [`${CALLBACK}?tenant=7`] });
      const shown = await browser.open(browser.parametersOf(tenant, pkce().challenge));
      const { location } = await allow(shown);
      expect(location).toMatch(/^https:\/\/app\.example\/callback\?tenant=7&code=[\w-]{43}&state=the\+state&iss=/);
    });

    it('with a state that is longer than any', async () => {
      const { sent } = await browser.visit(browser.parametersOf(app, pkce().challenge, { state: 'a'.repeat(2001) }));
      expect(sent!.get('error')).toBe('invalid_request');
    });
  });
});

describe('behind TLS', () => {
  it('its cookies are ones that no neighbour can plant', async () => {
    const gatehouse = await startInstance({ env: { PUBLIC_URL: 'https://auth.example.com' } });
    try {
      const app = await registerClient(gatehouse);
      const browser = createBrowserOf(gatehouse);
      const page = await browser.open(browser.parametersOf(app, pkce().challenge));
      const { answer } = await browser.signIn(page, gatehouse.admin, { origin: 'https://auth.example.com' });
      const [asked] = page.headers.getSetCookie().map((set) => set.split('; '));
      const [device, kept] = answer.headers.getSetCookie().map((set) => set.split('; '));
      expect(asked![0]).toMatch(/^__Host-gatehouse_interaction=/);
      expect(asked).toEqual(expect.arrayContaining(['Secure', 'HttpOnly', 'Path=/', 'SameSite=Lax']));
      expect(device![0]).toMatch(/^__Host-gatehouse_device=/);
      expect(kept![0]).toMatch(/^__Host-gatehouse_signed_in=/);
      for (const strict of [device, kept])
        expect(strict).toEqual(expect.arrayContaining(['Secure', 'HttpOnly', 'Path=/', 'SameSite=Strict']));
    } finally {
      await gatehouse.close();
    }
  });
});
