import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser } from '../../support/accounts.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../../support/subgraphs.ts';

const SHOP = `
  type Query { goods: [Good!]! hidden: String @authenticated }
  type Mutation { order: String restock: String! @requiresScopes(scopes: [["stock"]]) }
  type Good @key(fields: "id") { id: ID! name: String price: Int! @authenticated margin: Int @policy(policies: [["buyer"]]) }
  type User @key(fields: "username") { username: String! basket: [Good!] }
`;
const goods = [
  { id: '1', name: 'Pen', price: 3, margin: 1 },
  { id: '2', name: 'Ink', price: 9, margin: 2 },
];

/** Not a gateway. The gateways are replicas of it, which saves each a database. */
let plain: Instance;
let shop: Subgraph;
let done: string[] = [];
beforeAll(async () => {
  plain = await startInstance();
  shop = await startSubgraph('shop', SHOP, {
    Query: { goods: () => goods, hidden: () => 'hidden' },
    Mutation: { order: () => (done.push('order'), 'ordered'), restock: () => (done.push('restock'), 'restocked') },
    Good: { __resolveReference: ({ id }: { id: string }) => goods.find((good) => good.id === id) },
    User: { __resolveReference: ({ username }: { username: string }) => ({ username, basket: goods }) },
  });
});
afterAll(async () => {
  await plain.close();
  await shop.stop();
});

const refused = (...path: (string | number)[]) => ({
  message: 'Unauthorized field or type',
  locations: expect.any(Array),
  path,
  extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', reason: 'MISSING', requestId: expect.any(String) },
});

/** Runs a suite with a gateway in one of the modes. */
function describeMode(mode: string, suite: (ask: Instance['client']['ask'], instance: () => Instance) => void): void {
  describe(`a field that the caller may not have, UNAUTHORIZED=${mode}`, () => {
    let gatehouse: Instance;
    beforeAll(async () => {
      gatehouse = await plain.replica({ SUBGRAPHS: subgraphsOf(shop), UNAUTHORIZED: mode });
    });
    afterAll(() => gatehouse.stop());
    suite(
      (query, options) => gatehouse.client.ask(query, options),
      () => gatehouse,
    );
  });
}

describeMode('filter', (ask, instance) => {
  it('is null if it is nullable, with an error at each position', async () => {
    const { data, errors, status } = await ask('{ hidden goods { id margin } }');
    expect(status).toBe(200);
    expect(data).toEqual({
      hidden: null,
      goods: [
        { id: '1', margin: null },
        { id: '2', margin: null },
      ],
    });
    expect(errors).toEqual([refused('hidden'), refused('goods', 0, 'margin'), refused('goods', 1, 'margin')]);
  });

  it('makes its parents null if it is non-null', async () => {
    const { data, errors, status } = await ask('{ hidden goods { id price } }');
    expect([data, status]).toEqual([null, 200]);
    expect(errors).toEqual(expect.arrayContaining([refused('goods', 0, 'price')]));
  });

  it('changes no other part of the response', async () => {
    shop.received.length = 0;
    const { data } = await ask('{ goods { ...F } } fragment F on Good { name other: margin }');
    expect(data).toEqual({ goods: goods.map(({ name }) => ({ name, other: null })) });
    expect(shop.received.map(({ query }) => query).join()).not.toContain('margin');
  });

  it('has no error if the client excludes it', async () => {
    const query = 'query ($in: Boolean!) { goods { id margin @include(if: $in) } }';
    const out = await ask(query, { variables: { in: false } });
    expect([out.errors, out.data]).toEqual([undefined, { goods: [{ id: '1' }, { id: '2' }] }]);
    expect((await ask(query, { variables: { in: true } })).errors).toHaveLength(2);
  });

  it('is not executed, and stops no other field of a mutation', async () => {
    done = [];
    const { data, errors } = await ask('mutation { order restock }');
    expect(data).toBeNull();
    expect(errors).toEqual([refused('restock')]);
    expect(done).toEqual(['order']);
  });

  it('leaves local fields to their own rules', async () => {
    const { username, password } = await createUser(instance());
    const { accessToken } = await instance().client.login(username, password);
    const query = '{ me { username email basket { id price } } adminDashboard { message } }';
    const { data, errors } = await ask(query, { token: accessToken });
    expect(data).toBeNull();
    expect(errors!.map(({ extensions, path }) => [extensions.code, path])).toEqual([['FORBIDDEN', ['adminDashboard']]]);
    const own = await ask('{ me { username email basket { id price } } }', { token: accessToken });
    expect(own.data.me).toEqual({
      username,
      email: `${username}@example.com`,
      basket: [
        { id: '1', price: 3 },
        { id: '2', price: 9 },
      ],
    });
    // A failed login has the same response as without a gateway.
    expect((await instance().client.tryLogin(username, 'wrong')).status).toBe(401);
  });

  it('has its coordinate only in the log', async () => {
    const { errors, data } = await ask('{ secretly: hidden }');
    expect(JSON.stringify([errors, data])).not.toMatch(/Query\.hidden|authenticated/);
  });
});

