import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildClientSchema, getIntrospectionQuery, type GraphQLObjectType, parse } from 'graphql';
import { type Instance, startInstance } from '../support/instance.ts';
import { adminToken, createUser, type Person } from '../support/people.ts';
import { LINK, startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';

const SHOP = `
  type Query { goods: [Good!]! stock: [Stock!]! @requiresScopes(scopes: [["stock"]]) }
  type Good @key(fields: "id") { id: ID! name: String! price: Int! @authenticated }
  type Stock { count: Int! }
`;

/** The fields of a type that an introspection shows; undefined where it shows no such type. */
async function fieldsOf({ client }: Instance, type: string, token?: string): Promise<string[] | undefined> {
  const { data } = await client.ask(getIntrospectionQuery(), { token });
  const shown = buildClientSchema(data).getType(type) as GraphQLObjectType | undefined;
  return shown && Object.keys(shown.getFields()).sort();
}

/** No gateway; those are replicas of it, which saves each a database. */
let plain: Instance;
beforeAll(async () => {
  plain = await startInstance({ env: { INTROSPECTION: 'role' } });
});
afterAll(() => plain.close());

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
    expect(await fieldsOf(gatehouse, 'Mutation')).toEqual(['login', 'logout', 'refresh']);
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
  ])('is asked in a document of its own: %s', async (query) => {
    const { refusal, errors } = await gatehouse.client.ask(query, { token });
    expect(refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(errors?.[0]?.message).toBe('The schema is asked for in a document of its own');
  });

  it('leaves __typename to everybody', async () => {
    expect((await gatehouse.client.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });
});

describe('introspection by role, of a composed graph', () => {
  let gatehouse: Instance;
  let shop: Subgraph;
  beforeAll(async () => {
    shop = await startSubgraph('shop', SHOP);
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
    // Only where one subgraph has all of `Query` it composes at all.
    const { supergraphSdl } = composeServices([{ name: 'shop', url: shop.url, typeDefs: parse(typeDefs) }]);
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-'));
    const file = join(folder, 'supergraph.graphql');
    await writeFile(file, supergraphSdl!);
    // On stores of its own: others would give it the supergraph that was in force before.
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
