import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse, print } from 'graphql';
import { type BothPlanners, PLANNERS, startBothPlanners } from '../../../support/both_planners.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../../../support/subgraphs.ts';

let shop: Subgraph;
let stock: Subgraph;
let mail: Subgraph;
let gatehouses: BothPlanners;
const reference = { __resolveReference: (item: object) => item };
beforeAll(async () => {
  shop = await startSubgraph(
    'shop',
    `type Query { item(id: ID!): Item greet(name: String!): String }
    type Mutation { rename(id: ID!, name: String!): Item }
    type Item @key(fields: "id") { id: ID! name(of: Int): String secret: String }`,
    {
      Query: {
        item: (_: unknown, { id }: { id: string }) => ({ id }),
        greet: (_: unknown, { name }: any) => `hi ${name}`,
      },
      Mutation: { rename: (_: unknown, { id }: { id: string }) => ({ id }) },
      Item: { ...reference, name: () => 'n', secret: () => 's' },
    },
  );
  stock = await startSubgraph(
    'stock',
    `type Item @key(fields: "id") { id: ID! secret: String @external left(at: String): Int
      sealed(by: String): String @requires(fields: "secret") }`,
    { Item: { ...reference, left: () => 3, sealed: () => 'x' } },
  );
  mail = await startSubgraph('mail', 'type Query { inbox(token: String): String }', { Query: { inbox: () => 'none' } });
  gatehouses = await startBothPlanners({ SUBGRAPHS: subgraphsOf(shop, stock, mail) });
});
afterAll(async () => {
  await gatehouses.close();
  await Promise.all([shop.stop(), stock.stop(), mail.stop()]);
});
beforeEach(() => {
  for (const { received } of [shop, stock, mail]) received.length = 0;
});

/** Returns the variables of each request, in order of arrival. */
const variablesAt = ({ received }: Subgraph) => received.map(({ variables }) => variables);

describe.each(PLANNERS)('the fetches of subgraphs, under the %s planner', (planner) => {
  const ask = async (query: string, variables: object) => {
    const { data, errors } = await gatehouses[planner].client.ask(query, { variables: { ...variables } });
    expect(errors).toBeUndefined();
    return data;
  };

  it('have only variables that they use', async () => {
    const query = `query ($id: ID!, $token: String, $name: String!, $at: String, $by: String) {
      item(id: $id) { left(at: $at) sealed(by: $by) } greet(name: $name) inbox(token: $token)
    }`;
    await ask(query, { id: '1', token: 'the secret of mail', name: 'Ann', at: 'north', by: 'wax' });
    expect(variablesAt(mail)).toEqual([{ token: 'the secret of mail' }]);
    expect(Object.assign({}, ...variablesAt(shop))).toEqual({ id: '1', name: 'Ann', ...lookedUp(shop) });
    expect(Object.assign({}, ...variablesAt(stock))).toEqual({ at: 'north', by: 'wax', ...lookedUp(stock) });
    for (const { query, variables } of [shop, stock, mail].flatMap(({ received }) => received)) {
      for (const name of Object.keys(variables)) expect(query).toContain(`$${name}`);
    }
  });

  it('have only the key of an entity and the inputs of its computed fields', async () => {
    await ask('query ($id: ID!) { item(id: $id) { name left } }', { id: '1' });
    expect(variablesAt(stock)).toEqual([{ representations: [{ __typename: 'Item', id: '1' }] }]);
    stock.received.length = 0;
    await ask('query ($id: ID!) { item(id: $id) { name sealed } }', { id: '1' });
    expect(variablesAt(stock)).toEqual([{ representations: [{ __typename: 'Item', id: '1', secret: 's' }] }]);
  });

  it('have exactly the requested fields', async () => {
    await ask('mutation ($id: ID!, $n: String!) { rename(id: $id, name: $n) { left } }', { id: '1', n: 'x' });
    expect(variablesAt(shop)).toEqual([{ id: '1', n: 'x' }]);
    const { query } = stock.received[0]!;
    const typename = planner === 'native' ? '' : '__typename';
    const wanted = `query ($representations: [_Any!]!) {
      _entities(representations: $representations) { ${typename} ... on Item { KEY: left } }
    }`;
    const key = /(\w+): left/.exec(query)![1]!;
    expect(print(parse(query))).toBe(print(parse(wanted.replace('KEY', key))));
  });

  it.each([
    ['@include', true, 3],
    ['@include', false, undefined],
    ['@skip', true, undefined],
    ['@skip', false, 3],
  ])('is sent only if %s of %s includes a field', async (directive, on, left) => {
    const query = `query ($id: ID!, $on: Boolean!) { item(id: $id) { name left ${directive}(if: $on) } }`;
    const { item } = await ask(query, { id: '1', on });
    expect(item).toEqual({ name: 'n', ...(left === undefined ? {} : { left }) });
    expect(stock.received).toHaveLength(left === undefined ? 0 : 1);
  });

  it('have a body with only a query and its variables', async () => {
    await ask('query Named($token: String) { inbox(token: $token) }', { token: 't', other: 'unused' });
    const { body } = mail.received[0]!;
    expect(Object.keys(JSON.parse(body)).sort()).toEqual(['query', 'variables']);
    expect(body).not.toContain('unused');
  });

  it("have their representations if a client's variable has that name", async () => {
    const query = `query ($id: ID!, $representations: String) { item(id: $id) { left(at: $representations) } }`;
    const { data, errors } = await gatehouses[planner].client.ask(query, {
      variables: { id: '1', representations: 'north' },
    });
    // One planner declares the variable twice, which the subgraph refuses. The client's own variable never replaces it.
    expect([data, errors !== undefined]).toEqual([
      { item: { left: planner === 'native' ? null : 3 } },
      planner === 'native',
    ]);
    for (const { variables } of stock.received) {
      expect(Object.values(variables)).toContainEqual([{ __typename: 'Item', id: '1' }]);
    }
  });
});

function lookedUp(subgraph: Subgraph): object {
  const lists = variablesAt(subgraph).flatMap(({ representations }) => (representations ? [{ representations }] : []));
  return lists.at(-1) ?? {};
}
