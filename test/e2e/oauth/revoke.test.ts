import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { SetUserDisabledDocument } from '../../../schema/documents.ts';
import { createRefreshTokens } from '../../../src/sessions/refresh_token.ts';
import type { Client, FormAnswer } from '../../support/http_client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { basic, createBrowserOf, exchange, registerClient, type Registered } from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

interface Given {
  readonly access_token: string;
  readonly refresh_token: string;
}

describe('the revocation endpoint (RFC 7009)', () => {
  let now = Date.now();
  let gatehouse: Instance;
  let client: Client;
  let app: Registered;
  let other: Registered;
  let phone: Registered;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({ clock: () => now, env: { REFRESH_GRACE_SECONDS: '10' } });
    client = gatehouse.client;
    app = await registerClient(gatehouse);
    other = await registerClient(gatehouse);
    phone = await registerClient(gatehouse, { public: true });
    kandi = await createUser(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const revoke = (token: string, by: Registered | null, fields: Record<string, string> = {}): Promise<FormAnswer> => {
    const named = by?.secret === null ? { client_id: by.id } : {};
    return client.form('/revoke', { token, ...named, ...fields }, by?.secret == null ? {} : basic(by));
  };
  const refresh = (refresh_token: string, by: Registered): Promise<FormAnswer> => {
    const fields = { grant_type: 'refresh_token', refresh_token };
    return by.secret === null
      ? client.form('/token', { ...fields, client_id: by.id })
      : client.form('/token', fields, basic(by));
  };
  const signIn = async (by: Registered = app, person: Person = kandi): Promise<Given> =>
    (await exchange(gatehouse, by, await createBrowserOf(gatehouse).allow(by, person))).body;
  const firstParty = async (): Promise<Given> => (await client.form('/token', { ...kandi })).body;
  const whoIs = async (token: string) => {
    const { data, refusal } = await client.me(token);
    return data?.me.username ?? refusal;
  };
  const events = async () => {
    const [counted] = await gatehouse.sql(
      `select count(*)::int as events from audit_events where type = 'token.revoked'`,
    );
    return counted!['events'] as number;
  };

  it('ends a session that takes back one access token after the other: one denial for all of them', async () => {
    let { access_token, refresh_token } = await firstParty();
    const rows = async () => {
      const [counted] = await gatehouse.sql(`select count(*)::int as rows from revocations`);
      return counted!['rows'] as number;
    };
    const before = await rows();
    for (let n = 0; n < 10; n += 1) {
      await revoke(access_token, null);
      ({ access_token, refresh_token } = (await client.form('/token/refresh', { refresh_token })).body);
    }
    expect(await whoIs(access_token)).toBe(kandi.username);
    const spare = (await client.form('/token/refresh', { refresh_token })).body;
    await revoke(access_token, null);
    expect(await whoIs(access_token)).toBe('UNAUTHENTICATED/REVOKED');
    expect(await whoIs(spare.access_token)).toBe('UNAUTHENTICATED/REVOKED');
    expect((await client.form('/token/refresh', { refresh_token: spare.refresh_token })).status).toBe(400);
    expect(await rows()).toBe(before + 11);
    await revoke(spare.access_token, null);
    expect(await rows()).toBe(before + 11);
  });

  /** Section 2.2: the response is the same for every token. */
  function expectDone({ status, headers, body }: FormAnswer): void {
    expect({ status, body, length: headers.get('content-length') }).toEqual({
      status: 200,
      body: undefined,
      length: '0',
    });
    expect(headers.get('cache-control')).toBe('no-store');
  }

  describe.each<[string, () => Registered | null]>([
    ['a client with a secret', () => app],
    ['a client without one', () => phone],
    ['nobody, of our own sign-ins', () => null],
  ])('asked by %s', (_title, by) => {
    const given = () => (by() === null ? firstParty() : signIn(by()!));
    const renewed = async (token: string) =>
      by() === null ? client.form('/token/refresh', { refresh_token: token }) : refresh(token, by()!);

    it('a refresh token ends its session, with every access token of it', async () => {
      const first = await given();
      const second = (await renewed(first.refresh_token)).body as Given;
      const elsewhere = await given();
      expectDone(await revoke(second.refresh_token, by()));
      expect((await renewed(second.refresh_token)).body).toMatchObject({ error: 'invalid_grant' });
      for (const { access_token } of [first, second]) expect(await whoIs(access_token)).toBe('UNAUTHENTICATED/REVOKED');
      expect(await whoIs(elsewhere.access_token)).toBe(kandi.username);
      expect((await renewed(elsewhere.refresh_token)).status).toBe(200);
    });

    it('an access token ends, and that one alone', async () => {
      const first = await given();
      const second = (await renewed(first.refresh_token)).body as Given;
      expectDone(await revoke(first.access_token, by()));
      expect(await whoIs(first.access_token)).toBe('UNAUTHENTICATED/REVOKED');
      expect(await whoIs(second.access_token)).toBe(kandi.username);
      expect((await renewed(second.refresh_token)).status).toBe(200);
    });

    it.each(['access_token', 'refresh_token', 'something_else', ''])('a hint of %j changes nothing', async (hint) => {
      const { access_token, refresh_token } = await given();
      expectDone(await revoke(access_token, by(), { token_type_hint: hint }));
      expect(await whoIs(access_token)).toBe('UNAUTHENTICATED/REVOKED');
      expectDone(await revoke(refresh_token, by(), { token_type_hint: hint }));
      expect((await renewed(refresh_token)).status).toBe(400);
    });
  });

  it('a refresh token that was used up still ends its session: who holds it wants it to end', async () => {
    const first = await signIn();
    const second = (await refresh(first.refresh_token, app)).body as Given;
    expectDone(await revoke(first.refresh_token, app));
    expect((await refresh(second.refresh_token, app)).status).toBe(400);
    expect(await whoIs(second.access_token)).toBe('UNAUTHENTICATED/REVOKED');
  });

  it('the session of a disabled account stays over once it is enabled', async () => {
    const person = await createUser(gatehouse);
    const { access_token, refresh_token } = await signIn(app, person);
    const disable = async (disabled: boolean) =>
      client.send(
        SetUserDisabledDocument,
        { username: person.username, disabled },
        { token: await adminToken(gatehouse) },
      );
    await disable(true);
    expectDone(await revoke(refresh_token, app));
    await disable(false);
    expect(await whoIs(access_token)).toBe('UNAUTHENTICATED/REVOKED');
  });

  it('a program takes back a token of its own', async () => {
    const machine = await registerClient(gatehouse, { grantTypes: ['client_credentials'] });
    const api = await registerClient(gatehouse, { grantTypes: ['client_credentials'] });
    const { access_token } = (await client.form('/token', { grant_type: 'client_credentials' }, basic(machine))).body;
    const active = async () => (await client.form('/introspect', { token: access_token }, basic(api))).body.active;
    expectDone(await revoke(access_token, api));
    expect(await active()).toBe(true);
    expectDone(await revoke(access_token, machine));
    expect(await active()).toBe(false);
  });

  describe('says 200 and changes nothing for', () => {
    it.each<[string, (given: Given) => string]>([
      ['garbage', () => 'garbage'],
      ['NUL', () => '\0'],
      ['90 kB', () => 'a'.repeat(90_000)],
      ['a cut refresh token', ({ refresh_token }) => refresh_token.slice(0, -1)],
      ['a longer refresh token', ({ refresh_token }) => `${refresh_token}A`],
      ['an access token with another signature', ({ access_token }) => `${access_token.slice(0, -4)}AAAA`],
      ['an access token without one', ({ access_token }) => access_token.replace(/[^.]*$/, '')],
      [
        "another server's refresh token for the session",
        ({ access_token }) =>
          createRefreshTokens(['the secret of another server, long enough']).mint(
            decodeJwt(access_token)['sid'] as string,
            0,
          ).text,
      ],
    ])('%s', async (_title, forge) => {
      const given = await signIn();
      const before = await events();
      expectDone(await revoke(forge(given), app));
      expect(await whoIs(given.access_token)).toBe(kandi.username);
      expect((await refresh(given.refresh_token, app)).status).toBe(200);
      expect(await events()).toBe(before);
    });

    // Section 2.1: a client revokes only its own tokens, and a request without a client revokes none.
    it.each<[string, () => Registered, () => Registered | null]>([
      ["another client's", () => app, () => other],
      ["a public client's, by another", () => phone, () => app],
      ["a client's, by nobody", () => app, () => null],
      ["a public client's, by nobody", () => phone, () => null],
    ])('tokens that are %s', async (_title, of, by) => {
      const given = await signIn(of());
      const before = await events();
      expectDone(await revoke(given.access_token, by()));
      expectDone(await revoke(given.refresh_token, by()));
      expect(await whoIs(given.access_token)).toBe(kandi.username);
      expect((await refresh(given.refresh_token, of())).status).toBe(200);
      expect(await events()).toBe(before);
    });

    it('tokens of our own sign-ins, by a client', async () => {
      const given = await firstParty();
      for (const token of [given.access_token, given.refresh_token]) expectDone(await revoke(token, app));
      expect(await whoIs(given.access_token)).toBe(kandi.username);
      expect((await client.form('/token/refresh', { refresh_token: given.refresh_token })).status).toBe(200);
    });

    it('an ended token', async () => {
      const given = await signIn();
      expectDone(await revoke(given.refresh_token, app));
      const before = await events();
      expectDone(await revoke(given.refresh_token, app));
      now += 31 * 60_000;
      expectDone(await revoke(given.access_token, app));
      expect(await events()).toBe(before);
    });

    it('an access token that was revoked before', async () => {
      const given = await signIn();
      const before = await events();
      for (let time = 0; time < 3; time += 1) expectDone(await revoke(given.access_token, app));
      expect(await events()).toBe(before + 1);
      expect(await whoIs(given.access_token)).toBe('UNAUTHENTICATED/REVOKED');
    });

    it('a code: it is no token', async () => {
      const good = await createBrowserOf(gatehouse).allow(app, kandi);
      expectDone(await revoke(good.code, app));
      expect((await exchange(gatehouse, app, good)).status).toBe(200);
    });
  });

  describe('refuses', () => {
    it.each<[string, (given: Given) => Record<string, string>, () => Record<string, string>, number, string]>([
      [
        'a wrong secret',
        ({ refresh_token }) => ({ token: refresh_token }),
        () => basic({ id: app.id, secret: 'a guess of mine' }),
        401,
        'invalid_client',
      ],
      [
        'no secret',
        ({ refresh_token }) => ({ token: refresh_token, client_id: app.id }),
        () => ({}),
        401,
        'invalid_client',
      ],
      [
        'an unknown client',
        ({ refresh_token }) => ({ token: refresh_token, client_id: 'nobody' }),
        () => ({}),
        401,
        'invalid_client',
      ],
      ['no token', () => ({}), () => basic(app), 400, 'invalid_request'],
      ['an empty token', () => ({ token: '' }), () => basic(app), 400, 'invalid_request'],
      [
        'two proofs',
        ({ refresh_token }) => ({ token: refresh_token, client_secret: app.secret! }),
        () => basic(app),
        400,
        'invalid_request',
      ],
    ])('%s, and changes nothing', async (_title, fields, headers, status, error) => {
      const given = await signIn();
      expect(await client.form('/revoke', fields(given), headers())).toMatchObject({ status, body: { error } });
      expect((await refresh(given.refresh_token, app)).status).toBe(200);
    });

    it('two tokens', async () => {
      const { access_token, refresh_token } = await signIn();
      const answer = await client.form('/revoke', `token=${access_token}&token=${refresh_token}`, basic(app));
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(await whoIs(access_token)).toBe(kandi.username);
    });

    it('JSON, and GET', async () => {
      const { access_token } = await signIn();
      const json = await client.form('/revoke', JSON.stringify({ token: access_token }), {
        ...basic(app),
        'content-type': 'application/json',
      });
      expect(json).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      const get = await fetch(`${gatehouse.url}/revoke?token=${access_token}`, { headers: basic(app) });
      expect(get.status).toBe(404);
      expect(await whoIs(access_token)).toBe(kandi.username);
    });
  });
});
