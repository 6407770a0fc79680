import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildClientSchema, getIntrospectionQuery, type GraphQLObjectType, parse } from 'graphql';
import { type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { LINK, startSubgraph, type Subgraph, subgraphsOf } from '../../support/subgraphs.ts';

const SHOP = `
  type Query { goods: [Good!]! stock: [Stock!]! @requiresScopes(scopes: [["stock"]]) }
  type Good @key(fields: "id") { id: ID! name: String! price: Int! @authenticated }
  type Stock { count: Int! }
`;

/** Returns the fields of a type in an introspection; undefined if the type is not shown. */
async function fieldsOf({ client }: Instance, type: string, token?: string): Promise<string[] | undefined> {
  const { data } = await client.ask(getIntrospectionQuery(), { token });
  const shown = buildClientSchema(data).getType(type) as GraphQLObjectType | undefined;
  return shown && Object.keys(shown.getFields()).sort();
}

/** Not a gateway. The gateways are replicas of it, which saves each a database. */
let plain: Instance;
beforeAll(async () => {
  plain = await startInstance({ env: { INTROSPECTION: 'role' } });
});
afterAll(() => plain.close());

/** The mutations for those who have no token yet. */
const SIGN_IN = [
  'acceptInvitation',
  'completeLogin',
  'login',
  'loginWithPasskey',
  'logout',
  'refresh',
  'requestPasswordReset',
  'resetPassword',
  'startPasskeyLogin',
  'undoEmailChange',
  'verifyEmail',
];

describe('introspection by role', () => {
  let gatehouse: Instance;
  let person: Person;
  let token: string;
  beforeAll(async () => {
    gatehouse = plain;
    person = await createUser(gatehouse);
    token = (await gatehouse.client.login(person.username, person.password)).accessToken;
  });

  it('shows the anonymous how to sign in, and nothing else', async () => {
    expect(await fieldsOf(gatehouse, 'Mutation')).toEqual(SIGN_IN);
    expect(await fieldsOf(gatehouse, 'Query')).toEqual(['gatehouse']);
    expect(await fieldsOf(gatehouse, 'AdminDashboard')).toBeUndefined();
    expect(await fieldsOf(gatehouse, '_Service')).toBeUndefined();
  });

  it('shows people their own account', async () => {
    expect(await fieldsOf(gatehouse, 'Query', token)).toEqual(['gatehouse', 'me', 'protectedData']);
    expect(await fieldsOf(gatehouse, 'User', token)).toContain('email');
    expect(await fieldsOf(gatehouse, 'Client', token)).toBeUndefined();
  });

  it('shows admins everything that is for people', async () => {
    const admin = await adminToken(gatehouse);
    expect(await fieldsOf(gatehouse, 'Query', admin)).toEqual([
      'accountRoles',
      'adminDashboard',
      'auditEvents',
      'clients',
      'gatehouse',
      'mails',
      'me',
      'protectedData',
      'signInActivity',
      'signingKeys',
      'supergraph',
      'user',
      'users',
    ]);
  });

  it('follows the role that somebody has now, though the document is known', async () => {
    const known = '{ __type(name: "Query") { fields { name } } }';
    const names = async (shown: string) =>
      (await gatehouse.client.ask(known, { token: shown })).data.__type.fields.map(({ name }: any) => name);
    expect(await names(await adminToken(gatehouse))).toContain('adminDashboard');
    expect(await names(token)).toEqual(['gatehouse', 'me', 'protectedData']);
    expect(await names(await adminToken(gatehouse))).toContain('adminDashboard');
  });

  it.each([
    '{ me { username } __schema { types { name } } }',
    '{ ...F me { id } } fragment F on Query { __type(name: "User") { name } }',
    'query A { me { id } __schema @skip(if: true) { types { name } } } query B { __typename }',
  ])('is asked in an operation of its own: %s', async (query) => {
    const { refusal, errors } = await gatehouse.client.ask(query, { token });
    expect(refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(errors?.[0]?.message).toBe('Introspection must be in an operation of its own');
  });

  describe('in a document of several operations', () => {
    const SCHEMA = '__schema { queryType { name } }';
    const DATA = { __schema: { queryType: { name: 'Query' } } };
    const me = () => ({ me: { username: person.username } });
    async function run(query: string, operationName: string, variables = {}): Promise<unknown> {
      const body = JSON.stringify({ query, operationName, variables });
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const response = await fetch(`${gatehouse.url}/graphql`, { method: 'POST', headers, body });
      const { data, errors } = (await response.json()) as { data?: unknown; errors?: { extensions: unknown }[] };
      return errors ? [response.status, errors[0]!.extensions] : data;
    }

    // A repeated document comes from the store.
    describe.each(['new', 'known'])('as a %s document', () => {
      it.each([
        `query A { ${SCHEMA} } query B { me { username } }`,
        `query B { me { username } } query A { ${SCHEMA} }`,
        `query A { ...F } query B { me { username } } fragment F on Query { ${SCHEMA} }`,
        `query A { ...F } query B { ...G } fragment G on Query { me { username } } fragment F on Query { ${SCHEMA} }`,
        `query A { ... { ...F } } query B { me { username } } fragment F on Query { ${SCHEMA} __typename: __typename }`,
      ])('is shown by the operation that runs alone: %s', async (query) => {
        expect(await run(query, 'B')).toEqual(me());
        expect(await run(query, 'A')).toMatchObject(DATA);
        expect(await run(query, 'B')).toEqual(me());
      });
    });

    it('runs a mutation beside an operation that asks for it', async () => {
      const query = `query A { ${SCHEMA} } mutation B { updateMe(input: { fullName: "Kandi" }) { fullName } }`;
      expect(await run(query, 'B')).toEqual({ updateMe: { fullName: 'Kandi' } });
    });

    it('narrows it all the same', async () => {
      const query = 'query A { __type(name: "Mutation") { fields { name } } } query B { me { username } }';
      const { data } = await gatehouse.client.ask(query.replace(/ query B .*/, ''));
      expect(data.__type.fields.map(({ name }: { name: string }) => name)).toEqual(SIGN_IN);
      const body = JSON.stringify({ query, operationName: 'A' });
      const response = await fetch(`${gatehouse.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(await response.json()).toEqual({ data });
    });

    it.each([
      ['without a name', ''],
      ['of another name', 'C'],
    ])('refuses a request %s', async (_title, name) => {
      const refused = [400, expect.objectContaining({ code: 'BAD_USER_INPUT' })];
      expect(await run(`query A { ${SCHEMA} } query B { me { username } }`, name)).toEqual(refused);
    });
  });

  it('refuses a variable of another type', async () => {
    const { data, status, refusal } = await gatehouse.client.ask('query ($n: String!) { __type(name: $n) { name } }', {
      variables: { n: 5 },
    });
    expect([data, status, refusal]).toEqual([undefined, 400, 'BAD_USER_INPUT']);
  });

  it('leaves __typename to everybody', async () => {
    expect((await gatehouse.client.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });
});

describe('introspection by role, of a composed graph', () => {
  let gatehouse: Instance;
  let shop: Subgraph;
  beforeAll(async () => {
    shop = await startSubgraph('shop', SHOP, { Query: { goods: () => [{ id: '1', name: 'Tea' }] } });
    gatehouse = await plain.replica({ SUBGRAPHS: subgraphsOf(shop) });
  });
  afterAll(async () => {
    await gatehouse.stop();
    await shop.stop();
  });

  it('goes by the directives too', async () => {
    expect(await fieldsOf(gatehouse, 'Query')).toEqual(['gatehouse', 'goods']);
    expect(await fieldsOf(gatehouse, 'Good')).toEqual(['id', 'name']);
    expect(await fieldsOf(gatehouse, 'Stock')).toBeUndefined();
    const admin = await adminToken(gatehouse);
    expect(await fieldsOf(gatehouse, 'Query', admin)).toContain('stock');
    expect(await fieldsOf(gatehouse, 'Good', admin)).toEqual(['id', 'name', 'price']);
    const { username, password } = await createUser(gatehouse);
    const { accessToken } = await gatehouse.client.login(username, password);
    expect(await fieldsOf(gatehouse, 'Query', accessToken)).toEqual(['gatehouse', 'goods', 'me', 'protectedData']);
    expect(await fieldsOf(gatehouse, 'Good', accessToken)).toEqual(['id', 'name', 'price']);
  });

  it('is shown by the operation that runs alone', async () => {
    const query =
      'query A { __schema { queryType { name } } } query B { goods { name } gatehouse { registrationOpen } }';
    const body = JSON.stringify({ query, operationName: 'B' });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${gatehouse.url}/graphql`, { method: 'POST', headers, body });
    expect(await response.json()).toEqual({
      data: { goods: [{ name: 'Tea' }], gatehouse: { registrationOpen: false } },
    });
  });
});

describe.each(['on', 'role'])('the schema below the root, INTROSPECTION=%s', (introspection) => {
  let gatehouse: Instance;
  let shop: Subgraph;
  let folder: string;
  beforeAll(async () => {
    const typeDefs = `${LINK}
      type Query { viewer: Viewer } type Viewer { query: Query! open: String }
      type Mutation { act: Done } type Done { ok: String query: Query }`;
    const viewer = { query: {}, open: 'open' };
    shop = await startSubgraph('shop', typeDefs, {
      Query: { viewer: () => viewer },
      Mutation: { act: () => ({ ok: 'done', query: {} }) },
    });
    // It composes because one subgraph has all fields of `Query`.
    const { supergraphSdl } = composeServices([{ name: 'shop', url: shop.url, typeDefs: parse(typeDefs) }]);
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-'));
    const file = join(folder, 'supergraph.graphql');
    await writeFile(file, supergraphSdl!);
    // Uses new stores, because shared ones would restore the supergraph that was active before.
    gatehouse = await startInstance({ env: { INTROSPECTION: introspection, SUPERGRAPH_FILE: file } });
  });
  afterAll(async () => {
    await gatehouse.close();
    await shop.stop();
    await rm(folder, { recursive: true });
  });

  it.each([
    '{ viewer { query { __schema { types { name } } } } }',
    '{ viewer { query { ... { __type(name: "Query") { name } } } } }',
    '{ viewer { open query { ...F } } } fragment F on Query { ...G } fragment G on Query { schema: __schema { types { name } } }',
    '{ ...F viewer { query { ...F } } } fragment F on Query { __schema { types { name } } }',
    'mutation { act { ok query { __schema { types { name } } } } }',
  ])('is not shown: %s', async (query) => {
    const { data, refusal, status } = await gatehouse.client.ask(query);
    expect([data, refusal, status]).toEqual([undefined, 'GRAPHQL_VALIDATION_FAILED', 400]);
  });

  it('has a name for everybody, and everything else of it is answered', async () => {
    const { data, errors } = await gatehouse.client.ask(
      'mutation { act { ok query { __typename viewer { __typename open } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      act: { ok: 'done', query: { __typename: 'Query', viewer: { __typename: 'Viewer', open: 'open' } } },
    });
  });
});
