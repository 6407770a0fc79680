/**
 * Loads the server into jest's modules: the test notes the routes of the server's router.
 * @jest-environment node
 */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import express from 'express';
import { SCOPES } from '../../../src/graphql/rules/rules.ts';
import { LINK_PAGE_TEXTS } from '../../../src/http/pages/recovery_page.ts';
import { CONSOLE_PATHS } from '../../../src/http/pages/pages.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import {
  basic,
  type ConsentPage,
  createBrowserOf,
  pkce,
  type Registered,
  registerClient,
} from '../../support/oauth_client.ts';
import { createSchemas, type Document, follow, operationsOf } from '../../support/openapi.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

const FORM = 'application/x-www-form-urlencoded';
const REDIRECT_PAGE = '/docs/oauth2-redirect';

/** `test/faults` causes the responses that need a fault. Here their examples are checked against the schemas. */
const FAULTS = ['500', '503', '5XX'];

/** Headers of a response that inform a client. */
const TELLING = [
  'cache-control',
  'etag',
  'gatehouse-device',
  'gatehouse-token',
  'location',
  'retry-after',
  'set-cookie',
  'www-authenticate',
];

/** Without `cache-control`, `fetch` would skip every cache (Fetch, section 4.6) and get a full response. */
const conditional = (tag: string) => ({ 'if-none-match': tag, 'cache-control': 'max-age=0' });

/** Records the routes of Express, as `GET /path`. */
function watchRoutes(): { routes(): string[]; stop(): void } {
  interface Route {
    readonly path: string | string[];
    readonly methods: Record<string, boolean>;
  }
  const made: Route[] = [];
  const prototype = express.Router.prototype as unknown as { route(path: string): Route };
  const original = prototype.route;
  const spy = jest.spyOn(prototype, 'route').mockImplementation(function (this: unknown, path) {
    const route = original.call(this as typeof prototype, path);
    made.push(route);
    return route;
  });
  return {
    routes: () =>
      made.flatMap(({ path, methods }) =>
        Object.keys(methods).flatMap((method) => [path].flat().map((one) => `${method.toUpperCase()} ${one}`)),
      ),
    stop: () => spy.mockRestore(),
  };
}