describe('an object that is selected twice, once where the caller may not, UNAUTHORIZED=filter', () => {
  let pets: Subgraph;
  let gatehouse: Instance;
  beforeAll(async () => {
    pets = await startSubgraph(
      'pets',
      `type Query { pets: [Pet!]! } interface Pet { id: ID! owner: Owner }
       type Owner { id: ID! name: String nick: String! home: Home } type Home { town: String }
       type Stray implements Pet { id: ID! owner: Owner }
       type Chip implements Pet { id: ID! owner: Owner @authenticated }`,
      {
        Query: {
          pets: () =>
            ['Stray', 'Chip'].map((__typename, at) => ({
              __typename,
              id: `p${at}`,
              owner: { id: `o${at}`, name: 'Ann', nick: 'an', home: { town: 'Ulm' } },
            })),
        },
      },
    );
    gatehouse = await plain.replica({ SUBGRAPHS: subgraphsOf(pets) });
  });
  afterAll(async () => {
    await gatehouse.stop();
    await pets.stop();
  });

  const ask = (inner: string) =>
    gatehouse.client.ask(`{ pets { id ... on Stray { owner { id } } owner { ${inner} } } }`);

  it('has the allowed fields, and an error for each of the others', async () => {
    const { data, errors } = await ask('name id home { town }');
    expect(data.pets).toEqual([
      { id: 'p0', owner: { id: 'o0', name: null, home: null } },
      { id: 'p1', owner: null },
    ]);
    expect(errors).toEqual([
      refused('pets', 0, 'owner', 'name'),
      refused('pets', 0, 'owner', 'home'),
      refused('pets', 1, 'owner'),
    ]);
  });

  it('is null if one of the denied fields is non-null, and no subgraph is blamed', async () => {
    const { data, errors } = await ask('nick');
    expect(data.pets).toEqual([
      { id: 'p0', owner: null },
      { id: 'p1', owner: null },
    ]);
    expect(errors).toEqual([refused('pets', 0, 'owner', 'nick'), refused('pets', 1, 'owner')]);
  });
});

describeMode('reject', (ask, instance) => {
  it('ends the whole operation before any request to a subgraph', async () => {
    shop.received.length = 0;
    done = [];
    const { data, errors, status } = await ask('{ goods { id margin } hidden }');
    expect([data, status]).toEqual([null, 200]);
    expect(errors!.map(({ path }) => path)).toEqual([['goods', 'margin'], ['hidden']]);
    expect((await ask('mutation { order restock }')).data).toBeNull();
    expect([shop.received, done]).toEqual([[], []]);
  });

  it('ends it for a single field too, each time', async () => {
    const { data, errors, status } = await ask('{ goods { id margin } }');
    expect([data, status]).toEqual([null, 200]);
    expect(errors).toEqual([
      expect.objectContaining({ path: ['goods', 'margin'], message: 'Unauthorized field or type' }),
    ]);
    const twice = await ask('{ goods { margin twice: margin } }');
    expect(twice.errors!.map(({ path }) => path)).toEqual([
      ['goods', 'margin'],
      ['goods', 'twice'],
    ]);
  });

  it('does not end it for a field that the client excludes, and sends no request for it', async () => {
    shop.received.length = 0;
    const query = 'query ($in: Boolean!) { goods { id margin @include(if: $in) } }';
    const { data, errors } = await ask(query, { variables: { in: false } });
    expect([data, errors]).toEqual([{ goods: [{ id: '1' }, { id: '2' }] }, undefined]);
    expect(shop.received.map((one) => one.query).join()).not.toContain('margin');
    expect((await ask(query, { variables: { in: true } })).data).toBeNull();
  });

  it('does not end it for a caller that may read the field', async () => {
    const { data, errors } = await ask('{ hidden goods { price } }', { token: await adminToken(instance()) });
    expect([data, errors]).toEqual([{ hidden: 'hidden', goods: [{ price: 3 }, { price: 9 }] }, undefined]);
  });
});

describeMode('dry-run', (ask) => {
  it('is returned nevertheless', async () => {
    const { data, errors } = await ask('{ hidden goods { price margin } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ hidden: 'hidden', goods: goods.map(({ price, margin }) => ({ price, margin })) });
  });
});

describe('policies of an operator', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-policies-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const start = async (source: string) => {
    const file = join(folder, `policies-${Math.random()}.mjs`);
    await writeFile(file, source);
    return plain.replica({ SUBGRAPHS: subgraphsOf(shop), POLICIES_FILE: file });
  };
  const margin = async ({ client }: Instance, token?: string) =>
    (await client.ask('{ goods { margin } }', { token })).data.goods[0].margin;

  it("use the user's current state", async () => {
    const gatehouse = await start(
      'export default { buyer: async ({ sub, role, scopes }) => role === "user" && sub.startsWith("kandi") && scopes.includes("account") };',
    );
    const { username, password } = await createUser(gatehouse);
    expect(await margin(gatehouse, (await gatehouse.client.login(username, password)).accessToken)).toBe(1);
    expect(await margin(gatehouse, await adminToken(gatehouse))).toBeNull();
    expect(await margin(gatehouse)).toBeNull();
    await gatehouse.stop();
  });

  it.each([
    'export default { buyer() { throw new Error("broken") } };',
    'export default { buyer: () => "yes" };',
    'export default { buyers: () => true };',
  ])('deny unless they return true: %s', async (source) => {
    const gatehouse = await start(source);
    const { data, errors } = await gatehouse.client.ask('{ goods { margin } }', { token: await adminToken(gatehouse) });
    expect(data.goods[0].margin).toBeNull();
    expect(errors![0]!.extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    await gatehouse.stop();
  });

  it.each([
    'export default 1;',
    'export default { buyer: true };',
    'export default {',
    'export const buyer = () => true;',
  ])('stop the start if the file is invalid: %s', async (source) => {
    await expect(start(source)).rejects.toThrow('POLICIES_FILE');
  });
});
