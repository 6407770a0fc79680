import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { SCOPES } from '../../../src/graphql/rules/rules.ts';
import type { FormAnswer } from '../../support/http_client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import {
  type BrowserOf,
  basic,
  createBrowserOf,
  exchange,
  pkce,
  registerClient,
  type Registered,
} from '../../support/oauth_client.ts';
import { createUser, type Person } from '../../support/accounts.ts';

/** Tests each promise of discovery, and tries in vain what it does not promise. */
describe('discovery (RFC 8414)', () => {
  let gatehouse: Instance;
  let metadata: Record<string, any>;
  let browser: BrowserOf;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({ env: { ALGORITHM: 'ES256' } });
    const answer = await fetch(`${gatehouse.url}/.well-known/oauth-authorization-server`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
    metadata = (await answer.json()) as typeof metadata;
    browser = createBrowserOf(gatehouse);
    kandi = await createUser(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const pathOf = (name: string) => (metadata[name] as string).slice(gatehouse.url.length);
  const form = (name: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    gatehouse.client.form(pathOf(name), fields, headers);

  it('names this and nothing else', () => {
    expect(metadata).toEqual({
      issuer: gatehouse.url,
      authorization_endpoint: `${gatehouse.url}/authorize`,
      token_endpoint: `${gatehouse.url}/token`,
      revocation_endpoint: `${gatehouse.url}/revoke`,
      introspection_endpoint: `${gatehouse.url}/introspect`,
      jwks_uri: `${gatehouse.url}/.well-known/jwks.json`,
      scopes_supported: Object.keys(SCOPES),
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      authorization_response_iss_parameter_supported: true,
    });
  });

  it('is about who we say we are, not whom the request named', async () => {
    const answer = await fetch(`${gatehouse.url}/.well-known/oauth-authorization-server`, {
      headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' },
    });
    expect(await answer.json()).toEqual(metadata);
  });

  /** The headers and fields of each authentication method. */
  const METHODS: Record<string, (by: Registered) => [Record<string, string>, Record<string, string>]> = {
    client_secret_basic: (by) => [{}, basic(by)],
    client_secret_post: ({ id, secret }) => [{ client_id: id, client_secret: secret! }, {}],
    none: ({ id }) => [{ client_id: id }, {}],
  };
  const allGrants = (method: string, grantTypes = ['authorization_code', 'refresh_token', 'password']) =>
    registerClient(gatehouse, { grantTypes, public: method === 'none' });

  it('and every way to prove a client works, at every endpoint that names it, with every grant', async () => {
    const grants = new Set<string>();
    for (const method of metadata['token_endpoint_auth_methods_supported']) {
      const by = await allGrants(method);
      const [fields, headers] = METHODS[method]!(by);
      const ask = async (grant_type: string, more: Record<string, string>) => {
        const answer = await form('token_endpoint', { grant_type, ...fields, ...more }, headers);
        expect({ method, grant_type, status: answer.status }).toEqual({ method, grant_type, status: 200 });
        grants.add(grant_type);
        return answer.body as { access_token: string; refresh_token: string };
      };
      const { code, verifier } = await browser.allow(by, kandi);
      const first = await ask('authorization_code', { code, code_verifier: verifier, redirect_uri: by.redirectUri });
      const second = await ask('refresh_token', { refresh_token: first.refresh_token });
      await ask('password', { ...kandi });
      if (method !== 'none') {
        const machine = await allGrants(method, ['client_credentials']);
        const [own, proof] = METHODS[method]!(machine);
        const answer = await form('token_endpoint', { grant_type: 'client_credentials', ...own }, proof);
        expect(answer.status).toBe(200);
        grants.add('client_credentials');
      }

      const introspection = await form('introspection_endpoint', { token: second.access_token, ...fields }, headers);
      const named = metadata['introspection_endpoint_auth_methods_supported'].includes(method);
      expect({ method, status: introspection.status }).toEqual({ method, status: named ? 200 : 401 });
      if (named) expect(introspection.body.active).toBe(true);

      expect(metadata['revocation_endpoint_auth_methods_supported']).toContain(method);
      await form('revocation_endpoint', { token: second.refresh_token, ...fields }, headers);
      expect((await gatehouse.client.me(second.access_token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    }
    expect([...grants].sort()).toEqual([...metadata['grant_types_supported']].sort());
  });

  it('and its keys verify what is signed here, under its issuer', async () => {
    const { accessToken } = await gatehouse.client.login(kandi.username, kandi.password);
    const published = await fetch(metadata['jwks_uri']);
    // A key is published for longer than this before it signs.
    expect(published.headers.get('cache-control')).toBe('public, max-age=300');
    const jwks = (await published.json()) as Parameters<typeof createLocalJWKSet>[0];
    const { payload } = await jwtVerify(accessToken, createLocalJWKSet(jwks), { issuer: metadata['issuer'] });
    expect(payload.sub).toBe(kandi.username);
    expect(JSON.stringify(jwks)).not.toMatch(/"(d|p|q|dp|dq|qi|k)":/);
  });

  it.each(Object.keys(SCOPES))('and the scope %s can be had', async (scope) => {
    const app = await registerClient(gatehouse, { scopes: [scope] });
    const { code, verifier } = await browser.allow(app, gatehouse.admin, { scope });
    expect((await exchange(gatehouse, app, { code, verifier })).body.scope).toBe(scope);
  });

  describe('names no', () => {
    let app: Registered;
    beforeAll(async () => {
      app = await registerClient(gatehouse, { grantTypes: ['authorization_code', 'refresh_token', 'password'] });
    });
    const errorOf = ({ body }: FormAnswer) => body.error as string;
    const visit = async (more: Record<string, string>) => {
      const { sent } = await browser.visit(browser.parametersOf(app, pkce().challenge, more));
      return Object.fromEntries(sent!);
    };

    it.each(['token', 'id_token', 'code token', 'code id_token', 'none', 'Code', 'CODE', 'code code'])(
      'response type %j: nothing but an error leaves',
      async (response_type) => {
        expect(metadata['response_types_supported']).not.toContain(response_type);
        expect(await visit({ response_type })).toEqual({
          error: 'unsupported_response_type',
          error_description: expect.any(String),
          state: 'the state',
          iss: gatehouse.url,
        });
      },
    );

    it.each(['fragment', 'form_post', 'jwt', 'query.jwt', 'web_message', 'Query'])(
      'response mode %j',
      async (response_mode) => {
        expect(metadata['response_modes_supported']).not.toContain(response_mode);
        expect(await visit({ response_mode })).toMatchObject({ error: 'invalid_request', state: 'the state' });
      },
    );

    it('response mode but query, which may be named', async () => {
      const page = await browser.open(browser.parametersOf(app, pkce().challenge, { response_mode: 'query' }));
      expect(page.status).toBe(200);
    });

    it.each(['plain', 's256', 'S512', ''])('challenge method %j', async (code_challenge_method) => {
      expect(metadata['code_challenge_methods_supported']).not.toContain(code_challenge_method);
      expect(await visit({ code_challenge_method })).toMatchObject({ error: 'invalid_request' });
    });

    it.each<[string, string]>([
      ['missing', ''],
      ['short', 'a'.repeat(42)],
      ['long', 'a'.repeat(44)],
      ['padded', `${'a'.repeat(43)}=`],
      ['of another alphabet', '+'.repeat(43)],
    ])('challenge that is %s', async (_title, code_challenge) => {
      expect(await visit({ code_challenge })).toMatchObject({ error: 'invalid_request' });
    });

    it.each([
      'implicit',
      'device_code',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:grant-type:saml2-bearer',
      'Password',
      'password ',
      'constructor',
      '__proto__',
    ])('grant %j', async (grant_type) => {
      expect(metadata['grant_types_supported']).not.toContain(grant_type);
      const answer = await form('token_endpoint', { grant_type, ...kandi }, basic(app));
      expect({ status: answer.status, error: errorOf(answer) }).toEqual({
        status: 400,
        error: 'unsupported_grant_type',
      });
    });

    it.each<[string, () => [Record<string, string>, Record<string, string>]]>([
      [
        'private_key_jwt',
        () => [
          {
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: 'x.y.z',
          },
          {},
        ],
      ],
      ['a bearer token', () => [{}, { authorization: `Bearer ${app.secret}` }]],
      ['a digest', () => [{}, { authorization: `Digest username="${app.id}"` }]],
    ])('proof by %s', async (_title, shown) => {
      const [fields, headers] = shown();
      const answer = await form(
        'token_endpoint',
        { grant_type: 'password', client_id: app.id, ...kandi, ...fields },
        headers,
      );
      expect({ status: answer.status, error: errorOf(answer) }).toEqual({ status: 401, error: 'invalid_client' });
    });

    it.each([
      '/.well-known/openid-configuration',
      '/userinfo',
      '/register',
      '/par',
      '/device_authorization',
      '/end_session',
      '/authorize/',
      '/TOKEN',
    ])('endpoint %s', async (path) => {
      for (const method of ['GET', 'POST']) {
        const answer = await fetch(`${gatehouse.url}${path}`, { method });
        expect({ method, status: answer.status }).toEqual({ method, status: 404 });
      }
    });
  });
});

describe('discovery behind a proxy', () => {
  it('names the address clients use, and the issuer that tokens say', async () => {
    const gatehouse = await startInstance({
      env: { PUBLIC_URL: 'https://auth.example/gate', JWT_ISSUER: 'https://issuer.example' },
    });
    try {
      const metadata = await (await fetch(`${gatehouse.url}/.well-known/oauth-authorization-server`)).json();
      expect(metadata).toMatchObject({
        issuer: 'https://issuer.example',
        authorization_endpoint: 'https://auth.example/gate/authorize',
        jwks_uri: 'https://auth.example/gate/.well-known/jwks.json',
      });
    } finally {
      await gatehouse.close();
    }
  });
});
