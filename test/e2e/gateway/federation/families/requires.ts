import { by, type Family } from './family.ts';

const parcels = [
  { id: 'a1', weight: 3, price: 10, fee: 30, feeText: 'fee 30', insured: 'fee 30, insured', label: 'A' },
  { id: 'a2', weight: 0, price: 7, fee: 0, feeText: 'fee 0', insured: 'fee 0, insured', label: 'B' },
];
const chain: Family = {
  name: '@requires: one field from two, and chains of them',
  subgraphs: {
    'chain-base': {
      typeDefs: `
        type Query { parcels: [Parcel!]! }
        type Parcel @key(fields: "id") { id: ID! weight: Int! price: Int! }`,
      resolvers: { Parcel: { __resolveReference: by(parcels, 'id') } },
    },
    'chain-fees': {
      typeDefs: `
        type Query { charged: [Parcel!]! }
        type Parcel @key(fields: "id") {
          id: ID! weight: Int! @external price: Int! @external fee: Int! @requires(fields: "weight price") label: String!
        }`,
      resolvers: {
        Parcel: { __resolveReference: by(parcels, 'id'), fee: ({ $ }: any) => $.weight * $.price },
      },
    },
    'chain-texts': {
      typeDefs: `type Parcel @key(fields: "id") {
        id: ID! fee: Int! @external feeText: String! @requires(fields: "fee")
      }`,
      resolvers: {
        Parcel: { __resolveReference: by(parcels, 'id'), feeText: ({ $ }: any) => `fee ${$.fee}` },
      },
    },
    'chain-insurance': {
      typeDefs: `type Parcel @key(fields: "id") {
        id: ID! feeText: String! @external insured: String! @requires(fields: "feeText")
      }`,
      resolvers: {
        Parcel: { __resolveReference: by(parcels, 'id'), insured: ({ $ }: any) => `${$.feeText}, insured` },
      },
    },
  },
  world: { parcels, charged: parcels },
  cases: [
    '{ parcels { fee } }',
    '{ parcels { id fee weight } }',
    '{ parcels { feeText } }',
    '{ parcels { insured } }',
    '{ parcels { price insured fee feeText label } }',
    '{ charged { fee } }',
    '{ charged { label insured } }',
    '{ parcels { weight: label fee } }',
    '{ charged { price: fee weight: label id: insured } }',
    { query: 'query ($on: Boolean!) { parcels { id fee @include(if: $on) } }', variables: { on: false } },
    { query: 'query ($on: Boolean!) { charged { label insured @skip(if: $on) } }', variables: { on: false } },
    { query: 'query ($on: Boolean!) { parcels { label ... @include(if: $on) { insured } } }', variables: { on: true } },
    { query: 'query ($on: Boolean!) { parcels { weight @skip(if: $on) fee } }', variables: { on: true } },
  ],
};

const poets = [
  { id: 'x1', name: 'Mo', years: 12 },
  { id: 'x2', name: 'Nu', years: 1 },
];
const poems = [
  { id: 'y1', poet: poets[0], byNovice: false, byExpert: true, byline: 'expert Mo' },
  { id: 'y2', poet: poets[1], byNovice: true, byExpert: false, byline: 'novice Nu' },
];
const circle: Family = {
  name: '@requires in a circle',
  subgraphs: {
    'circular-poems': {
      typeDefs: `
        type Query { poems: [Poem!]! }
        type Poem @key(fields: "id") {
          id: ID! poet: Poet! byNovice: Boolean! @external byExpert: Boolean! @requires(fields: "byNovice")
        }
        type Poet @key(fields: "id") { id: ID! name: String! }`,
      resolvers: {
        Poem: { __resolveReference: by(poems, 'id'), byExpert: ({ $ }: any) => $.byNovice === false },
        Poet: { __resolveReference: by(poets, 'id') },
      },
    },
    'circular-poets': {
      typeDefs: `
        type Poem @key(fields: "id") {
          id: ID! poet: Poet! @external
          byNovice: Boolean! @requires(fields: "poet { years }")
          byExpert: Boolean! @external
          byline: String! @requires(fields: "byExpert poet { name }")
        }
        type Poet @key(fields: "id") { id: ID! years: Int! name: String! @external }`,
      resolvers: {
        Poem: {
          __resolveReference: by(poems, 'id'),
          byNovice: ({ $ }: any) => $.poet.years < 10,
          byline: ({ $ }: any) => `${$.byExpert ? 'expert' : 'novice'} ${$.poet.name}`,
        },
        Poet: { __resolveReference: by(poets, 'id') },
      },
    },
  },
  world: { poems },
  cases: [
    '{ poems { byNovice } }',
    '{ poems { byExpert } }',
    '{ poems { byline } }',
    '{ poems { id byline byNovice byExpert poet { name years } } }',
    '{ poems { poet { id } byExpert } }',
  ],
};

