import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operator } from '../../../src/cli/operator.ts';
import { createUseCases } from '../../../src/application/use_cases.ts';
import type { Client } from '../../support/http_client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import {
  basic,
  CALLBACK,
  createBrowserOf,
  exchange,
  registerClient,
  type Registration,
} from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { openEmbeddedServices } from '../../support/open_stores.ts';

const CREATE = `mutation ($input: CreateClientInput!) {
  createClient(input: $input) { client { id name public redirectUris grantTypes scopes createdAt } secret }
}`;
const CODES = { grantTypes: ['authorization_code'], redirectUris: [CALLBACK] };

describe('registered clients', () => {
  let gatehouse: Instance;
  let client: Client;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance();
    client = gatehouse.client;
    kandi = await createUser(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const create = async (input: Registration, token?: string) => {
    const variables = { input: { name: 'Reports', ...input } };
    const answer = await client.ask(CREATE, { token: token ?? (await adminToken(gatehouse)), variables });
    noteSecrets(answer.data?.createClient.secret);
    return answer;
  };
  const listed = async (): Promise<string[]> => {
    const { data } = await client.ask('{ clients { id } }', { token: await adminToken(gatehouse) });
    return data.clients.map(({ id }: { id: string }) => id);
  };
  const remove = async (id: string, token?: string) =>
    client.ask('mutation ($id: ID!) { removeClient(id: $id) }', {
      token: token ?? (await adminToken(gatehouse)),
      variables: { id },
    });

  it('have exactly the registered properties, under a generated id', async () => {
    const wanted = {
      ...CODES,
      grantTypes: ['authorization_code', 'refresh_token', 'refresh_token'],
      scopes: ['account', 'account'],
    };
    const [one, two] = [await create(wanted), await create(wanted)];
    expect(one.data.createClient).toEqual({
      client: {
        id: expect.stringMatching(/^reports-[0-9a-f]{16}$/),
        name: 'Reports',
        public: false,
        redirectUris: [CALLBACK],
        grantTypes: ['authorization_code', 'refresh_token'],
        scopes: ['account'],
        createdAt: expect.any(String),
      },
      // 256 random bits.
      secret: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(two.data.createClient.client.id).not.toBe(one.data.createClient.client.id);
    expect(two.data.createClient.secret).not.toBe(one.data.createClient.secret);
    expect(await listed()).toEqual(expect.arrayContaining([one.data.createClient.client.id]));
  });

  it('have no secret where they could keep none', async () => {
    const { data } = await create({ ...CODES, public: true });
    expect(data.createClient).toMatchObject({ client: { public: true }, secret: null });
  });

  it('are made, seen and removed by admins alone, and by an app alone that was allowed to', async () => {
    const { id } = await registerClient(gatehouse);
    const everybody: [string | undefined, string][] = [
      [undefined, 'UNAUTHENTICATED/MISSING'],
      [(await client.login(kandi.username, kandi.password)).accessToken, 'FORBIDDEN'],
      [await tokenOfApp(['account', 'users:read', 'users:write']), 'FORBIDDEN'],
    ];
    for (const [token, refusal] of everybody) {
      const ask = async (query: string, variables = {}) => (await client.ask(query, { token, variables })).refusal;
      expect(await ask(CREATE, { input: { name: 'x', ...CODES } })).toBe(refusal);
      expect(await ask('{ clients { id } }')).toBe(refusal);
      expect(await ask('mutation ($id: ID!) { removeClient(id: $id) }', { id })).toBe(refusal);
    }
    expect(await listed()).toContain(id);
    const allowed = await tokenOfApp(['clients']);
    expect((await create(CODES, allowed)).refusal).toBeUndefined();
    expect((await remove(id, allowed)).data).toEqual({ removeClient: true });
    expect(await listed()).not.toContain(id);
  });

  /** Returns a token of an app with every scope that it requested. */
  async function tokenOfApp(scopes: readonly string[]): Promise<string> {
    const app = await registerClient(gatehouse, { scopes });
    const allowed = await createBrowserOf(gatehouse).allow(app, gatehouse.admin);
    return (await exchange(gatehouse, app, allowed)).body.access_token as string;
  }

  it.each<[string, Registration, string]>([
    ['without a name', { ...CODES, name: ' ' }, 'name'],
    ['with a long name', { ...CODES, name: 'a'.repeat(101) }, 'name'],
    ['with a name that turns around', { ...CODES, name: 'Reports \u202egro.elpmaxe' }, 'name'],
    ['with a name of two lines', { ...CODES, name: 'Reports\nof ours' }, 'name'],
    ['with half a character as a name', { ...CODES, name: 'a\ud800' }, 'name'],
    ['for nothing', { grantTypes: [] }, 'grantTypes'],
    ['for a grant that there is not', { grantTypes: ['implicit'] }, 'grantTypes'],
    ['for a grant in another case', { grantTypes: ['Password'] }, 'grantTypes'],
    ['for codes without a place to send them', { grantTypes: ['authorization_code'] }, 'redirectUris'],
    ['with a place, for no codes', { grantTypes: ['password'], redirectUris: [CALLBACK] }, 'redirectUris'],
    ['with a place that is none', { ...CODES, redirectUris: ['javascript:alert(1)'] }, 'redirectUris'],
    ['with a bad place among good ones', { ...CODES, redirectUris: [CALLBACK, 'http://app.example/'] }, 'redirectUris'],
    [
      'with 21 places',
      { ...CODES, redirectUris: Array.from({ length: 21 }, (_, at) => `${CALLBACK}/${at}`) },
      'redirectUris',
    ],
    ['without a secret, for tokens of its own', { grantTypes: ['client_credentials'], public: true }, 'grantTypes'],
    ['for refreshing what it never gets', { grantTypes: ['client_credentials', 'refresh_token'] }, 'grantTypes'],
    ['with a scope of two words', { ...CODES, scopes: ['users:read users:write'] }, 'scopes'],
    ['with an empty scope', { ...CODES, scopes: [''] }, 'scopes'],
    ['with a quote in a scope', { ...CODES, scopes: ['a"b'] }, 'scopes'],
    [
      'with more scopes than a token has room for',
      { ...CODES, scopes: Array.from({ length: 11 }, (_, at) => `${at}`.padStart(100, 'a')) },
      'scopes',
    ],
    ['with 51 scopes', { ...CODES, scopes: Array.from({ length: 51 }, (_, at) => `scope${at}`) }, 'scopes'],
  ])('are refused %s', async (_title, input, fault) => {
    const before = await listed();
    const { refusal, status, faults } = await create(input);
    expect({ refusal, status }).toEqual({ refusal: 'BAD_USER_INPUT', status: 400 });
    expect(new Set(faults.map((one) => one.split(' ')[0]))).toEqual(new Set([fault]));
    expect(await listed()).toEqual(before);
  });

  it('are refused with every fault at once', async () => {
    const { faults } = await create({ name: '', grantTypes: [], scopes: [''] });
    expect(faults.map((one) => one.split(' ')[0])).toEqual(['name', 'grantTypes', 'scopes']);
  });

  it('end where they are removed: their tokens, their refreshing, their proof', async () => {
    const app = await registerClient(gatehouse, {
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
    });
    const person = (await exchange(gatehouse, app, await createBrowserOf(gatehouse).allow(app, kandi))).body;
    const machine = (await client.form('/token', { grant_type: 'client_credentials' }, basic(app))).body;
    const elsewhere = await client.login(kandi.username, kandi.password);
    expect((await remove(app.id)).data).toEqual({ removeClient: true });

    expect((await client.me(person.access_token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    expect((await client.me(machine.access_token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    const grants = [
      { grant_type: 'refresh_token', refresh_token: person.refresh_token as string },
      { grant_type: 'client_credentials' },
      { grant_type: 'password', ...kandi },
    ];
    for (const fields of grants) {
      const answer = await client.form('/token', fields, basic(app));
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    }
    const api = await registerClient(gatehouse, { grantTypes: ['client_credentials'] });
    for (const token of [person.access_token, person.refresh_token, machine.access_token]) {
      expect((await client.form('/introspect', { token }, basic(api))).body).toEqual({ active: false });
    }
    // Sessions of other clients continue.
    expect((await client.me(elsewhere.accessToken)).refusal).toBeUndefined();
    expect((await remove(app.id)).data).toEqual({ removeClient: false });
  });

  it('are removed during a pending consent: no code, and no session that cannot be ended', async () => {
    const app = await registerClient(gatehouse);
    const browser = createBrowserOf(gatehouse);
    const page = await browser.open(browser.parametersOf(app, 'a'.repeat(43)));
    await remove(app.id);
    const { status, sent, html } = await browser.submit(page, { ...kandi });
    expect({ status, sent }).toEqual({ status: 400, sent: undefined });
    expect(html).toContain('role="alert"');
  });

  it.each(['nobody', '', '\0', '../../..', 'a'.repeat(10_000), "' or 1=1"])('are none under %j', async (id) => {
    expect((await remove(id)).data).toEqual({ removeClient: false });
  });

  it('stand in the audit log, without their secrets', async () => {
    const { data } = await create({ ...CODES, name: 'Audited' });
    const { client: made, secret } = data.createClient;
    await remove(made.id);
    const events = await client.ask(
      '{ auditEvents(first: 20) { edges { node { type actor subject detail { name value } } } } }',
      { token: await adminToken(gatehouse) },
    );
    const nodes = events.data.auditEvents.edges.map(({ node }: { node: { subject: string } }) => node);
    const own = nodes.filter(({ subject }: { subject: string }) => subject === `client:${made.id}`);
    expect(own).toMatchObject([
      { type: 'client.removed', actor: 'admin' },
      { type: 'client.created', actor: 'admin' },
    ]);
    expect(JSON.stringify(nodes)).not.toContain(secret);
  });
});

describe('the row of a client', () => {
  it('has the SHA-256 of its secret, and its secret nowhere', async () => {
    const services = await openEmbeddedServices();
    try {
      const { clients } = createUseCases(services);
      const input = {
        name: 'Reports',
        public: false,
        redirectUris: [],
        grantTypes: ['client_credentials'],
        scopes: [],
      };
      const { client, secret } = await clients.create(input, operator());
      noteSecrets(secret);
      const [row] = await services.database.run((db) =>
        db.getConnection().execute<Record<string, unknown>[]>('select * from clients where id = ?', [client.id]),
      );
      const digest = createHash('sha256').update(secret!).digest('hex');
      expect(Buffer.from(row!['secret_digest'] as Uint8Array).toString('hex')).toBe(digest);
      expect(JSON.stringify(row)).not.toContain(secret);
      expect(await clients.prove(client.id, secret)).toMatchObject({ id: client.id });
      expect(await clients.prove(client.id, digest)).toBeNull();
      expect(await clients.prove(client.id, null)).toBeNull();
    } finally {
      await services.close();
    }
  });
});
