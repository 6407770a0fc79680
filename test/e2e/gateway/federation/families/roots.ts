import type { Family } from './family.ts';

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

export const roots = [shared];
