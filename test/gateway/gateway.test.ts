import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Instance, startInstance } from '../support/instance.ts';
import { adminToken, createUser, type Person } from '../support/people.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';

const ORDERS = `
  type Query { orders: [Order!]! secret: String @authenticated hello: String! }
  type Order @key(fields: "id") { id: ID! buyer: User product: Product! margin: Int @requiresScopes(scopes: [["margins"]]) note: String! @authenticated }
  type Product @key(fields: "sku") { sku: ID! name: String! }
  type User @key(fields: "username") { username: String! orders: [Order!]! }
`;
const REVIEWS = `
  type Product @key(fields: "sku") { sku: ID! reviews: [Review!]! }
  type Review { body: String! author: User! }
  type User @key(fields: "username", resolvable: false) { username: String! }
`;

let gatehouse: Instance;
let orders: Subgraph;
let reviews: Subgraph;
let person: Person;
const order = (id: string) => ({
  id,
  buyer: { username: 'admin' },
  product: { sku: 'p1', name: 'Pen' },
  margin: 7,
  note: 'n',
});
beforeAll(async () => {
  orders = await startSubgraph('orders', ORDERS, {
    Query: { orders: () => [order('1'), order('2')], secret: () => 'the secret', hello: () => 'hello' },
    User: { orders: () => [order('1')], __resolveReference: (reference: unknown) => reference },
    Order: { __resolveReference: ({ id }: { id: string }) => order(id) },
    Product: { __resolveReference: ({ sku }: { sku: string }) => ({ sku, name: 'Pen' }) },
  });
  reviews = await startSubgraph('reviews', REVIEWS, {
    Product: {
      __resolveReference: (reference: unknown) => reference,
      reviews: () => [{ body: 'good', author: { username: 'admin' } }],
    },
  });
  gatehouse = await startInstance({ env: { SUBGRAPHS: subgraphsOf(orders, reviews) } });
  person = await createUser(gatehouse);
});
afterAll(async () => {
  await gatehouse.close();
  await Promise.all([orders.stop(), reviews.stop()]);
});

const tokenOf = async ({ username, password }: Person) =>
  (await gatehouse.client.login(username, password)).accessToken;

describe('the gateway', () => {
  it('answers over three hops', async () => {
    const query = '{ me { username orders { id product { name reviews { body author { username fullName } } } } } }';
    const { data, errors } = await gatehouse.client.ask(query, { token: await adminToken(gatehouse) });
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      me: {
        username: 'admin',
        orders: [
          {
            id: '1',
            product: { name: 'Pen', reviews: [{ body: 'good', author: { username: 'admin', fullName: null } }] },
          },
        ],
      },
    });
  });

  it('takes out what the anonymous may not have', async () => {
    const { data, errors, status } = await gatehouse.client.ask('{ hello secret orders { id margin } }');
    console.log(JSON.stringify([status, data, errors], null, 1));
    expect((await gatehouse.client.ask('{ hello secret }', { token: await tokenOf(person) })).data).toEqual({
      hello: 'hello',
      secret: 'the secret',
    });
  });
  it('nulls', async () => {
    const { data, errors, status } = await gatehouse.client.ask('{ hello orders { id note } }');
    console.log(JSON.stringify([status, data, errors], null, 1));
    await reviews.stop();
    console.log(
      JSON.stringify(await gatehouse.client.ask('{ hello orders { id product {sku reviews {body}} } }'), null, 1),
    );
    await reviews.start();
    console.log(JSON.stringify(await gatehouse.client.ask('{ me { username} hello  }'), null, 1));
    console.log(
      JSON.stringify(await gatehouse.client.ask('{ user(username: "admin") { username orders { id } }  }'), null, 1),
    );
    console.log(
      JSON.stringify(
        await gatehouse.client.ask('{ __typename hello __schema { queryType { fields { name }} } }'),
        null,
        1,
      ),
    );
  });
});
