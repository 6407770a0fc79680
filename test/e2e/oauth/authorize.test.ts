import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { ChangePasswordDocument, MeDocument, SetUserDisabledDocument } from '../../../schema/documents.ts';
import { operator } from '../../../src/cli/operator.ts';
import { createUseCases, type UseCases } from '../../../src/application/use_cases.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import {
  allowAs,
  basic,
  type BrowserOf,
  CALLBACK,
  createBrowserOf,
  exchange,
  NO_SCOPES,
  pkce,
  type Registered,
  registerClient,
} from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { openEmbeddedServices } from '../../support/open_stores.ts';

const BAD_CODE = {
  status: 400,
  body: { error: 'invalid_grant', error_description: 'Invalid or expired authorization code' },
};

describe('the authorization code', () => {
  let now = Date.now();
  let gatehouse: Instance;
  let browser: BrowserOf;
  let app: Registered;
  let other: Registered;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({ clock: () => now, env: { LOGIN_LIMIT_PER_IP: '10000' } });
    browser = createBrowserOf(gatehouse);
    app = await registerClient(gatehouse);
    other = await registerClient(gatehouse);
    kandi = await createUser(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const whoIs = async (token: string) => {
    const { data, refusal } = await gatehouse.client.me(token);
    return data?.me.username ?? refusal;
  };
  const auditOf = async (type: string, username: string) => {
    const events = gatehouse.client.ask(
      `{ auditEvents(type: "${type}", username: "${username}") { edges { node { type subject } } } }`,
      { token: await adminToken(gatehouse) },
    );
    const { data, errors } = await events;
    if (errors) throw new Error(JSON.stringify(errors));
    return data.auditEvents.edges.length as number;
  };

  it('becomes tokens of the person and the client, with state and issuer beside it', async () => {
    const { code, verifier, answer } = await browser.allow(app, kandi);
    expect(answer.status).toBe(303);
    expect(answer.location!.startsWith(`${CALLBACK}?`)).toBe(true);
    expect(Object.fromEntries(answer.sent!)).toEqual({ code, state: 'the state', iss: gatehouse.url });

    const { status, headers, body } = await exchange(gatehouse, app, { code, verifier });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 1800,
      refresh_token: expect.stringMatching(/^[\w-]{114}$/),
      scope: 'account',
    });
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: kandi.username, client_id: app.id, scope: 'account' });
    expect(await whoIs(body.access_token)).toBe(kandi.username);
    expect(await auditOf('consent.given', kandi.username)).toBeGreaterThan(0);
  });

  it('works for a public client, which proves nothing but the verifier', async () => {
    const phone = await registerClient(gatehouse, { public: true, redirectUris: ['com.example.app:/callback'] });
    const { code, verifier, answer } = await browser.allow(phone, kandi);
    expect(answer.location!.startsWith('com.example.app:/callback?code=')).toBe(true);
    expect((await exchange(gatehouse, phone, { code, verifier })).status).toBe(200);
  });

  it('takes any port of a loopback address that is registered', async () => {
    const desk = await registerClient(gatehouse, { public: true, redirectUris: ['http://127.0.0.1/callback'] });
    const here = { ...desk, redirectUri: 'http://127.0.0.1:49152/callback' };
    const { code, verifier } = await browser.allow(here, kandi);
    expect(await exchange(gatehouse, desk, { code, verifier })).toMatchObject(BAD_CODE);
    const again = await browser.allow(here, kandi);
    expect((await exchange(gatehouse, here, again)).status).toBe(200);

    const nowhere = { ...desk, redirectUri: 'http://127.0.0.1:99999/callback' };
    const { status, location } = await browser.visit(browser.parametersOf(nowhere, pkce().challenge));
    expect({ status, location }).toEqual({ status: 400, location: null });
  });

  // RFC 6749 section 3.1.2.3; OAuth 2.1 section 4.1.3.
  it('needs no redirect URI where the client has one alone', async () => {
    const { verifier, challenge } = pkce();
    const { redirect_uri: _, ...parameters } = browser.parametersOf(app, challenge);
    const { location } = await browser.submit(await browser.open(parameters), { ...kandi });
    expect(location!.startsWith(`${CALLBACK}?code=`)).toBe(true);
    const code = new URL(location!).searchParams.get('code')!;
    noteSecrets(code);
    expect((await exchange(gatehouse, app, { code, verifier }, { redirect_uri: '' })).status).toBe(200);
  });

  it('needs one where the client has several', async () => {
    const twofold = await registerClient(gatehouse, { redirectUris: [CALLBACK, `${CALLBACK}/other`] });
    const { redirect_uri: _, ...parameters } = browser.parametersOf(twofold, pkce().challenge);
    const { status, location } = await browser.visit(parameters);
    expect({ status, location }).toEqual({ status: 400, location: null });
  });

  it('gives a client without refresh_token none', async () => {
    const brief = await registerClient(gatehouse, { grantTypes: ['authorization_code'] });
    const { body } = await exchange(gatehouse, brief, await browser.allow(brief, kandi));
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 1800,
      scope: 'account',
    });
  });

  it('binds the refresh token to its client', async () => {
    const { body } = await exchange(gatehouse, app, await browser.allow(app, kandi));
    const grant = { grant_type: 'refresh_token', refresh_token: body.refresh_token as string };
    const asOther = { ...grant, client_id: other.id, client_secret: other.secret! };
    for (const fields of [grant, asOther]) {
      expect(await gatehouse.client.form('/token', fields)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    }
    expect((await gatehouse.client.refresh(body.refresh_token)).refusal).toBe('UNAUTHENTICATED');
    const own = await gatehouse.client.form('/token', { ...grant, client_id: app.id, client_secret: app.secret! });
    expect(own.status).toBe(200);
    expect(decodeJwt(own.body.access_token)).toMatchObject({ client_id: app.id, scope: 'account' });
  });

  describe('is refused', () => {
    const forged = randomBytes(32).toString('base64url');
    it.each<[string, (good: { code: string; verifier: string }) => [Registered, Record<string, string>]]>([
      ['with a wrong verifier', () => [app, { code_verifier: pkce().verifier }]],
      ['with the challenge for a verifier', ({ verifier }) => [app, { code_verifier: pkce(verifier).challenge }]],
      ['with a verifier that is too short', ({ verifier }) => [app, { code_verifier: verifier.slice(0, 42) }]],
      ['with a verifier that is too long', () => [app, { code_verifier: 'a'.repeat(129) }]],
      ['with another redirect URI', () => [app, { redirect_uri: `${CALLBACK}/` }]],
      ['with a redirect URI of another spelling', () => [app, { redirect_uri: 'https://APP.example/callback' }]],
      ['to another client', () => [other, {}]],
    ])('%s, and burnt', async (_title, present) => {
      const person = await createUser(gatehouse);
      const good = await browser.allow(app, person);
      const [client, fields] = present(good);
      expect(await exchange(gatehouse, client, good, fields)).toMatchObject(BAD_CODE);
      expect(await exchange(gatehouse, app, good)).toMatchObject(BAD_CODE);
      expect(await auditOf('code.reused', person.username)).toBe(1);
    });

    // Threat: with one store for all single-use values, a value of another kind could pass for a code.
    it.each<[string, () => Promise<string>]>([
      ['a refresh token', async () => (await gatehouse.client.login(kandi.username, kandi.password)).refreshToken],
      ['an access token', async () => (await gatehouse.client.login(kandi.username, kandi.password)).accessToken],
      ["a page's transaction", async () => (await shown()).transaction],
      ["a page's token", async () => (await shown()).csrf],
      ["a page's cookie", async () => (await shown()).cookie.split('=')[1]!],
      ['the secret of the client', async () => app.secret!],
    ])('where it is %s', async (_title, other) => {
      const { verifier } = pkce();
      expect(await exchange(gatehouse, app, { code: await other(), verifier })).toMatchObject(BAD_CODE);
    });
    const shown = () => browser.open(browser.parametersOf(app, pkce().challenge));

    it.each<[string, (code: string) => string]>([
      ['forged', () => forged],
      ['truncated', (code) => code.slice(0, -1)],
      ['longer', (code) => `${code}A`],
      ['NUL', () => '\0'],
    ])('where it is %s, and burns nothing', async (_title, forge) => {
      const good = await browser.allow(app, kandi);
      expect(await exchange(gatehouse, app, { ...good, code: forge(good.code) })).toMatchObject(BAD_CODE);
      expect((await exchange(gatehouse, app, good)).status).toBe(200);
    });

    it.each(['code', 'code_verifier'])('without %s, and not burnt', async (name) => {
      const good = await browser.allow(app, kandi);
      expect(await exchange(gatehouse, app, good, { [name]: '' })).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
      expect((await exchange(gatehouse, app, good)).status).toBe(200);
    });

    it('without a client', async () => {
      const { code, verifier } = await browser.allow(app, kandi);
      const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier };
      for (const named of [{}, { client_id: app.id }]) {
        const answer = await gatehouse.client.form('/token', { ...fields, ...named });
        expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
      }
      expect((await exchange(gatehouse, app, { code, verifier })).status).toBe(200);
    });

    it('after a minute', async () => {
      const good = await browser.allow(app, kandi);
      now += 60_000;
      expect(await exchange(gatehouse, app, good)).toMatchObject(BAD_CODE);
    });

    it('after whatever ended the sessions of the person', async () => {
      const person = await createUser(gatehouse);
      const good = await browser.allow(app, person);
      const variables = { username: person.username };
      const token = await adminToken(gatehouse);
      await gatehouse.client.ask('mutation ($username: String!) { revokeUserSessions(username: $username) }', {
        variables,
        token,
      });
      expect(await exchange(gatehouse, app, good)).toMatchObject(BAD_CODE);

      const next = await browser.allow(app, person);
      for (const disabled of [true, false]) {
        await gatehouse.client.send(SetUserDisabledDocument, { ...variables, disabled }, { token });
      }
      expect(await exchange(gatehouse, app, next)).toMatchObject(BAD_CODE);
    });

    it('after the person changed the password', async () => {
      const person = await createUser(gatehouse);
      const good = await browser.allow(app, person);
      const { accessToken } = await gatehouse.client.login(person.username, person.password);
      const newPassword = `another ${person.password}`;
      noteSecrets(newPassword);
      const { errors } = await gatehouse.client.send(
        ChangePasswordDocument,
        { currentPassword: person.password, newPassword },
        { token: accessToken },
      );
      expect(errors).toBeUndefined();
      expect(await exchange(gatehouse, app, good)).toMatchObject(BAD_CODE);
    });

    it('after its client was removed', async () => {
      const gone = await registerClient(gatehouse);
      const good = await browser.allow(gone, kandi);
      const tokens = (await exchange(gatehouse, gone, await browser.allow(gone, kandi))).body;
      const { data } = await gatehouse.client.ask(`mutation { removeClient(id: "${gone.id}") }`, {
        token: await adminToken(gatehouse),
      });
      expect(data).toEqual({ removeClient: true });
      expect(await exchange(gatehouse, gone, good)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
      expect(await whoIs(tokens.access_token)).toBe('UNAUTHENTICATED/REVOKED');
    });
  });

  it('used twice ends the session of its first use, with its tokens', async () => {
    const person = await createUser(gatehouse);
    const good = await browser.allow(app, person);
    const first = (await exchange(gatehouse, app, good)).body;
    const elsewhere = await gatehouse.client.login(person.username, person.password);
    expect(await exchange(gatehouse, app, good)).toMatchObject(BAD_CODE);

    expect(await whoIs(first.access_token)).toBe('UNAUTHENTICATED/REVOKED');
    const fields = { grant_type: 'refresh_token', client_id: app.id, client_secret: app.secret! };
    const refreshed = await gatehouse.client.form('/token', { ...fields, refresh_token: first.refresh_token });
    expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await whoIs(elsewhere.accessToken)).toBe(person.username);
    expect(await auditOf('code.reused', person.username)).toBe(1);
  });

  it('used twice while the account is disabled ends them for good', async () => {
    const person = await createUser(gatehouse);
    const good = await browser.allow(app, person);
    const first = (await exchange(gatehouse, app, good)).body;
    const disable = async (disabled: boolean) =>
      gatehouse.client.send(
        SetUserDisabledDocument,
        { username: person.username, disabled },
        { token: await adminToken(gatehouse) },
      );
    await disable(true);
    expect(await exchange(gatehouse, app, good)).toMatchObject(BAD_CODE);
    await disable(false);
    expect(await whoIs(first.access_token)).toBe('UNAUTHENTICATED/REVOKED');
  });

  it('used twice long after still ends the session', async () => {
    const good = await browser.allow(app, kandi);
    const first = (await exchange(gatehouse, app, good)).body;
    now += 3_600_000;
    const fields = { grant_type: 'refresh_token', client_id: app.id, client_secret: app.secret! };
    const second = (await gatehouse.client.form('/token', { ...fields, refresh_token: first.refresh_token })).body;
    expect(await exchange(gatehouse, app, good)).toMatchObject(BAD_CODE);
    expect(await whoIs(second.access_token)).toBe('UNAUTHENTICATED/REVOKED');
  });

  it('used many times at once gives tokens at most once, and what it gave ends', async () => {
    const good = await browser.allow(app, kandi);
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(gatehouse, app, good)));
    const given = answers.filter(({ status }) => status === 200);
    expect(given).toHaveLength(1);
    expect(await whoIs(given[0]!.body.access_token)).toBe('UNAUTHENTICATED/REVOKED');
  });

  // Only PostgreSQL shows a missing lock.
  it.each<[string, (person: Person, by: Registered) => string]>([
    ['the sessions of the person are being ended', ({ username }) => `revokeUserSessions(username: "${username}")`],
    [
      'the account is being disabled',
      ({ username }) => `setUserDisabled(username: "${username}", disabled: true) { id }`,
    ],
    ['its client is being removed', (_, { id }) => `removeClient(id: "${id}")`],
  ])('used while %s gives nothing that lasts', async (_title, mutation) => {
    const token = await adminToken(gatehouse);
    for (let time = 0; time < 8; time += 1) {
      const [person, by] = [await createUser(gatehouse), await registerClient(gatehouse)];
      const good = await browser.allow(by, person);
      const [{ status, body }, ended] = await Promise.all([
        exchange(gatehouse, by, good),
        gatehouse.client.ask(`mutation { ${mutation(person, by)} }`, { token }),
      ]);
      expect(ended.errors).toBeUndefined();
      if (status !== 200) {
        expect([400, 401]).toContain(status);
        continue;
      }
      expect(['UNAUTHENTICATED/REVOKED', 'INACTIVE_USER']).toContain(await whoIs(body.access_token));
      const fields = { grant_type: 'refresh_token', refresh_token: body.refresh_token as string };
      expect((await gatehouse.client.form('/token', fields, basic(by))).status).not.toBe(200);
    }
  });

  it('is no session before it is exchanged', async () => {
    const token = await adminToken(gatehouse);
    const active = async () =>
      (await gatehouse.client.ask('{ adminDashboard { activeSessions } }', { token })).data.adminDashboard
        .activeSessions as number;
    const before = await active();
    const good = await browser.allow(app, kandi);
    expect(await active()).toBe(before);
    await exchange(gatehouse, app, good);
    expect(await active()).toBe(before + 1);
  });

  describe('carries a scope', () => {
    let broad: Registered;
    beforeAll(async () => {
      broad = await registerClient(gatehouse, { scopes: ['account', 'users:read'] });
    });
    const admin = () => gatehouse.admin;

    it('with only the requested scopes', async () => {
      const { body } = await exchange(gatehouse, broad, await browser.allow(broad, admin(), { scope: 'account' }));
      expect(body.scope).toBe('account');
      const read = await gatehouse.client.ask('{ users { totalCount } }', { token: body.access_token });
      expect(read.refusal).toBe('FORBIDDEN');
    });

    it('with which an app that an admin consented to cannot create users', async () => {
      const { body } = await exchange(gatehouse, broad, await browser.allow(broad, admin()));
      expect(body.scope).toBe('account users:read');
      const ask = (query: string) => gatehouse.client.ask(query, { token: body.access_token });
      expect((await ask('{ users { totalCount } }')).refusal).toBeUndefined();
      const created = await ask(
        'mutation { createUser(input: { username: "mallory", email: "m@example.com", password: "a long password" }) { id } }',
      );
      expect(created.refusal).toBe('FORBIDDEN');
      expect((await ask('mutation { createClient(input: { name: "x", grantTypes: [] }) { secret } }')).refusal).toBe(
        'FORBIDDEN',
      );
    });

    it('never beyond what the client is registered for', async () => {
      const { sent } = await browser.visit(
        browser.parametersOf(broad, pkce().challenge, { scope: 'account users:write' }),
      );
      expect(sent!.get('error')).toBe('invalid_scope');
    });

    // Tests with the scope `*`, which covers every request: an invalid scope would break the store or a header.
    it.each(NO_SCOPES)('never what is none: %s', async (_title, scope) => {
      const all = await registerClient(gatehouse, { scopes: ['*'] });
      const { sent } = await browser.visit(browser.parametersOf(all, pkce().challenge, { scope }));
      expect(Object.fromEntries(sent!)).toMatchObject({ error: 'invalid_scope', state: 'the state' });
    });

    it('never beyond the role', async () => {
      const page = await browser.open(browser.parametersOf(broad, pkce().challenge, { scope: 'account users:read' }));
      const { sent } = await browser.submit(page, { ...kandi });
      expect(Object.fromEntries(sent!)).toMatchObject({ error: 'invalid_scope', state: 'the state' });
      expect(sent!.get('code')).toBeNull();
    });

    it('no refresh can extend the scope', async () => {
      const { body } = await exchange(gatehouse, broad, await browser.allow(broad, admin(), { scope: 'account' }));
      const fields = { grant_type: 'refresh_token', refresh_token: body.refresh_token as string };
      const next = await gatehouse.client.form('/token', { ...fields, scope: 'account users:read' }, basic(broad));
      // RFC 6749 section 3.3: the requested scope is ignored, and the granted one is returned.
      expect({ status: next.status, scope: next.body.scope }).toEqual({ status: 200, scope: 'account' });
      const read = await gatehouse.client.ask('{ users { totalCount } }', { token: next.body.access_token });
      expect(read.refusal).toBe('FORBIDDEN');
    });

    it('with which an app that an admin consented to can, where it was allowed to', async () => {
      const writer = await registerClient(gatehouse, { scopes: ['account', 'users:write'] });
      const { body } = await exchange(gatehouse, writer, await browser.allow(writer, admin()));
      const input = `username: "made.by.an.app.${writer.id.slice(-6)}", email: "${writer.id}@example.com", password: "a long password"`;
      const { data, errors } = await gatehouse.client.ask(`mutation { createUser(input: { ${input} }) { id } }`, {
        token: body.access_token,
      });
      expect(errors).toBeUndefined();
      expect(data.createUser.id).toEqual(expect.any(String));
      // Other users' data needs another scope.
      const read = await gatehouse.client.ask('{ users { totalCount } }', { token: body.access_token });
      expect(read.refusal).toBe('FORBIDDEN');
    });

    it('within the current role', async () => {
      const { username, password } = await createUser(gatehouse, { role: 'admin' });
      const { body } = await exchange(gatehouse, broad, await browser.allow(broad, { username, password }));
      const token = await adminToken(gatehouse);
      await gatehouse.client.ask(`mutation { setUserRole(username: "${username}", role: "user") { id } }`, { token });
      expect((await gatehouse.client.send(MeDocument, {}, { token: body.access_token })).refusal).toBeUndefined();
      const fields = { grant_type: 'refresh_token', client_id: broad.id, client_secret: broad.secret! };
      const next = await gatehouse.client.form('/token', { ...fields, refresh_token: body.refresh_token });
      expect(next.body.scope).toBe('account');
    });
  });
});

