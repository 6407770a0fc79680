import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Client, FormAnswer } from '../../support/http_client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { basic, NO_SCOPES, registerClient, type Registered } from '../../support/oauth_client.ts';
import { adminToken } from '../../support/accounts.ts';

describe('a program on its own (RFC 6749 section 4.4)', () => {
  let gatehouse: Instance;
  let client: Client;
  let machine: Registered;
  beforeAll(async () => {
    gatehouse = await startInstance();
    client = gatehouse.client;
    machine = await registerClient(gatehouse, {
      grantTypes: ['client_credentials'],
      scopes: ['account', 'users:read', 'users:write', 'clients', 'reports'],
    });
  });
  afterAll(() => gatehouse.close());

  const grant = (fields: Record<string, string> = {}, by: Registered = machine) =>
    client.form('/token', { grant_type: 'client_credentials', ...fields }, basic(by));
  const tokenOf = async (by: Registered = machine): Promise<string> => (await grant({}, by)).body.access_token;

  it('gets a token without a user: no role, no session, no refresh token', async () => {
    const { status, headers, body } = await grant();
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 1800,
        scope: 'account users:read users:write clients reports',
      },
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('set-cookie')).toBeNull();
    expect(decodeJwt(body.access_token)).toEqual({
      iss: gatehouse.url,
      aud: 'gatehouse',
      sub: `client:${machine.id}`,
      client_id: machine.id,
      scope: body.scope,
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('gets so many tokens a minute, each of which can be denied, and other programs as many', async () => {
    const [busy, quiet] = [
      await registerClient(gatehouse, { grantTypes: ['client_credentials'] }),
      await registerClient(gatehouse, { grantTypes: ['client_credentials'] }),
    ];
    let given = 0;
    let refused: FormAnswer | undefined;
    while (!refused && given < 900) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => grant({}, busy)));
      given += answers.filter(({ status }) => status === 200).length;
      refused = answers.find(({ status }) => status !== 200);
    }
    expect(given).toBeGreaterThanOrEqual(300);
    const { status, headers, body } = refused!;
    expect({ status, error: body.error }).toEqual({ status: 429, error: 'temporarily_unavailable' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await grant({}, quiet)).status).toBe(200);
  }, 60_000);

  it('with the scope it asks for', async () => {
    const { body } = await grant({ scope: 'reports' });
    expect(body.scope).toBe('reports');
    expect(decodeJwt(body.access_token)['scope']).toBe('reports');
  });

  it.each(['audit:read', 'reports audit:read', '*', 'Reports', 'reports\tclients'])(
    'never with a scope beyond what it is registered for: %j',
    async (scope) => {
      const { status, body } = await grant({ scope });
      expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_scope' });
    },
  );

  it.each(NO_SCOPES)('never with what is no scope, also where it may have any: %s', async (_title, scope) => {
    const any = await registerClient(gatehouse, { grantTypes: ['client_credentials'], scopes: ['*'] });
    expect(await grant({ scope }, any)).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    expect((await grant({ scope: 'reports' }, any)).body.scope).toBe('reports');
  });

  // The token has no user, so it has no role and no account, whatever its scopes are.
  it.each([
    '{ me { username } }',
    '{ protectedData { message } }',
    '{ adminDashboard { message } }',
    '{ users { totalCount } }',
    '{ user(username: "admin") { username } }',
    '{ clients { id } }',
    '{ auditEvents { edges { node { id } } } }',
    'mutation { logoutEverywhere }',
    'mutation { changePassword(currentPassword: "a", newPassword: "a long enough one") }',
    'mutation { createUser(input: { username: "mallory", email: "m@example.com", password: "a long password" }) { id } }',
    'mutation { setUserRole(username: "admin", role: "user") { id } }',
    'mutation { createClient(input: { name: "x", grantTypes: ["password"] }) { secret } }',
    'mutation { revokeSession(id: "00000000-0000-4000-8000-000000000000") }',
  ])('may not ask for a person: %s', async (query) => {
    const { data, refusal } = await client.ask(query, { token: await tokenOf() });
    expect(refusal).toBe('FORBIDDEN');
    expect(Object.values(data ?? {})).toEqual(data ? [null] : []);
  });

  it('has no user in REST, and sees the reason', async () => {
    const answer = await fetch(`${gatehouse.url}/users/me`, {
      headers: { authorization: `Bearer ${await tokenOf()}` },
    });
    expect({ status: answer.status, challenge: answer.headers.get('www-authenticate') }).toEqual({
      status: 403,
      challenge: 'Bearer error="insufficient_scope"',
    });
  });

  it('may ask for what is public', async () => {
    expect((await client.ask('{ __typename }', { token: await tokenOf() })).data).toEqual({ __typename: 'Query' });
  });

  it('ends no session by logging out', async () => {
    const [token, other] = [await tokenOf(), await adminToken(gatehouse)];
    const { refusal } = await client.ask('mutation { logout }', { token });
    expect(refusal).toBeUndefined();
    expect((await client.me(other)).refusal).toBeUndefined();
    // The token is valid, but a program may not ask for a user.
    expect((await client.me(token)).refusal).toBe('FORBIDDEN');
  });

  it('is not a person of the same name', async () => {
    // The colon distinguishes it from user names, which have none.
    const answer = await client.ask(
      `mutation { createUser(input: { username: "client:${machine.id}", email: "c@example.com", password: "a long password" }) { id } }`,
      { token: await adminToken(gatehouse) },
    );
    expect(answer.refusal).toBe('BAD_USER_INPUT');
  });

  it('has its tokens denied once it is removed', async () => {
    const gone = await registerClient(gatehouse, { grantTypes: ['client_credentials'] });
    const [token, kept] = [await tokenOf(gone), await tokenOf()];
    await client.ask(`mutation { removeClient(id: "${gone.id}") }`, { token: await adminToken(gatehouse) });
    expect((await client.me(token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    expect((await client.me(kept)).refusal).toBe('FORBIDDEN');
    expect(await grant({}, gone)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('is no client that is registered for something else', async () => {
    const app = await registerClient(gatehouse);
    expect(await grant({}, app)).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
  });

  describe('may not, with the same proof,', () => {
    it.each<[string, () => Record<string, string>]>([
      ['sign a person in', () => ({ grant_type: 'password', ...gatehouse.admin })],
      ['refresh', () => ({ grant_type: 'refresh_token', refresh_token: 'x' })],
      [
        'exchange a code',
        () => ({ grant_type: 'authorization_code', code: 'x', redirect_uri: 'y', code_verifier: 'z' }),
      ],
    ])('%s', async (_title, fields) => {
      const answer = await client.form('/token', fields(), basic(machine));
      expect(answer).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    });
  });
});
