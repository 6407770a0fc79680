/** The subgraphs of the federated benchmarks: orders refer to products by a key, and products to sellers. */
export const GRAPHS = ['orders', 'products', 'sellers'] as const;
export type Graph = (typeof GRAPHS)[number];

/** Schemas without directives, or with directives on most fields. */
export type Kind = 'open' | 'guarded';

/** Every directive admits any signed-in user, each by another rule. */
function typesOf(kind: Kind): Readonly<Record<Graph, string>> {
  const only = (directives: string) => (kind === 'guarded' ? directives : '');
  const authenticated = only('@authenticated');
  const scopes = only('@requiresScopes(scopes: [["orders"], ["account"]])');
  const policy = only('@policy(policies: [["person"]])');
  return {
    orders: `
      type Query { orders(from: Int!, first: Int!): [Order!]! ${authenticated} }
      type Order { id: ID! quantity: Int! ${scopes} note: String product: Product! }
      type Product @key(fields: "id", resolvable: false) { id: ID! }`,
    products: `
      type Product @key(fields: "id") {
        id: ID!
        name: String!
        price: Float ${policy}
        inStock: Boolean!
        seller: Seller! ${authenticated}
      }
      type Seller @key(fields: "id", resolvable: false) { id: ID! }`,
    sellers: `
      enum Country { ES FI JP NZ PE }
      type Seller @key(fields: "id") { id: ID! name: String! rating: Float ${scopes} ${policy} country: Country! }`,
  };
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@authenticated", "@requiresScopes", "@policy"
])`;

/** Returns the schema that a subgraph shows. */
export function sdlOf(graph: Graph, kind: Kind): string {
  return LINK + typesOf(kind)[graph];
}

/** Returns the schema that a subgraph executes, with the root field for entities. */
export function executableOf(graph: Graph): string {
  const types = typesOf('open')[graph];
  if (graph === 'orders') return types;
  const entity = graph === 'products' ? 'Product' : 'Seller';
  return `${types}
    scalar _Any
    union _Entity = ${entity}
    type Query { _entities(representations: [_Any!]!): [_Entity]! }`;
}

/** Requests fifteen orders over three hops, each of which needs the one before. */
export const ORDERS = `query ($from: Int!) {
  orders(from: $from, first: 15) {
    id
    quantity
    note
    product { id name price inStock seller { name rating country } }
  }
}`;