describe('the stored form of a code', () => {
  const origin = { address: '127.0.0.1', userAgent: null, requestId: 'test' };
  const redirectUri = CALLBACK;
  let services: Awaited<ReturnType<typeof openEmbeddedServices>>;
  let use: UseCases;
  const person = { username: 'kandi', password: 'a password of a person' };
  beforeAll(async () => {
    services = await openEmbeddedServices();
    use = createUseCases(services);
    noteSecrets(person.password);
    await use.accounts.create({ ...person, email: 'kandi@example.com', role: 'user' }, operator());
  });
  afterAll(() => services.close());

  async function begin() {
    const grantTypes = ['authorization_code'];
    const input = { name: 'App', public: true, redirectUris: [redirectUri], grantTypes, scopes: ['account'] };
    const { client } = await use.clients.create(input, operator());
    const { challenge } = pkce();
    const waiting = use.authorizations.begin({
      clientId: client.id,
      redirectUri,
      challenge,
      scope: null,
      state: null,
    });
    return { client, interaction: await use.authorizations.find(waiting) };
  }
  const rows = (table: string) =>
    services.database.run((db) => db.getConnection().execute<Record<string, unknown>[]>(`select * from ${table}`));

  it('is its digest, so that a thief of the database has no code', async () => {
    const { interaction } = await begin();
    const code = await allowAs(use, interaction, { credentials: person, origin });
    noteSecrets(code);
    const found = (await rows('proofs')).map((row: Record<string, unknown>) =>
      Buffer.from(row['digest'] as Uint8Array).toString('hex'),
    );
    expect(found).toContain(createHash('sha256').update(`authorization-code\0${code}`).digest('hex'));
    const everything = await Promise.all(['proofs', 'sessions', 'audit_events'].map(rows));
    expect(JSON.stringify(everything)).not.toContain(code);
  });

  it('is nothing where the client was removed between the question and the answer', async () => {
    const { client, interaction } = await begin();
    await use.clients.remove(client.id, operator());
    const before = await rows('sessions');
    const yes = allowAs(use, interaction, { credentials: person, origin });
    await expect(yes).rejects.toMatchObject({ kind: 'TRANSACTION' });
    expect(await rows('sessions')).toHaveLength(before.length);
  });
});