const priced = [
  { id: 'i1', mass: 2, category: { mean: { EUR: 5, USD: 6 } }, price: { EUR: 90, USD: 100 } },
  { id: 'i2', mass: 1, category: null, price: { EUR: 45, USD: 50 } },
].map((one) => {
  const price = ({ currency }: { currency: 'EUR' | 'USD' }) => one.price[currency];
  const mean = one.category?.mean;
  const category = mean && { mean: ({ currency }: { currency: 'EUR' | 'USD' }) => mean[currency] };
  return {
    ...one,
    price,
    category: category ?? null,
    shipUSD: one.price.USD * one.mass,
    shipEUR: one.price.EUR * one.mass,
    isDear: mean ? mean.USD > 5 : null,
  };
});
const withArguments: Family = {
  name: '@requires with arguments, which the client may give otherwise',
  subgraphs: {
    'args-prices': {
      typeDefs: `
        type Query { priced: [Priced!]! }
        type Priced @key(fields: "id") { id: ID! mass: Int price(currency: String!): Int category: PricedCategory }
        type PricedCategory { mean(currency: String!): Int }`,
      resolvers: { Priced: { __resolveReference: by(priced, 'id') } },
    },
    'args-shipping': {
      typeDefs: `
        type Priced @key(fields: "id") {
          id: ID! mass: Int @external price(currency: String!): Int @external category: PricedCategory @external
          shipUSD: Int @requires(fields: "price(currency: \\"USD\\") mass")
          shipEUR: Int @requires(fields: "price(currency: \\"EUR\\") mass")
          isDear: Boolean @requires(fields: "category { mean(currency: \\"USD\\") }")
        }
        type PricedCategory @external { mean(currency: String!): Int }`,
      resolvers: {
        Priced: {
          __resolveReference: by(priced, 'id'),
          shipUSD: ({ $ }: any) => $.price * $.mass,
          shipEUR: ({ $ }: any) => $.price * $.mass,
          isDear: ({ $ }: any) => ($.category ? $.category.mean > 5 : null),
        },
      },
    },
  },
  world: { priced },
  cases: [
    '{ priced { shipUSD } }',
    '{ priced { shipEUR price(currency: "EUR") } }',
    '{ priced { shipEUR price(currency: "USD") } }',
    '{ priced { price(currency: "EUR") shipUSD mass } }',
    '{ priced { isDear category { mean(currency: "EUR") } } }',
    '{ priced { shipUSD shipEUR } }',
    '{ priced { shipUSD shipEUR price: mass e: price(currency: "EUR") isDear } }',
    {
      query: 'query ($c: String!) { priced { shipUSD price(currency: $c) } }',
      variables: { c: 'EUR' },
    },
  ],
};

