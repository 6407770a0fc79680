import { by, type Family } from './family.ts';

const product = {
  id: 'p1',
  name: { id: 'n1', brand: 'B', model: 'M' },
  price: { amount: 3, currency: 'EUR' },
  tag: 't',
};
const shared: Family = {
  name: 'root fields and values that several subgraphs have their part of',
  subgraphs: {
    'shared-names': {
      typeDefs: `
        type Query { offer: Offer @shareable offers: [Offer] @shareable }
        type Offer @shareable { id: ID! name: OfferName! }
        type OfferName { id: ID! brand: String! model: String! }`,
    },
    'shared-prices': {
      typeDefs: `
        type Query { offer: Offer @shareable offers: [Offer] @shareable }
        type Offer @shareable { id: ID! price: OfferPrice }
        type OfferPrice { amount: Int! currency: String }`,
    },
    'shared-tags': {
      typeDefs: `
        type Query { offer: Offer @shareable offers: [Offer] @shareable }
        type Offer @shareable { id: ID! tag: String }`,
    },
  },
  world: { offer: product, offers: [product, null, { ...product, id: 'p2', tag: null }] },
  cases: [
    '{ offer { id name { model } } }',
    '{ offer { tag price { amount } name { id brand } } }',
    '{ a: offer { tag } b: offer { price { currency } name { model } } }',
    '{ offers { id } offer { id } }',
    '{ offers { tag price { amount } name { model } } }',
  ],
};

/** What mutations did, in the order in which they did it. Emptied by whoever looks. */
export const done: string[] = [];
const tally = { id: 't1', note: 'noted' };
const add = ({ what }: { what: string }) => {
  done.push(what);
  return { ...tally };
};
const mutations: Family = {
  name: 'mutations, one after the other over subgraphs',
  subgraphs: {
    'mutate-a': {
      typeDefs: `
        type Query { tallies: [Tally!]! }
        type Mutation { addA(what: String!): Tally! failA(what: String!): Tally }
        type Tally @key(fields: "id") { id: ID! count: Int! last: String! }`,
      // As it stands at the moment, and so before the next mutation.
      resolvers: {
        Tally: { __resolveReference: by([tally], 'id'), count: () => done.length, last: () => done.at(-1) },
      },
    },
    'mutate-b': {
      typeDefs: `
        type Mutation { addB(what: String!): Tally! }
        type Tally @key(fields: "id") { id: ID! note: String! }`,
      resolvers: { Tally: { __resolveReference: by([tally], 'id') } },
    },
    'mutate-c': {
      typeDefs: `type Mutation { addC(what: String!): Int! }`,
      resolvers: { Mutation: { addC: (_: unknown, { what }: { what: string }) => done.push(what) } },
    },
  },
  world: { tallies: [], addA: add, failA: add, addB: add, addC: add },
  // What they do is asserted beside what they answer: see `mutations.test.ts`.
  cases: [],
};

export const roots = [shared, mutations];
