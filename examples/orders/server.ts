import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type Identity, createVerifier, hasRole } from 'gatehouse-subgraph';
import { type IdentityContext, identityContext, serveApollo } from 'gatehouse-subgraph/apollo';
import { GraphQLError, parse } from 'graphql';

/** The subgraph `orders`, on Apollo Server. Node runs this file as it is. */
const { ORDERS_PORT = '4001', GATEWAY_URL = 'http://127.0.0.1:4000' } = process.env;

interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly cost: number;
}

interface Order {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  readonly username: string;
}

const products: readonly Product[] = [
  { sku: 'lantern', name: 'Gate lantern', price: 40, cost: 25 },
  { sku: 'key', name: 'Iron key', price: 12, cost: 3 },
  { sku: 'rope', name: 'Twenty yards of rope', price: 18, cost: 11 },
];
const orders: Order[] = [
  { id: '1', sku: 'lantern', quantity: 1, username: 'admin' },
  { id: '2', sku: 'key', quantity: 2, username: 'kandi' },
];

function findProduct(sku: string): Product {
  const product = products.find((candidate) => candidate.sku === sku);
  if (!product) throw new GraphQLError('There is no such product', { extensions: { code: 'BAD_USER_INPUT' } });
  return product;
}

/** True if the caller may see this user's orders. The gateway has already enforced the schema's directives. */
function maySee(identity: Identity, username: string): boolean {
  return !identity.anonymous && (identity.subject === username || hasRole(identity, 'admin'));
}

const resolvers = {
  Query: {
    products: () => products,
    orders: (_: unknown, _args: unknown, { identity }: IdentityContext) =>
      orders.filter(({ username }) => maySee(identity, username)),
  },
  Mutation: {
    placeOrder(_: unknown, { sku, quantity }: { sku: string; quantity: number }, { identity }: IdentityContext) {
      if (identity.anonymous) throw new GraphQLError('Orders are for people', { extensions: { code: 'FORBIDDEN' } });
      if (quantity < 1)
        throw new GraphQLError('An order is for one at least', { extensions: { code: 'BAD_USER_INPUT' } });
      const order = { id: `${orders.length + 1}`, sku: findProduct(sku).sku, quantity, username: identity.subject };
      orders.push(order);
      return order;
    },
  },
  Product: {
    __resolveReference: ({ sku }: { sku: string }) => findProduct(sku),
  },
  Order: {
    __resolveReference: ({ id }: { id: string }, { identity }: IdentityContext) =>
      orders.find((order) => order.id === id && maySee(identity, order.username)),
    product: ({ sku }: Order) => findProduct(sku),
    buyer: ({ username }: Order) => ({ username }),
    margin({ sku, quantity }: Order) {
      const { price, cost } = findProduct(sku);
      return quantity * (price - cost);
    },
    deliveryAddress: ({ username }: Order) => `The house of ${username}, by the gate`,
  },
  User: {
    orders: ({ username }: { username: string }, _args: unknown, { identity }: IdentityContext) =>
      maySee(identity, username) ? orders.filter((order) => order.username === username) : null,
  },
};

const typeDefs = parse(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'));
const server = new ApolloServer<IdentityContext>({
  schema: buildSubgraphSchema([{ typeDefs, resolvers }]),
  plugins: [ApolloServerPluginInlineTraceDisabled()],
  includeStacktraceInErrorResponses: false,
});
await server.start();

const verifier = createVerifier({ issuer: GATEWAY_URL, subgraph: 'orders' });
createServer(serveApollo(server, { context: identityContext(verifier) })).listen(Number(ORDERS_PORT), '127.0.0.1', () =>
  process.stdout.write(`orders: http://127.0.0.1:${ORDERS_PORT}/graphql\n`),
);