const homes = [
  { id: 'n1', where: { __typename: 'Flat', id: 'f1', city: 'Rome', floor: 2 }, tag: 'Rome', level: '2', area: 'f1' },
  { id: 'n2', where: { __typename: 'House', id: 'h1', city: 'Oslo' }, tag: 'Oslo', level: 'none', area: 'h1' },
  { id: 'n3', where: null, tag: null, level: 'none', area: null },
];
const places = homes.flatMap(({ where }) => (where ? [where] : []));
const onInterfaces: Family = {
  name: '@requires over an interface, and with fragments',
  subgraphs: {
    'iface-tenants': {
      typeDefs: `
        type Query { tenants: [Tenant!]! }
        interface Dwelling { id: ID! }
        type Tenant @key(fields: "id") { id: ID! where: Dwelling }
        type Flat implements Dwelling @key(fields: "id") { id: ID! }
        type House implements Dwelling @key(fields: "id") { id: ID! }`,
      resolvers: { Tenant: { __resolveReference: by(homes, 'id') } },
    },
    'iface-places': {
      typeDefs: `
        type Flat @key(fields: "id") { id: ID! city: String floor: Int }
        type House @key(fields: "id") { id: ID! city: String }`,
      resolvers: { Flat: { __resolveReference: by(places, 'id') }, House: { __resolveReference: by(places, 'id') } },
    },
    'iface-tags': {
      typeDefs: `
        interface Dwelling { id: ID! }
        type Flat implements Dwelling @key(fields: "id") { id: ID! @external city: String @external floor: Int @external }
        type House implements Dwelling @key(fields: "id") { id: ID! @external city: String @external }
        type Tenant @key(fields: "id") {
          id: ID! where: Dwelling @external
          area: String @requires(fields: "where { id }")
          tag: String @requires(fields: "where { ... on Flat { city } ... on House { city } }")
          level: String @requires(fields: "where { __typename ... on Flat { floor } }")
        }`,
      resolvers: {
        Tenant: {
          __resolveReference: by(homes, 'id'),
          area: ({ $ }: any) => $.where?.id ?? null,
          tag: ({ $ }: any) => $.where?.city ?? null,
          level: ({ $ }: any) => String($.where?.floor ?? 'none'),
        },
      },
    },
  },
  world: { tenants: homes },
  cases: [
    '{ tenants { id area } }',
    '{ tenants { tag } }',
    '{ tenants { level } }',
    '{ tenants { tag level where { id ... on Flat { floor } ... on House { city } } } }',
    '{ tenants { where { __typename } level } }',
  ],
};

const trips = [
  {
    id: 'j1',
    stops: [
      { id: 'g1', km: 4 },
      { id: 'g2', km: 6 },
    ],
    total: 10,
    first: 'g1',
  },
  { id: 'j2', stops: [], total: 0, first: null },
];
const stops = trips.flatMap((trip) => trip.stops);
const lists: Family = {
  name: '@requires of lists of other entities',
  subgraphs: {
    'lists-trips': {
      typeDefs: `
        type Query { trips: [Trip!]! }
        type Trip @key(fields: "id") { id: ID! stops: [Stop!]! }
        type Stop @key(fields: "id") { id: ID! }`,
      resolvers: { Trip: { __resolveReference: by(trips, 'id') } },
    },
    'lists-stops': {
      typeDefs: `type Stop @key(fields: "id") { id: ID! km: Int! }`,
      resolvers: { Stop: { __resolveReference: by(stops, 'id') } },
    },
    'lists-totals': {
      typeDefs: `
        type Trip @key(fields: "id") {
          id: ID! stops: [Stop!]! @external
          total: Int! @requires(fields: "stops { km }")
          first: ID @requires(fields: "stops { id }")
        }
        type Stop @key(fields: "id") { id: ID! km: Int! @external }`,
      resolvers: {
        Stop: { __resolveReference: by(stops, 'id') },
        Trip: {
          __resolveReference: by(trips, 'id'),
          total: ({ $ }: any) => $.stops.reduce((sum: number, { km }: { km: number }) => sum + km, 0),
          first: ({ $ }: any) => $.stops[0]?.id ?? null,
        },
      },
    },
  },
  world: { trips },
  cases: ['{ trips { total } }', '{ trips { first stops { km } total } }', '{ trips { first } }'],
};

export const requires = [chain, circle, withArguments, onInterfaces, lists];
