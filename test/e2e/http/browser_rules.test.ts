import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { LoginDocument, LogoutDocument, RefreshDocument } from '../../../schema/documents.ts';
import { skipped } from '../../support/store_servers.ts';
import type { Client } from '../../support/http_client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { sendRaw } from '../../support/raw_request.ts';

const EXPOSED = 'Gatehouse-Device,Gatehouse-Token,Retry-After,WWW-Authenticate,X-Request-Id';
const APP = 'https://app.example.com';
const DAYS = 86_400_000;
const BUILT = fileURLToPath(new URL('../../../dist/web/playground/index.html', import.meta.url));

const json = (body: string): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body });

/**
 * Setups of the server: plain HTTP on this machine, the same without the direct route, and behind a proxy that ends
 * TLS.
 */
const WAYS = [
  { title: 'plain HTTP on loopback', env: {}, secure: false },
  { title: 'everything goes through Express', env: {}, direct: false, secure: false },
  {
    title: 'PUBLIC_URL is https',
    env: { PUBLIC_URL: 'https://auth.example.com' },
    secure: true,
  },
];

describe.each(WAYS)('where $title', ({ env, secure, direct = true }) => {
  let gatehouse: Instance;
  let cookieName: string;
  let client: Client;
  let own: string;
  beforeAll(async () => {
    gatehouse = await startInstance({
      // Without the grace, a token that was used by mistake is refused afterwards.
      env: {
        CORS_ORIGINS: `${APP},https://other.example.com,capacitor://localhost`,
        CORS_HEADERS: 'X-Tenant, x-other',
        REFRESH_GRACE_SECONDS: '0',
        ...env,
      },
      direct,
    });
    client = gatehouse.client;
    own = env.PUBLIC_URL ?? gatehouse.url;
    cookieName = secure ? '__Host-gatehouse_refresh' : `gatehouse_refresh_${new URL(own).port}`;
  });
  afterAll(() => gatehouse.close());

  const request = (path: string, init: RequestInit = {}) =>
    fetch(`${gatehouse.url}${path}`, { redirect: 'manual', ...init });

  /** Origins that are neither ours nor allowed, however similar they are. */
  const FOREIGN: [string, () => string][] = [
    ['a foreign one', () => 'https://evil.example'],
    ['null, which is every sandboxed frame', () => 'null'],
    ['an empty one', () => ''],
    ['a subdomain of an allowed one', () => 'https://x.app.example.com'],
    ['one that begins as an allowed one', () => `${APP}.evil.example`],
    ['one that ends as an allowed one', () => 'https://evilapp.example.com'],
    ['an allowed one on another port', () => `${APP}:8443`],
    ['an allowed one without TLS', () => APP.replace('https', 'http')],
    ['an allowed one as no browser spells it', () => `${APP}/`],
    ['two allowed ones', () => `${APP}, https://other.example.com`],
    ['ours on another port', () => `${own.replace(/:\d+$/, '')}:1`],
  ];

  describe('CORS', () => {
    const corsOf = ({ headers }: Response) => ({
      origin: headers.get('access-control-allow-origin'),
      vary: headers.get('vary')?.split(/, */).includes('Origin') ?? false,
    });

    // Includes refusals: a page that cannot read a 401 does not know that it must refresh.
    it.each<[string, number, RequestInit]>([
      ['/graphql', 200, json('{"query":"{__typename}"}')],
      ['/graphql', 400, json('{')],
      ['/users/me', 401, {}],
      ['/token', 400, { method: 'POST' }],
      ['/.well-known/jwks.json', 200, {}],
      ['/nothing', 404, {}],
    ])('opens %s (%i) to an allowed origin with its credentials, and to no other', async (path, status, init) => {
      const from = (origin: string) => request(path, { ...init, headers: { ...init.headers, origin } });
      const allowed = await from(APP);
      expect(allowed.status).toBe(status);
      expect(corsOf(allowed)).toEqual({ origin: APP, vary: true });
      expect(allowed.headers.get('access-control-allow-credentials')).toBe('true');
      expect(allowed.headers.get('access-control-expose-headers')).toBe(EXPOSED);

      expect(corsOf(await from('https://other.example.com')).origin).toBe('https://other.example.com');
      expect(corsOf(await from('capacitor://localhost')).origin).toBe('capacitor://localhost');
      expect(corsOf(await from('https://evil.example'))).toEqual({ origin: null, vary: true });
      // A cache must not give a page the response to a request without an origin.
      expect(corsOf(await request(path, init))).toEqual({ origin: null, vary: true });
    });

    const preflight = (path: string, origin: string) =>
      request(path, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,x-evil',
        },
      });

    it.each(['/graphql', '/token', '/token/refresh', '/users/me'])('answers the preflight of %s', async (path) => {
      const answer = await preflight(path, APP);
      expect(answer.status).toBe(204);
      expect(corsOf(answer)).toEqual({ origin: APP, vary: true });
      expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
      expect(answer.headers.get('access-control-allow-methods')).toBe('GET,POST');
      const headers = answer.headers.get('access-control-allow-headers')!.split(',');
      // The headers that libraries for GraphQL and for tracing add to every request of a page, and the configured ones.
      expect(headers).toEqual(
        expect.arrayContaining([
          ...['authorization', 'content-type', 'gatehouse-device', 'x-request-id', 'x-requested-with'],
          ...['apollo-require-preflight', 'graphql-require-preflight', 'x-apollo-operation-name'],
          ...['apollographql-client-name', 'apollographql-client-version'],
          ...['traceparent', 'tracestate', 'baggage', 'sentry-trace', 'b3', 'x-b3-traceid'],
          ...['x-datadog-trace-id', 'x-datadog-parent-id', 'x-datadog-origin', 'x-datadog-sampling-priority'],
          ...['x-tenant', 'x-other'],
        ]),
      );
      expect(headers).not.toContain('x-evil');
      expect(headers.filter((name) => name === '*' || name === 'cookie')).toEqual([]);
      expect(answer.headers.get('access-control-max-age')).toBe('600');
      expect(await answer.text()).toBe('');
    });

    it.each(FOREIGN)('tells %s nothing, asked before or after', async (_title, origin) => {
      expect(corsOf(await preflight('/graphql', origin())).origin).toBeNull();
      expect(corsOf(await request('/users/me', { headers: { origin: origin() } })).origin).toBeNull();
    });
  });

  describe('headers', () => {
    const TRANSPORT = secure ? 'max-age=63072000; includeSubDomains' : null;
    const STRICT = {
      'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': TRANSPORT,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-powered-by': null,
      server: null,
      etag: null,
    };

    it.each<[string, number, RequestInit]>([
      ['/.well-known/jwks.json', 200, {}],
      ['/users/me', 401, {}],
      ['/health/live', 200, {}],
      ['/nothing', 404, {}],
      ['/%zz', 404, {}],
      ['/token', 400, { method: 'POST' }],
      ['/graphql', 200, json('{"query":"{__typename}"}')],
      ['/graphql', 400, {}],
      ['/graphql?query={__typename}', 200, { headers: { accept: '*/*', 'apollo-require-preflight': '1' } }],
      ['/graphql/nothing', 404, json('{"query":"{__typename}"}')],
      ['/graphql', 413, json('a'.repeat(200_000))],
    ])('on %s (%i) forbid a browser every use of the response', async (path, status, init) => {
      const { headers, status: answered } = await request(path, init);
      expect(answered).toBe(status);
      expect(Object.fromEntries(Object.keys(STRICT).map((name) => [name, headers.get(name)]))).toEqual(STRICT);
      expect(headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    });

    const PAGES = { '/': false, '/sign-in': false, '/admin/users': false, '/docs': false, '/graphql': true };
    async function expectPage(path: string, hasStyleAttributes: boolean) {
      const page = await request(path, { headers: { accept: 'text/html' } });
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toMatch(/^text\/html\b/);
      expect(page.headers.get('strict-transport-security')).toBe(TRANSPORT);
      expect(page.headers.get('x-frame-options')).toBe('DENY');
      const policy = page.headers.get('content-security-policy')!.split(';');
      expect(policy).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "script-src 'self'",
          "connect-src 'self'",
          "base-uri 'none'",
          "form-action 'none'",
          "frame-ancestors 'none'",
        ]),
      );
      const sources = policy.flatMap((directive) => directive.split(' ').slice(1));
      const allowed = ["'none'", "'self'", 'data:', ...(hasStyleAttributes ? ["'unsafe-inline'"] : [])];
      expect(allowed).toEqual(expect.arrayContaining(sources));
      const html = await page.text();
      expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:/i);

      const script = await request(/ src="(\/assets\/[^"]+)"/.exec(html)![1]!, {
        headers: { 'accept-encoding': 'br' },
      });
      expect(script.status).toBe(200);
      expect(script.headers.get('content-encoding')).toBe('br');
      expect(script.headers.get('vary')).toContain('Accept-Encoding');
      expect(script.headers.get('cache-control')).toMatch(/immutable/);
    }
    if (existsSync(BUILT))
      it.each(Object.entries(PAGES))(
        'on the page at %s allow only this server, and only scripts from its files',
        expectPage,
      );
    else skipped('needs "npm run build" for the pages');
  });

  describe('the refresh cookie', () => {
    /** Parses a `Set-Cookie` header: the pair to send back, and its attributes by name. */
    const cookieOf = ({ headers }: { readonly headers: Headers }) => {
      const [header, ...more] = headers.getSetCookie();
      // The only other cookie is the device's: test/e2e/authentication/devices.test.ts.
      expect(more.filter((other) => !/gatehouse_device(_\d+)?=/.test(other))).toEqual([]);
      if (header === undefined) return undefined;
      const [pair = '', ...attributes] = header.split('; ');
      noteSecrets(pair.split('=')[1]);
      return {
        pair,
        attributes: Object.fromEntries(attributes.map((text) => [...text.split('='), 'set'])) as Record<string, string>,
      };
    };
    const ATTRIBUTES = {
      Path: '/',
      Expires: expect.any(String),
      HttpOnly: 'set',
      SameSite: 'Strict',
      ...(secure ? { Secure: 'set' } : {}),
    };
    const login = async (headers: Record<string, string> = {}) =>
      client.send(LoginDocument, { ...gatehouse.admin, delivery: 'COOKIE' }, { headers });
    const refresh = (headers: Record<string, string>) => client.send(RefreshDocument, {}, { headers });
    const logout = (headers: Record<string, string>) => client.send(LogoutDocument, {}, { headers });

    let cookie: string;
    beforeEach(async () => {
      cookie = cookieOf(await login())!.pair;
    });

    it.each([
      ['ours', () => own],
      ['an allowed one', () => APP],
    ])('carries the refresh token for %s, out of reach of scripts', async (_title, origin) => {
      const signedIn = await login({ origin: origin() });
      expect(signedIn.data?.login).toEqual({
        accessToken: expect.any(String),
        tokenType: 'bearer',
        expiresIn: 1800,
        refreshToken: null,
      });
      const set = cookieOf(signedIn)!;
      expect(set.pair).toMatch(new RegExp(`^${cookieName}=[\\w-]{114}$`));
      // No Domain: with one, every subdomain could read it, and `__Host-` would be refused.
      expect(set.attributes).toEqual(ATTRIBUTES);
      const ends = Date.parse(set.attributes['Expires']!) - Date.now();
      expect(ends).toBeGreaterThan(29.9 * DAYS);
      expect(ends).toBeLessThanOrEqual(30 * DAYS);

      const refreshed = await refresh({ cookie: set.pair, origin: origin() });
      expect(refreshed.data?.refresh).toMatchObject({ accessToken: expect.any(String), refreshToken: null });
      const next = cookieOf(refreshed)!;
      expect(next.attributes).toEqual(ATTRIBUTES);
      expect(next.pair).not.toBe(set.pair);
      // The session is the same, so its end does not move.
      expect(next.attributes['Expires']).toBe(set.attributes['Expires']);

      const { accessToken } = refreshed.data!.refresh;
      const left = await logout({ cookie: next.pair, origin: origin() });
      expect(left.data).toEqual({ logout: true });
      expect(cookieOf(left)).toEqual({
        pair: `${cookieName}=`,
        attributes: { ...ATTRIBUTES, Expires: 'Thu, 01 Jan 1970 00:00:00 GMT' },
      });
      expect((await client.me(accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
      expect((await refresh({ cookie: next.pair, origin: origin() })).refusal).toBe('UNAUTHENTICATED');
    });

    it.each<[string, () => string | undefined]>([...FOREIGN, ['a missing one', () => undefined]])(
      'counts for nothing from %s',
      async (_title, origin) => {
        const value = origin();
        const headers: Record<string, string> = { cookie, ...(value === undefined ? {} : { origin: value }) };
        for (const answer of [await refresh(headers), await logout(headers)]) {
          expect(answer).toMatchObject({ status: 403, refusal: 'ORIGIN_NOT_ALLOWED', data: null });
          expect(answer.errors![0]!.message).toBe('Origin not allowed');
          expect(cookieOf(answer)).toBeUndefined();
        }
        // The token was neither used nor revoked.
        expect((await refresh({ cookie, origin: own })).refusal).toBeUndefined();
      },
    );

    it.each(FOREIGN)(
      'is not set by a login from %s, whose response does not depend on the password',
      async (_title, origin) => {
        for (const password of [gatehouse.admin.password, 'not the password']) {
          const variables = { username: gatehouse.admin.username, password, delivery: 'COOKIE' } as const;
          const answer = await client.send(LoginDocument, variables, { headers: { origin: origin() } });
          expect(answer).toMatchObject({ status: 403, refusal: 'ORIGIN_NOT_ALLOWED', data: null });
          expect(cookieOf(answer)).toBeUndefined();
        }
      },
    );

    it('is not asked for an origin where the token is in the body', async () => {
      const { refreshToken } = await client.login(gatehouse.admin.username, gatehouse.admin.password);
      const headers = { cookie, origin: 'https://evil.example' };
      const refreshed = await client.send(RefreshDocument, { refreshToken }, { headers });
      expect(refreshed.data?.refresh.refreshToken).toEqual(expect.stringMatching(/^[\w-]{114}$/));
      const left = await client.send(
        LogoutDocument,
        { refreshToken: refreshed.data!.refresh.refreshToken },
        { headers },
      );
      expect(left.data).toEqual({ logout: true });
      expect([cookieOf(refreshed), cookieOf(left)]).toEqual([undefined, undefined]);
      expect((await refresh({ cookie, origin: own })).refusal).toBeUndefined();
    });

    // If a failed refresh cleared the cookie, a late response would sign out another tab.
    it.each<[string, () => string]>([
      ['garbage', () => `${cookieName}=garbage`],
      ['an empty one', () => `${cookieName}=`],
      ['one in quotes', () => cookie.replace(/=(.*)/, '="$1"')],
      ['the right one beside one that was planted', () => `${cookie}; ${cookieName}=planted`],
      ['one that was planted beside the right one', () => `${cookieName}=planted;${cookie}`],
      ['the right one twice', () => `${cookie}; ${cookie}`],
      ['one of another name', () => cookie.replace(cookieName, secure ? 'gatehouse_refresh' : `__Host-${cookieName}`)],
      ['one that another one holds', () => `other="${cookie}"`],
    ])('is nothing where it is %s, and stays as it was', async (_title, value) => {
      const answer = await refresh({ cookie: value(), origin: own });
      expect(answer).toMatchObject({ status: 401, refusal: 'UNAUTHENTICATED' });
      expect(answer.errors![0]!.message).toBe('Invalid or expired refresh token');
      expect(cookieOf(answer)).toBeUndefined();
      expect((await refresh({ cookie, origin: own })).refusal).toBeUndefined();
    });

    // Requests that a form or an image of a foreign page can send without a preflight.
    it.each(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain', undefined])(
      'moves no graph for a request of type %s',
      async (type) => {
        const body = Buffer.from('{"query":"mutation { refresh { accessToken } }"}');
        const headers = { cookie, origin: own, ...(type === undefined ? {} : { 'content-type': type }) };
        expect((await request('/graphql', { method: 'POST', headers, body })).status).toBe(400);
        const url = '/graphql?query=mutation{refresh{accessToken}}';
        expect((await request(url, { headers: { ...headers, 'apollo-require-preflight': '1' } })).ok).toBe(false);
        expect((await refresh({ cookie, origin: own })).refusal).toBeUndefined();
      },
    );

    it('is found among others', async () => {
      const among = `a=b; gatehouse=1; x${cookieName}=no; ${cookie}; ${cookieName}x=no`;
      expect((await refresh({ cookie: among, origin: own })).refusal).toBeUndefined();
    });

    it('is ignored in two headers', async () => {
      const answer = await sendRaw(gatehouse.url, 'POST /token/refresh', [
        `Cookie: ${cookie}`,
        `Cookie: ${cookieName}=planted`,
        `Origin: ${own}`,
      ]);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_request' });
    });
  });

  describe('the Host header', () => {
    /** Returns a response without the parts that always differ. */
    async function answersTo(...headers: string[]) {
      const answer = async (requestLine: string, more: string[] = [], body = '') => {
        const {
          status,
          headers: lines,
          body: text,
        } = await sendRaw(gatehouse.url, requestLine, [...headers, ...more], body);
        return { status, lines: lines.filter(([name]) => !['date', 'x-request-id'].includes(name)), text };
      };
      return [
        await answer('GET /users/me'),
        await answer('GET /graphql', ['Accept: text/html']),
        await answer('GET /assets'),
        await answer('GET /.well-known/jwks.json'),
        await answer('GET /nothing', ['Origin: https://evil.example']),
        await answer('GET http://evil.example/users/me'),
        await answer('POST /token/refresh', ['Content-Type: application/json'], '{"refresh_token":"garbage"}'),
      ];
    }

    const EVIL = [
      'Host: evil.example',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: https',
      'Forwarded: host=evil.example',
    ];

    it('changes no answer', async () => {
      const answers = await answersTo(...EVIL);
      expect(answers).toEqual(await answersTo());
      expect(JSON.stringify(answers)).not.toContain('evil');
    });

    it('makes no origin ours', async () => {
      const { headers } = await login();
      const cookie = headers.getSetCookie()[0]!.split(';')[0]!;
      const lines = [`Cookie: ${cookie}`, ...EVIL];
      for (const origin of ['http://evil.example', 'https://evil.example']) {
        const answer = await sendRaw(gatehouse.url, 'POST /token/refresh', [...lines, `Origin: ${origin}`]);
        expect(answer.status).toBe(403);
      }
      expect((await sendRaw(gatehouse.url, 'POST /token/refresh', [...lines, `Origin: ${own}`])).status).toBe(200);
    });

    it('names no issuer and moves no cookie', async () => {
      const { username, password } = gatehouse.admin;
      const query =
        'mutation ($u: String!, $p: String!) { login(username: $u, password: $p, delivery: COOKIE) { accessToken } }';
      const answer = await sendRaw(
        gatehouse.url,
        'POST /graphql',
        [...EVIL, 'Content-Type: application/json'],
        JSON.stringify({ query, variables: { u: username, p: password } }),
      );
      const { accessToken } = JSON.parse(answer.body).data.login;
      expect(decodeJwt(accessToken).iss).toBe(own);
      const [, set] = answer.headers.find(([name]) => name === 'set-cookie')!;
      expect(set.startsWith(`${cookieName}=`)).toBe(true);
      expect(set).not.toMatch(/Domain/i);
      expect(/; Secure/.test(set)).toBe(secure);
    });

    const login = () => client.send(LoginDocument, { ...gatehouse.admin, delivery: 'COOKIE' });
  });
});

describe.each([
  ['none', undefined],
  ['another', '10.0.0.0/8'],
  ['our peer', '127.0.0.1,10.0.0.0/8'],
])('X-Forwarded-For where TRUST_PROXY names %s', (named, trust) => {
  const [WRONG, LIMITED] = ['UNAUTHENTICATED', 'RATE_LIMITED'];
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance({ env: { LOGIN_LIMIT_PER_IP: '2', ...(trust ? { TRUST_PROXY: trust } : {}) } });
  });
  afterAll(() => gatehouse.close());

  // Uses a new name each time, so that no account's limit applies.
  let guesses = 0;
  const guess = () => ({ username: `nobody${(guesses += 1)}`, password: 'not the password' });
  async function fail(...forwarded: string[]): Promise<(string | undefined)[]> {
    const outcomes = [];
    for (const value of forwarded) {
      const { username, password } = guess();
      outcomes.push((await gatehouse.client.tryLogin(username, password, { 'x-forwarded-for': value })).refusal);
    }
    return outcomes;
  }

  if (named !== 'our peer') {
    it('counts for nothing', async () => {
      expect(await fail('192.0.2.1', '192.0.2.2', '192.0.2.3')).toEqual([WRONG, WRONG, LIMITED]);
    });
    return;
  }

  it('is the address that counts, read from the right', async () => {
    const [client, other] = ['192.0.2.1', '192.0.2.2'];
    expect(await fail(client, client, client, other)).toEqual([WRONG, WRONG, LIMITED, WRONG]);
    // Entries that the client adds are further left.
    expect(await fail(`${other}, ${client}`, `10.0.0.9, ${client}, 10.0.0.1`)).toEqual([LIMITED, LIMITED]);
    expect(await fail(`${client}, 192.0.2.3`)).toEqual([WRONG]);
  });

  it('counts a /64 of IPv6 as one: every customer has that many', async () => {
    const answers = await fail('2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1');
    expect(answers).toEqual([WRONG, WRONG, LIMITED, WRONG]);
  });

  it('counts at both doors together', async () => {
    const form = () => gatehouse.client.form('/token', guess(), { 'x-forwarded-for': '192.0.2.4' });
    expect(await fail('192.0.2.4')).toEqual([WRONG]);
    expect((await form()).status).toBe(400);
    expect((await form()).status).toBe(429);
    expect(await fail('192.0.2.4', '192.0.2.5')).toEqual([LIMITED, WRONG]);
  });
});
