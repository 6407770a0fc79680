import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { LogoutDocument, SetUserDisabledDocument, SetUserRoleDocument } from '../../schema/documents.ts';
import { createVerifier } from '../../packages/subgraph/src/verify.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { basic, registerClient } from '../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { latency } from '../support/real_time.ts';
import { LINK, startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';

const SHOP = `
  type Query { whoami: String! open(id: Int): String private: String @authenticated any: Thing }
  type Mutation { touch: Int! }
  type Subscription { ticks: Int }
  type Thing { id: ID! name: String }
`;
const OTHER = 'type Query { elsewhere: String }';

/** Not a gateway. Gateways with other settings are replicas of it, which saves each a database. */
let stem: Instance;
let gatehouse: Instance;
let shop: Subgraph;
let other: Subgraph;
let touched = 0;
beforeAll(async () => {
  shop = await startSubgraph('shop', SHOP, {
    Query: {
      whoami: (_root: unknown, _args: unknown, { headers }: any) =>
        decodeJwt(headers['gatehouse-identity']).sub ?? 'nobody',
      open: () => 'open',
      private: () => 'private',
      any: () => ({ id: '1', name: 'constructor' }),
    },
    Mutation: { touch: () => (touched += 1) },
  });
  other = await startSubgraph('other', OTHER, { Query: { elsewhere: () => 'here' } });
  stem = await startInstance();
  gatehouse = await stem.replica({
    SUBGRAPHS: subgraphsOf(shop, other),
    LOGIN_LIMIT_PER_IP: '10000',
    SUBGRAPH_OPTIONS: JSON.stringify({
      '*': { headers: ['x-tenant', 'accept-language'] },
      other: { headers: [], forwardToken: true },
    }),
  });
});
afterAll(async () => {
  await gatehouse.stop();
  await stem.close();
  await Promise.all([shop.stop(), other.stop()]);
});
beforeEach(() => {
  shop.received.length = 0;
  other.received.length = 0;
});

const tokenOf = async ({ username, password }: Person) =>
  (await gatehouse.client.login(username, password)).accessToken;

/** Returns the headers of a subgraph's only request. */
function headersAt({ received }: Subgraph) {
  expect(received).toHaveLength(1);
  return received[0]!.headers;
}

describe('the identity that subgraphs receive', () => {
  const verifierOf = (subgraph: string) => createVerifier({ issuer: gatehouse.url, subgraph });

  it('is verified by the kit, for the user and the session', async () => {
    const person = await createUser(gatehouse);
    const token = await tokenOf(person);
    await gatehouse.client.ask('{ whoami }', { token });
    const { headers, body } = shop.received[0]!;
    expect(await verifierOf('shop').verifyIdentity({ headers, body })).toEqual({
      anonymous: false,
      subject: person.username,
      role: 'user',
      scopes: ['account'],
      clientId: null,
      sessionId: decodeJwt(token)['sid'],
      acr: 'urn:gatehouse:acr:1',
      authenticatedAt: new Date(Number(decodeJwt(token)['auth_time']) * 1000),
    });
    const shown = String(headers['gatehouse-identity']);
    const { iat, exp } = decodeJwt(shown);
    expect(exp! - iat!).toBeLessThanOrEqual(60);
    expect(decodeProtectedHeader(shown)).toMatchObject({ alg: 'EdDSA', typ: 'gatehouse-identity+jwt' });
  });

  it('is empty for an anonymous caller and for a bad token', async () => {
    for (const token of [undefined, 'nonsense', 'ey.ey.ey']) {
      shop.received.length = 0;
      expect((await gatehouse.client.ask('{ whoami }', { token })).data).toEqual({ whoami: 'nobody' });
      const claims = decodeJwt(String(headersAt(shop)['gatehouse-identity']));
      expect(Object.keys(claims).sort()).toEqual(['aud', 'bsh', 'exp', 'iat', 'iss', 'jti']);
    }
  });

  it('names an app of an admin by its client: the role alone is no permission', async () => {
    const app = await registerClient(gatehouse, { public: true, grantTypes: ['password'] });
    const { body } = await gatehouse.client.form('/token', { ...gatehouse.admin, client_id: app.id });
    await gatehouse.client.ask('{ whoami }', { token: body.access_token });
    const { headers, body: sent } = shop.received[0]!;
    expect(await verifierOf('shop').verifyIdentity({ headers, body: sent })).toMatchObject({
      role: 'admin',
      scopes: ['account'],
      clientId: app.id,
    });
    expect(decodeJwt(String(headers['gatehouse-identity']))).toMatchObject({ client_id: app.id });
  });

  it('names a program by its client', async () => {
    const program = await registerClient(gatehouse, { grantTypes: ['client_credentials'], scopes: ['books:read'] });
    const { body } = await gatehouse.client.form('/token', { grant_type: 'client_credentials' }, basic(program));
    await gatehouse.client.ask('{ private }', { token: body.access_token });
    const { headers, body: sent } = shop.received[0]!;
    expect(await verifierOf('shop').verifyIdentity({ headers, body: sent })).toEqual({
      anonymous: false,
      subject: `client:${program.id}`,
      role: null,
      scopes: ['books:read'],
      clientId: program.id,
      sessionId: null,
      acr: null,
      authenticatedAt: null,
    });
  });

  it('differs each time, and is valid for no other subgraph, body or second use', async () => {
    await gatehouse.client.ask('{ whoami }');
    await gatehouse.client.ask('{ whoami }');
    const [first, second] = shop.received;
    const jti = ({ headers }: typeof first & {}) => decodeJwt(String(headers['gatehouse-identity'])).jti;
    expect(jti(first!)).not.toBe(jti(second!));
    const verifier = verifierOf('shop');
    await expect(verifierOf('other').verifyIdentity(first!)).rejects.toMatchObject({ code: 'AUDIENCE' });
    await expect(verifier.verifyIdentity({ ...first!, body: `${first!.body} ` })).rejects.toMatchObject({
      code: 'BODY',
    });
    await verifier.verifyIdentity(first!);
    await expect(verifier.verifyIdentity(first!)).rejects.toMatchObject({ code: 'REPLAYED' });
  });

  it('is no access token, nor valid anywhere else in this server', async () => {
    await gatehouse.client.ask('{ whoami }', { token: await adminToken(gatehouse) });
    const token = String(headersAt(shop)['gatehouse-identity']);
    expect((await gatehouse.client.me(token)).refusal).toBe('UNAUTHENTICATED/INVALID');
    expect((await gatehouse.client.ask('{ private }', { token })).data).toEqual({ private: null });
    const users = await fetch(`${gatehouse.url}/users/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(users.status).toBe(401);
    expect((await gatehouse.client.refresh(token)).refusal).toBe('UNAUTHENTICATED');
  });
});

describe('headers that a client sends', () => {
  it('cannot be an identity or a router, or bypass the list', async () => {
    const own = await createUser(gatehouse);
    await gatehouse.client.ask('{ whoami }', { token: await adminToken(gatehouse) });
    const stolen = String(headersAt(shop)['gatehouse-identity']);
    shop.received.length = 0;
    const { data } = await gatehouse.client.ask('{ whoami }', {
      token: await tokenOf(own),
      headers: {
        'Gatehouse-Identity': stolen,
        'GATEHOUSE-ROUTER': 'x'.repeat(40),
        gatehouse_identity: stolen,
        'X-Tenant': 'mine',
        'Accept-Language': 'de',
        'X-Other': 'no',
        'X-Forwarded-For': '192.0.2.9',
        Cookie: 'session=1',
        Baggage: 'a=b',
      },
    });
    expect(data).toEqual({ whoami: own.username });
    const headers = headersAt(shop);
    expect(Object.keys(headers).sort()).toEqual([
      'accept',
      'accept-language',
      'connection',
      'content-length',
      'content-type',
      'gatehouse-identity',
      'host',
      'x-tenant',
    ]);
    expect(headers['gatehouse-identity']).not.toContain(stolen);
    expect(headers['x-tenant']).toBe('mine');
  });

  it('include the token only for the configured subgraphs', async () => {
    const token = await adminToken(gatehouse);
    await gatehouse.client.ask('{ whoami elsewhere }', { token });
    expect(headersAt(shop)['authorization']).toBeUndefined();
    expect(headersAt(other)['authorization']).toBe(`Bearer ${token}`);
  });
});

describe('two users at the same moment', () => {
  it('never share a response, in a thousand simultaneous requests', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => createUser(gatehouse)));
    const tokens = await Promise.all(people.map(tokenOf));
    // Slow, so that all requests are in progress together.
    shop.answer(async ({ headers }) => {
      await latency(30);
      return {
        body: JSON.stringify({ data: { whoami: decodeJwt(String(headers['gatehouse-identity'])).sub ?? 'nobody' } }),
      };
    });
    const asked = Array.from({ length: 1000 }, (_, at) => at % 9);
    const answers = await Promise.all(
      asked.map(async (who) => (await gatehouse.client.ask('{ whoami }', { token: tokens[who] })).data?.whoami),
    );
    shop.answer(null);
    expect(answers).toEqual(asked.map((who) => people[who]?.username ?? 'nobody'));
    // Equal requests for the same caller were sent once.
    expect(shop.received.length).toBeLessThan(1000);
  });

  it('never share a response if a forwarded header differs', async () => {
    shop.answer(async ({ headers }) => {
      // Slow, so that requests of all tenants are under way together.
      await latency(20);
      return { body: JSON.stringify({ data: { whoami: String(headers['x-tenant']) } }) };
    });
    const tenants = Array.from({ length: 100 }, (_, at) => `t${at % 5}`);
    const answers = await Promise.all(
      tenants.map(
        async (tenant) => (await gatehouse.client.ask('{ whoami }', { headers: { 'x-tenant': tenant } })).data.whoami,
      ),
    );
    shop.answer(null);
    expect(answers).toEqual(tenants);
  });

  it('each change their own data', async () => {
    const before = touched;
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => (await gatehouse.client.ask('mutation { touch }')).data.touch),
    );
    expect(new Set(answers).size).toBe(20);
    expect(touched).toBe(before + 20);
  });
});

describe('an account that loses rights', () => {
  it('has lost federated access by the next request', async () => {
    const person = await createUser(gatehouse);
    const admin = await adminToken(gatehouse);
    const token = await tokenOf(person);
    const ask = async (shown = token) => (await gatehouse.client.ask('{ private whoami }', { token: shown })).data;
    expect(await ask()).toEqual({ private: 'private', whoami: person.username });
    await gatehouse.client.send(
      SetUserDisabledDocument,
      { username: person.username, disabled: true },
      { token: admin },
    );
    expect(await ask()).toEqual({ private: null, whoami: 'nobody' });
    await gatehouse.client.send(
      SetUserDisabledDocument,
      { username: person.username, disabled: false },
      { token: admin },
    );
    const again = await tokenOf(person);
    expect(await ask(again)).toEqual({ private: 'private', whoami: person.username });
    await gatehouse.client.send(LogoutDocument, {}, { token: again });
    expect(await ask(again)).toEqual({ private: null, whoami: 'nobody' });
  });

  it('reaches subgraphs with its current role', async () => {
    const person = await createUser(gatehouse, { role: 'admin' });
    const token = await tokenOf(person);
    await gatehouse.client.send(
      SetUserRoleDocument,
      { username: person.username, role: 'user' },
      { token: await adminToken(gatehouse) },
    );
    await gatehouse.client.ask('{ whoami }', { token });
    expect(decodeJwt(String(headersAt(shop)['gatehouse-identity']))).toMatchObject({ role: 'user', scope: 'account' });
  });
});

describe('a document', () => {
  it.each([
    '_entities(representations: [{ __typename: "User", username: "admin" }]) { __typename }',
    '_service { sdl }',
  ])('cannot ask the gateway for %s', async (field) => {
    expect((await gatehouse.client.ask(`{ ${field} }`)).refusal).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it.each(['__typename: name', '__proto__: name', '_internal_qp_alias_0: name', '__x: id'])(
    'cannot use an alias that plans use internally: %s',
    async (selection) => {
      const { refusal } = await gatehouse.client.ask(`{ any { ${selection} } }`);
      expect(refusal).toBe('GRAPHQL_VALIDATION_FAILED');
      expect(shop.received).toEqual([]);
    },
  );

  it.each(['constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf', 'length'])(
    'may use the alias %s like any other',
    async (alias) => {
      const { data, errors } = await gatehouse.client.ask(`{ ${alias}: any { ${alias}: name id } }`);
      expect(errors).toBeUndefined();
      expect(data).toEqual({ [alias]: { [alias]: 'constructor', id: '1' } });
      expect(({} as any).polluted).toBeUndefined();
    },
  );

  it('is subject to the limits on the composed graph too', async () => {
    const aliases = Array.from({ length: 40 }, (_, at) => `a${at}: open`).join(' ');
    expect((await gatehouse.client.ask(`{ ${aliases} }`)).refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    const guesses =
      'a: login(username: "a", password: "b") { tokenType } b: login(username: "a", password: "c") { tokenType }';
    expect((await gatehouse.client.ask(`mutation { touch ${guesses} }`)).refusal).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it.each([
    ['of our own graph', '__typename'],
    ['of a subgraph', 'open'],
  ])('cannot expand from a few bytes to millions of fields %s', async (_where, field) => {
    const doubled = Array.from({ length: 12 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    const leaf = `fragment F12 on Query { ${'... { '.repeat(30)} ${field} ${'}'.repeat(30)} }`;
    const { refusal, errors } = await gatehouse.client.ask(`{ ...F0 } ${doubled.join(' ')} ${leaf}`);
    expect(refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(errors!.map(({ message }) => message)).toContainEqual(expect.stringMatching(/limit of 5000 for selections/));
  });

  it('is logged and counted once, however often it repeats a denied field', async () => {
    const counted = async () =>
      Number(
        /^gatehouse_unauthorized_fields_total\{layer="authenticated"\} (\d+)$/m.exec(
          await (await fetch(`${gatehouse.url}/metrics`)).text(),
        )?.[1] ?? 0,
      );
    const before = await counted();
    const { data, errors } = await gatehouse.client.ask(`{ ${'private '.repeat(500)} open }`);
    expect([data, errors?.length]).toEqual([{ private: null, open: 'open' }, 1]);
    expect((await counted()) - before).toBe(1);
  });

  it('cannot subscribe, although a subgraph has a subscription', async () => {
    const { refusal, errors } = await gatehouse.client.ask('subscription { ticks }');
    expect(refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(errors![0]!.message).toBe('This server does not support subscriptions');
    expect(shop.received).toEqual([]);
  });

  it('has its variables checked before any request', async () => {
    const { refusal, status } = await gatehouse.client.ask('query ($id: Int) { open(id: $id) }', {
      variables: { id: 'x' },
    });
    expect([refusal, status]).toEqual(['BAD_USER_INPUT', 400]);
    expect(shop.received).toEqual([]);
  });
});

describe('a subgraph', () => {
  let trap: Server;
  const caught: string[] = [];
  beforeAll(async () => {
    trap = createServer((request, response) => {
      caught.push(String(request.headers['gatehouse-identity']));
      response.end('{}');
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => trap.close(resolve)));
  afterEach(() => shop.answer(null));

  it('cannot redirect the gateway, with an identity, to another server', async () => {
    const plain = createServer((_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${(trap.address() as AddressInfo).port}/graphql` }).end();
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as AddressInfo;
    const env = { SUBGRAPHS: `plain=http://127.0.0.1:${port}/graphql` };
    const lonely = await stem.replica(env);
    expect((await fetch(`${lonely.url}/health/ready`)).status).toBe(503);
    await lonely.stop();
    await new Promise((resolve) => plain.close(resolve));
    expect(caught).toEqual([]);
  });

  it('shows its schema only to the gateway, which asks without a caller', async () => {
    const seen: string[] = [];
    const plain = createServer((request, response) => {
      seen.push(String(request.headers['gatehouse-identity']));
      response.end(JSON.stringify({ data: { _service: { sdl: `${LINK} type Query { a: Int }` } } }));
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const lonely = await stem.replica({ SUBGRAPHS: `plain=http://127.0.0.1:${(plain.address() as AddressInfo).port}` });
    expect((await fetch(`${lonely.url}/health/ready`)).status).toBe(200);
    await lonely.stop();
    await new Promise((resolve) => plain.close(resolve));
    expect(Object.keys(decodeJwt(seen[0]!)).sort()).toEqual(['aud', 'bsh', 'exp', 'iat', 'iss', 'jti']);
    expect(decodeJwt(seen[0]!).aud).toBe('plain');
  });

  it('cannot return data that was not requested, nor show a client its faults', async () => {
    shop.answer(async () => ({
      body: JSON.stringify({
        data: { whoami: 'me', private: 'not asked for' },
        errors: [{ message: 'select * from secrets', path: ['whoami'], extensions: { stacktrace: ['at secrets.ts'] } }],
        extensions: { debug: 'secrets' },
      }),
    }));
    const { data, errors } = await gatehouse.client.ask('{ whoami }');
    expect(data).toEqual({ whoami: 'me' });
    expect(errors).toEqual([
      {
        message: 'Subgraph shop failed',
        path: ['whoami'],
        extensions: { code: 'SUBREQUEST_FAILED', requestId: expect.any(String) },
      },
    ]);
  });
});

describe('a foreign supergraph', () => {
  let folder: string;
  let vault: Subgraph;
  let composed: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-supergraph-'));
    const secrets = {
      Query: {
        item: () => ({ __typename: 'Safe', id: '1', code: 'SECRET' }),
        named: () => 'SECRET',
        hush: () => 'SECRET',
      },
    };
    const definitions = `
      type Query { item: Item named: String @authenticated hush: String @inaccessible }
      interface Item { id: ID! code: String }
      type Safe implements Item @key(fields: "id") { id: ID! code: String @authenticated }
    `;
    vault = await startSubgraph('vault', definitions, {
      ...secrets,
      Safe: { __resolveReference: () => ({ id: '1', code: 'SECRET' }) },
    });
    const clerk =
      'type Safe @key(fields: "id") { id: ID! code: String @external hint: String @requires(fields: "code") @authenticated }';
    const own = await readFile('schema/subgraph.graphql', 'utf8');
    const { supergraphSdl, errors } = composeServices([
      { name: 'gatehouse', url: '', typeDefs: parse(own) },
      { name: 'vault', url: vault.url, typeDefs: parse(LINK + definitions) },
      { name: 'clerk', url: other.url, typeDefs: parse(LINK + clerk) },
    ]);
    expect(errors).toBeUndefined();
    composed = supergraphSdl!;
  });
  afterAll(async () => {
    await vault.stop();
    await rm(folder, { recursive: true });
  });

  /** Returns an anonymous caller's response with a supergraph file; undefined if it was not activated. */
  async function askOver(supergraph: string, query: string) {
    const file = join(folder, 'supergraph.graphql');
    await writeFile(file, supergraph);
    // Uses new stores, because shared ones would restore the supergraph that was active before.
    const instance = await startInstance({ env: { SUPERGRAPH_FILE: file } });
    try {
      const ready = await fetch(`${instance.url}/health/ready`);
      return ready.status === 200 ? await instance.client.ask(query) : undefined;
    } finally {
      await instance.close();
    }
  }
  const answerOver = async (supergraph: string, query: string): Promise<unknown> =>
    (await askOver(supergraph, query))?.data;

  const field = (type: string, name: string) =>
    new RegExp(`((?:type|interface) ${type} [^{]*{[^}]*?\\b${name}: String[^\\n]*?) @authenticated`);

  it('cannot bypass guards through an interface without them', async () => {
    const bypass = composed.replace(field('Item', 'code'), '$1');
    expect(bypass).not.toBe(composed);
    expect(await answerOver(bypass, '{ item { id code } }')).toEqual({ item: { id: '1', code: null } });
  });

  it('cannot bypass guards through a field that is computed from a guarded one', async () => {
    const bypass = composed.replace(field('Safe', 'hint'), '$1');
    expect(bypass).not.toBe(composed);
    expect(await answerOver(bypass, '{ item { ... on Safe { id hint } } }')).toEqual({ item: { id: '1', hint: null } });
  });

  const RENAMINGS = [
    ['as', 'as: "other"'],
    ['import', 'import: [{ name: "@NAME", as: "@other" }]'],
  ] as const;
  /** Returns the same supergraph with another name for a directive. */
  const renamed = (directive: string, how: string) =>
    composed
      .replace(new RegExp(`/${directive}/v0\\.\\d"`), (url) => `${url}, ${how.replace('NAME', directive)}`)
      .replaceAll(`@${directive} on`, '@other on')
      .replace(new RegExp(` @${directive}\\b(?!")`, 'g'), ' @other');

  it.each(RENAMINGS)('is enforced under another name of @authenticated (%s)', async (_by, how) => {
    const text = renamed('authenticated', how);
    expect(text).toContain('named: String @join__field(graph: VAULT) @other');
    expect(await answerOver(text, '{ named }')).toEqual({ named: null });
  });

  it.each(RENAMINGS)('hides elements under another name of @inaccessible (%s)', async (_by, how) => {
    const text = renamed('inaccessible', how);
    expect(text).toContain('hush: String @join__field(graph: VAULT) @other');
    expect((await askOver(text, '{ hush }'))?.refusal).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('is enforced on an interface, and on a field of one', async () => {
    const whole = composed.replace(/(interface Item [^{]*){/, '$1@authenticated {');
    expect(await answerOver(whole, '{ item { id } }')).toEqual({ item: null });
    const one = composed.replace(/(interface Item [^{]*{[^}]*?\bid: ID!)/, '$1 @authenticated');
    expect(await answerOver(one, '{ item { id } }')).toEqual({ item: null });
  });

  it('is enforced without a link of the directive', async () => {
    const forgotten = composed.replace(/ @link\(url: "[^"]*authenticated[^)]*\)/, '');
    expect(forgotten).not.toBe(composed);
    expect(await answerOver(forgotten, '{ named }')).toEqual({ named: null });
  });

  it('is refused if it requires an unknown protection', async () => {
    const unknown = composed.replace('authenticated/v0.1"', 'quarantined/v0.1"');
    expect(await answerOver(unknown, '{ named }')).toBeUndefined();
    const newer = composed.replace('authenticated/v0.1"', 'authenticated/v1.0"');
    expect(await answerOver(newer, '{ named }')).toBeUndefined();
  });

  it.each([
    ['by a link', '@link(url: "https://specs.apollo.dev/connect/v0.1", for: EXECUTION)'],
    ['by a link of another host', '@link(url: "https://example.com/join/v0.3", for: EXECUTION)'],
    ['in a version that is not known', '@link(url: "https://specs.apollo.dev/join/v1.0", for: EXECUTION)'],
    ['for a purpose that is not known', '@link(url: "https://example.com/billing/v1.0", for: BILLING)'],
    ['by a core feature', '@core(feature: "https://example.com/masking/v0.1", for: EXECUTION)'],
    ['by a link of another name', '@linked(url: "https://example.com/masking/v0.1", for: SECURITY)'],
  ])('is refused if it requires an unknown feature: %s', async (_how, link) => {
    expect(await answerOver(composed.replace('schema @link', `schema ${link} @link`), '{ named }')).toBeUndefined();
  });

  it('is accepted with a feature that is optional', async () => {
    const optional = composed.replace(
      'schema @link',
      'schema @link(url: "https://specs.apollo.dev/tag/v0.3") @link(url: "https://example.com/colours/v1.0") @link',
    );
    expect(await answerOver(optional, '{ named }')).toEqual({ named: null });
  });
});