describe('openapi.json', () => {
  let gatehouse: Instance;
  let document: Document;
  let served: string[];
  let check: ReturnType<typeof createSchemas>;
  beforeAll(async () => {
    const watched = watchRoutes();
    gatehouse = await startInstance({
      env: {
        ALGORITHM: 'ES256',
        ROLES: '{"admin":["*"],"user":["account","reports:read"],"guest":[]}',
        LOGIN_LIMIT_PER_ACCOUNT: '4',
      },
    });
    served = watched.routes();
    watched.stop();
    document = (await (await fetch(`${gatehouse.url}/openapi.json`)).json()) as Document;
    check = createSchemas(document);
  });
  afterAll(() => gatehouse.close());

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has every route of the server, and no other', () => {
    const mailed = [...Object.keys(LINK_PAGE_TEXTS), '/forgot'].flatMap((path) => [`GET ${path}`, `POST ${path}`]);
    const pages = [...[...CONSOLE_PATHS, REDIRECT_PAGE].map((path) => `GET ${path}`), ...mailed];
    // The graph receives every method, and refuses the wrong ones itself.
    const isOfGraph = (route: string) =>
      route.endsWith(' /graphql') && !['GET /graphql', 'POST /graphql'].includes(route);
    const routes = new Set(served.filter((route) => !pages.includes(route) && !isOfGraph(route)));
    const documented = operationsOf(document).map(([name]) => name);
    expect([...routes].sort()).toEqual(documented.sort());
  });

  it('offers sign-in by password and by code, with the scopes that the configured roles may be granted', () => {
    const { password, authorizationCode, bearer } = document['components'].securitySchemes;
    const scopes = [...Object.keys(SCOPES), 'reports:read'].sort();
    expect(password.flows.password.tokenUrl).toBe(`${gatehouse.url}/token`);
    expect(Object.keys(password.flows.password.scopes).sort()).toEqual(scopes);
    expect(authorizationCode.flows.authorizationCode).toMatchObject({
      authorizationUrl: `${gatehouse.url}/authorize`,
      tokenUrl: `${gatehouse.url}/token`,
      scopes: password.flows.password.scopes,
    });
    expect(bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
  });

  it('is asked for again by its ETag', async () => {
    const first = await fetch(`${gatehouse.url}/openapi.json`);
    const ask = (tag: string) => fetch(`${gatehouse.url}/openapi.json`, { headers: conditional(tag) });
    expect((await ask(first.headers.get('etag')!)).status).toBe(304);
    expect((await ask('"other"')).status).toBe(200);
  });

  it('has examples that are as its schemas say', () => {
    const faults: string[] = [];
    let examples = 0;
    const look = (where: string, content: Document = {}) => {
      for (const [type, { schema, example, examples: named = {} }] of Object.entries<Document>(content)) {
        const values = [
          ...(example === undefined ? [] : [example]),
          ...Object.values<Document>(named).map(({ value }) => value),
        ];
        examples += values.length;
        faults.push(
          ...values.flatMap((value) => check(schema, value).map((fault) => `${where} ${type}: ${String(fault)}`)),
        );
      }
    };
    for (const [name, { requestBody, responses }] of operationsOf(document)) {
      look(name, requestBody?.content);
      for (const [status, { content }] of Object.entries<Document>(responses)) look(`${name} ${status}`, content);
    }
    expect(faults).toEqual([]);
    expect(examples).toBeGreaterThan(40);
  });

  describe('says what the server answers', () => {
    const driven = new Set<string>();
    let admin: string;
    let kandi: Person;
    let confidential: Registered;
    let app: Registered;
    beforeAll(async () => {
      [admin, kandi, confidential, app] = await Promise.all([
        adminToken(gatehouse),
        createUser(gatehouse),
        registerClient(gatehouse, { grantTypes: ['client_credentials'] }),
        registerClient(gatehouse, { public: true }),
      ]);
    });

    /** Sends a request and compares the response with the document: status, headers, body. */
    async function drive(operation: string, status: number, path: string, init: RequestInit = {}): Promise<void> {
      const [method] = operation.split(' ') as [string];
      const response = await fetch(`${gatehouse.url}${path}`, { method, redirect: 'manual', ...init });
      const body = await response.text();
      expect([response.status, body]).toEqual([status, body]);

      const { responses } = new Map(operationsOf(document)).get(operation)!;
      const key = String(status) in responses ? String(status) : `${String(status)[0]}XX`;
      expect(Object.keys(responses)).toContain(key);
      driven.add(`${operation} ${key}`);

      const documented = Object.entries<Document>(responses[key].headers).map(
        ([name, header]) => [name.toLowerCase(), follow(document, header)] as const,
      );
      const names = documented.map(([name]) => name);
      expect(names).toEqual(expect.arrayContaining(TELLING.filter((name) => response.headers.has(name))));
      for (const [name, { required, schema }] of documented) {
        const value = response.headers.get(name);
        if (required) expect([name, value]).toEqual([name, expect.any(String)]);
        if (value !== null)
          expect([name, value, check(schema, schema.type === 'integer' ? Number(value) : value)]).toEqual([
            name,
            value,
            [],
          ]);
      }

      const { content } = responses[key];
      const type = response.headers.get('content-type')?.split(';')[0];
      if (!content) return expect(body).toBe('');
      expect(Object.keys(content)).toContain(type);
      const value: unknown = type!.endsWith('json') ? JSON.parse(body) : body;
      noteSecrets((value as Document)['access_token'], (value as Document)['refresh_token']);
      expect(check(content[type!].schema, value)).toEqual([]);
    }

    const form = (fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit => ({
      headers: { 'content-type': FORM, ...headers },
      body: new URLSearchParams(fields).toString(),
    });
    const json = (body: object, headers: Record<string, string> = {}): RequestInit => ({
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    const tooLarge = form({ token: 'x'.repeat(100_001) });
    const foreign = { origin: 'https://evil.example' };
    const wrong = () => basic({ id: confidential.id, secret: 'wrong' });

    type Row = [
      operation: string,
      status: number,
      title: string,
      path: string,
      init: () => RequestInit | Promise<RequestInit>,
    ];
    const nothing = () => ({});
    it.each<Row>([
      ['POST /token', 200, 'a password', '/token', () => form({ ...kandi })],
      ['POST /token', 200, 'a password, in a browser', '/token', () => form({ ...kandi }, { origin: gatehouse.url })],
      [
        'POST /token',
        200,
        'a program',
        '/token',
        () => form({ grant_type: 'client_credentials' }, basic(confidential)),
      ],
      ['POST /token', 400, 'a wrong password', '/token', () => form({ ...kandi, password: 'wrong' })],
      ['POST /token', 400, 'no form', '/token', () => json({ ...kandi })],
      ['POST /token', 400, 'an unknown grant', '/token', () => form({ grant_type: 'implicit' })],
      ['POST /token', 400, 'too wide a scope', '/token', () => form({ ...kandi, scope: 'users:write' })],
      ['POST /token', 400, 'a client of other grants', '/token', () => form({ ...kandi }, basic(confidential))],
      ['POST /token', 401, 'a wrong secret', '/token', () => form({ ...kandi }, wrong())],
      ['POST /token', 403, 'a foreign page', '/token', () => form({ ...kandi }, foreign)],
      ['POST /token', 413, 'a large form', '/token', () => tooLarge],
      ['POST /token', 429, 'too many attempts', '/token', limited],
      ['POST /token/refresh', 200, 'JSON', '/token/refresh', async () => json({ refresh_token: await refreshToken() })],
      ['POST /token/refresh', 200, 'a cookie', '/token/refresh', async () => cookie({ origin: gatehouse.url })],
      ['POST /token/refresh', 400, 'a wrong token', '/token/refresh', () => form({ refresh_token: 'wrong' })],
      ['POST /token/refresh', 403, 'a foreign page', '/token/refresh', async () => cookie(foreign)],
      ['POST /token/refresh', 413, 'a large form', '/token/refresh', () => tooLarge],
      ['POST /revoke', 200, 'whatever token', '/revoke', () => form({ token: 'whatever' })],
      ['POST /revoke', 400, 'no token', '/revoke', () => form({})],
      ['POST /revoke', 401, 'a wrong secret', '/revoke', () => form({ token: 'whatever' }, wrong())],
      ['POST /revoke', 413, 'a large form', '/revoke', () => tooLarge],
      [
        'POST /introspect',
        200,
        'a person’s access token',
        '/introspect',
        () => form({ token: admin }, basic(confidential)),
      ],
      ['POST /introspect', 200, 'no token', '/introspect', () => form({ token: 'wrong' }, basic(confidential))],
      ['POST /introspect', 400, 'nothing', '/introspect', () => form({}, basic(confidential))],
      ['POST /introspect', 401, 'no client', '/introspect', () => form({ token: admin })],
      ['POST /introspect', 413, 'a large form', '/introspect', () => tooLarge],
      ['GET /users/me', 200, 'a token', '/users/me', () => bearer(admin)],
      ['GET /users/me', 400, 'a disabled account', '/users/me', disabled],
      ['GET /users/me', 401, 'no token', '/users/me', nothing],
      ['GET /users/me', 401, 'a wrong token', '/users/me', () => bearer('wrong')],
      ['GET /users/me', 403, 'a token without the scope', '/users/me', narrow],
      ['GET /.well-known/oauth-authorization-server', 200, '', '/.well-known/oauth-authorization-server', nothing],
      ['GET /.well-known/jwks.json', 200, '', '/.well-known/jwks.json', nothing],
      ['GET /.well-known/webauthn', 200, '', '/.well-known/webauthn', nothing],
      ['GET /openapi.json', 200, '', '/openapi.json', nothing],
      ['GET /openapi.json', 304, 'what it has', '/openapi.json', sameTag],
      ['GET /docs', 200, '', '/docs', nothing],
      ['GET /health/live', 200, '', '/health/live', nothing],
      ['GET /health/ready', 200, '', '/health/ready', nothing],
      ['GET /metrics', 200, '', '/metrics', nothing],
      ['GET /graphql', 200, 'a browser', '/graphql', () => ({ headers: { accept: 'text/html' } })],
      [
        'POST /graphql',
        200,
        'an operation',
        '/graphql',
        () => json({ query: '{ me { role } }' }, bearer(admin).headers),
      ],
      [
        'POST /graphql',
        401,
        'no token',
        '/graphql',
        () => json({ query: '{ me { role } }' }, { accept: 'application/graphql-response+json' }),
      ],
      ['POST /graphql', 400, 'no such field', '/graphql', () => json({ query: '{ nothing }' })],
    ])('%s %i: %s', async (operation, status, _title, path, init) => {
      await drive(operation, status, path, await init());
    });

    async function refreshToken(): Promise<string> {
      return (await gatehouse.client.login(kandi.username, kandi.password)).refreshToken;
    }

    async function cookie(headers: Record<string, string>): Promise<RequestInit> {
      return {
        headers: { cookie: `gatehouse_refresh_${new URL(gatehouse.url).port}=${await refreshToken()}`, ...headers },
      };
    }

    async function limited(): Promise<RequestInit> {
      const nobody = { username: 'nobody.limited', password: 'wrong' };
      for (let failure = 0; failure < 4; failure++) await gatehouse.client.form('/token', nobody);
      return form(nobody);
    }

    async function disabled(): Promise<RequestInit> {
      const { username, password } = await createUser(gatehouse);
      const { accessToken } = await gatehouse.client.login(username, password);
      await gatehouse.client.ask('mutation ($u: String!) { setUserDisabled(username: $u, disabled: true) { id } }', {
        token: admin,
        variables: { u: username },
      });
      return bearer(accessToken);
    }

    async function narrow(): Promise<RequestInit> {
      const { body } = await gatehouse.client.form('/token', { ...kandi, scope: 'reports:read' });
      return bearer(body.access_token as string);
    }

    async function sameTag(): Promise<RequestInit> {
      const { headers } = await fetch(`${gatehouse.url}/openapi.json`);
      return { headers: conditional(headers.get('etag')!) };
    }

    it('the authorization endpoint', async () => {
      const browser = createBrowserOf(gatehouse);
      const asked = browser.parametersOf(app, pkce().challenge);
      const query = (more: Record<string, string> = {}) =>
        `/authorize?${new URLSearchParams({ ...asked, ...more }).toString()}`;
      await drive('GET /authorize', 200, query());
      await drive('GET /authorize', 303, query({ scope: 'users:write' }));
      await drive('GET /authorize', 400, query({ client_id: 'unknown' }));

      const page = await browser.open(asked);
      const answered = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
        form({ ...fieldsOf(page), ...fields }, { origin: gatehouse.url, cookie: page.cookie, ...headers });
      await drive('POST /authorize', 400, '/authorize', answered({ ...kandi, password: 'wrong' }));
      await drive('POST /authorize', 403, '/authorize', answered({ ...kandi }, foreign));
      await drive('POST /authorize', 413, '/authorize', answered({ password: 'x'.repeat(100_001) }));
      const nobody = { username: 'nobody.limited', password: 'wrong' };
      await drive('POST /authorize', 429, '/authorize', answered(nobody));
      await drive('POST /authorize', 303, '/authorize', answered({ ...kandi }));
    });

    const fieldsOf = ({ transaction, csrf }: ConsentPage) => ({ transaction, csrf, decision: 'sign-in' });

    it('each status that is documented was driven', () => {
      const all = operationsOf(document).flatMap(([name, { responses }]) =>
        Object.keys(responses).map((status) => `${name} ${status}`),
      );
      const missing = all.filter((one) => !driven.has(one) && !FAULTS.some((status) => one.endsWith(` ${status}`)));
      expect(missing).toEqual([]);
    });
  });
});
