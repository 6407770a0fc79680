import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { LogoutDocument, SetUserDisabledDocument } from '../../../schema/documents.ts';
import type { Client, FormAnswer } from '../../support/http_client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { basic, createBrowserOf, exchange, registerClient, type Registered } from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

interface Given {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** RFC 7662, section 2.2: the only response for an inactive token. */
const INACTIVE = { active: false };

describe('the introspection endpoint (RFC 7662)', () => {
  let now = Date.now();
  let gatehouse: Instance;
  let client: Client;
  let app: Registered;
  /** A resource server, registered only with a secret. */
  let api: Registered;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({ clock: () => now });
    client = gatehouse.client;
    app = await registerClient(gatehouse, { scopes: ['account', 'users:read'] });
    api = await registerClient(gatehouse, { grantTypes: ['client_credentials'], scopes: [] });
    kandi = await createUser(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const introspect = (token: string, by: Registered = api, fields: Record<string, string> = {}): Promise<FormAnswer> =>
    client.form('/introspect', { token, ...fields }, basic(by));
  const worth = async (token: string, by: Registered = api) => {
    const { status, headers, body } = await introspect(token, by);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    return body;
  };
  const signIn = async (by: Registered = app, person: Person = kandi): Promise<Given> =>
    (await exchange(gatehouse, by, await createBrowserOf(gatehouse).allow(by, person))).body;
  const refresh = async (refresh_token: string): Promise<Given> =>
    (await client.form('/token', { grant_type: 'refresh_token', refresh_token }, basic(app))).body;
  const asAdmin = async (query: string) => client.ask(query, { token: await adminToken(gatehouse) });

  describe('tells every registered client of an access token', () => {
    it('its scope, its user and its client', async () => {
      const { access_token } = await signIn();
      const { sub, iat, exp, jti } = decodeJwt(access_token);
      expect(await worth(access_token)).toEqual({
        active: true,
        scope: 'account',
        client_id: app.id,
        username: kandi.username,
        token_type: 'bearer',
        iss: gatehouse.url,
        aud: 'gatehouse',
        sub,
        iat,
        exp,
        jti,
        auth_time: Math.floor(now / 1000),
        amr: ['pwd'],
        acr: 'urn:gatehouse:acr:1',
      });
      expect(sub).toBe(kandi.username);
    });

    it('from our own sign-in, with no client', async () => {
      const { accessToken } = await client.login(kandi.username, kandi.password);
      const told = await worth(accessToken);
      expect(told).toMatchObject({ active: true, username: kandi.username, scope: 'account' });
      expect(told).not.toHaveProperty('client_id');
    });

    it('from a program, with no user', async () => {
      const machine = await registerClient(gatehouse, { grantTypes: ['client_credentials'], scopes: ['reports'] });
      const { body } = await client.form('/token', { grant_type: 'client_credentials' }, basic(machine));
      const told = await worth(body.access_token);
      expect(told).toMatchObject({
        active: true,
        sub: `client:${machine.id}`,
        client_id: machine.id,
        scope: 'reports',
      });
      for (const claim of ['username', 'auth_time', 'amr', 'acr']) expect(told).not.toHaveProperty(claim);
    });

    it('as far as the role goes by now, and not as far as when it was made', async () => {
      const boss = await createUser(gatehouse, { role: 'admin' });
      const { access_token } = await signIn(app, boss);
      expect((await worth(access_token)).scope).toBe('account users:read');
      await asAdmin(`mutation { setUserRole(username: "${boss.username}", role: "user") { id } }`);
      expect(await worth(access_token)).toMatchObject({ active: true, scope: 'account' });
      // The token itself still has the old scope, so only introspection shows the change.
      expect(decodeJwt(access_token)['scope']).toBe('account users:read');
    });

    it.each(['access_token', 'refresh_token', 'something_else'])('whatever the hint: %s', async (token_type_hint) => {
      const { access_token, refresh_token } = await signIn();
      expect((await introspect(access_token, api, { token_type_hint })).body.active).toBe(true);
      expect((await introspect(refresh_token, app, { token_type_hint })).body.active).toBe(true);
    });
  });

  describe('tells of a refresh token', () => {
    it('its own client alone', async () => {
      const { refresh_token } = await signIn();
      const told = await worth(refresh_token, app);
      expect(told).toEqual({
        active: true,
        scope: 'account',
        client_id: app.id,
        username: kandi.username,
        iss: gatehouse.url,
        sub: kandi.username,
        iat: Math.floor(now / 1000),
        exp: Math.floor(now / 1000) + 30 * 86_400,
      });
      expect(await worth(refresh_token, api)).toEqual(INACTIVE);
    });

    it('no client may ask, if it is from our own sign-in', async () => {
      const { refreshToken } = await client.login(kandi.username, kandi.password);
      expect(await worth(refreshToken, api)).toEqual(INACTIVE);
      expect(await worth(refreshToken, app)).toEqual(INACTIVE);
    });

    it('only the newest one as active', async () => {
      const first = await signIn();
      const second = await refresh(first.refresh_token);
      expect(await worth(first.refresh_token, app)).toEqual(INACTIVE);
      expect((await worth(second.refresh_token, app)).active).toBe(true);
    });

    it('and uses nothing up', async () => {
      const first = await signIn();
      for (let time = 0; time < 3; time += 1) await worth(first.refresh_token, app);
      expect((await refresh(first.refresh_token)).access_token).toEqual(expect.any(String));
    });
  });

  describe('says no more than inactive', () => {
    const expectOver = async ({ access_token, refresh_token }: Given) => {
      expect(await worth(access_token)).toEqual(INACTIVE);
      expect(await worth(refresh_token, app)).toEqual(INACTIVE);
    };

    it.each<[string, (given: Given, person: Person) => Promise<unknown>]>([
      [
        'was revoked by its client',
        ({ refresh_token }) => client.form('/revoke', { token: refresh_token }, basic(app)),
      ],
      ['was logged out', ({ refresh_token }) => client.send(LogoutDocument, { refreshToken: refresh_token })],
      [
        'was ended by an admin',
        (_, { username }) => asAdmin(`mutation { revokeUserSessions(username: "${username}") }`),
      ],
      [
        'is of a disabled account',
        async (_, { username }) =>
          client.send(SetUserDisabledDocument, { username, disabled: true }, { token: await adminToken(gatehouse) }),
      ],
      [
        'was stolen: an older one came back',
        async ({ refresh_token }) => {
          const second = await refresh(refresh_token);
          await refresh(second.refresh_token);
          await refresh(refresh_token);
        },
      ],
      ['has expired', async () => void (now += 31 * 86_400_000)],
    ])('about a token that %s', async (_title, end) => {
      const person = await createUser(gatehouse);
      const given = await signIn(app, person);
      expect((await worth(given.access_token)).active).toBe(true);
      await end(given, person);
      await expectOver(given);
    });

    it('about an expired access token with a valid refresh token', async () => {
      const { access_token, refresh_token } = await signIn();
      now += 30 * 60_000 + 6_000;
      expect(await worth(access_token)).toEqual(INACTIVE);
      expect((await worth(refresh_token, app)).active).toBe(true);
    });

    it.each<[string, (given: Given) => string]>([
      ['garbage', () => 'garbage'],
      ['NUL', () => '\0'],
      ['90 kB', () => 'a'.repeat(90_000)],
      ['an access token with another signature', ({ access_token }) => `${access_token.slice(0, -4)}AAAA`],
      ['an access token without one', ({ access_token }) => access_token.replace(/[^.]*$/, '')],
      ['a cut refresh token', ({ refresh_token }) => refresh_token.slice(0, -1)],
    ])('about %s', async (_title, forge) => {
      const given = await signIn();
      expect(await worth(forge(given), app)).toEqual(INACTIVE);
    });

    it('about a code, which stays unused', async () => {
      const good = await createBrowserOf(gatehouse).allow(app, kandi);
      expect(await worth(good.code, app)).toEqual(INACTIVE);
      expect((await exchange(gatehouse, app, good)).status).toBe(200);
    });
  });

  // Section 4: any other caller could find out which stolen tokens are still valid.
  describe('is for clients with a secret alone: refused to', () => {
    it.each<[string, () => Record<string, string>, () => Record<string, string>]>([
      ['a stranger', () => ({}), () => ({})],
      ['an unknown client', () => ({}), () => ({ client_id: 'nobody', client_secret: 'a guess of mine' })],
      ['a wrong secret', () => basic({ id: api.id, secret: 'a guess of mine' }), () => ({})],
      ['a name without a secret', () => ({}), () => ({ client_id: api.id })],
    ])('%s', async (_title, headers, fields) => {
      const { access_token } = await signIn();
      for (const authorization of [headers(), { authorization: `Bearer ${access_token}`, ...headers() }]) {
        const answer = await client.form('/introspect', { token: access_token, ...fields() }, authorization);
        expect({ status: answer.status, body: answer.body }).toEqual({
          status: 401,
          body: { error: 'invalid_client', error_description: 'Client authentication failed' },
        });
        expect(answer.headers.get('www-authenticate')).toBe('Basic realm="gatehouse"');
      }
    });

    it('a public client, also for a token of its own', async () => {
      const phone = await registerClient(gatehouse, { public: true });
      const { access_token, refresh_token } = await signIn(phone);
      for (const token of [access_token, refresh_token]) {
        const answer = await client.form('/introspect', { token, client_id: phone.id });
        expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
      }
    });
  });

  it('asks for a token, once', async () => {
    for (const body of ['', 'token=', 'token=a&token=b']) {
      const answer = await client.form('/introspect', body, basic(api));
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
  });

  it('takes no GET, whose URL would be written down', async () => {
    const { access_token } = await signIn();
    const answer = await fetch(`${gatehouse.url}/introspect?token=${access_token}`, { headers: basic(api) });
    expect(answer.status).toBe(404);
  });
});
