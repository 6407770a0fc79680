import { by, type Family } from './family.ts';

const films = [
  { id: 'f1', title: 'Alpha', year: 1999, studio: { id: 's1', name: 'Big', city: { id: 'c1', name: 'Rome' } } },
  { id: 'f2', title: 'Beta', year: 2001, studio: null },
];
const studios = [films[0]!.studio!];
const cities = [studios[0]!.city];
const nested: Family = {
  name: '@provides, also of fields of fields',
  subgraphs: {
    'provides-lists': {
      typeDefs: `
        type Query {
          newest: Film @provides(fields: "title")
          catalogue: [Film!]! @provides(fields: "title studio { name city { name } }")
          bare: [Film!]!
        }
        type Film @key(fields: "id") { id: ID! title: String! @external studio: Studio @external }
        type Studio @key(fields: "id") { id: ID! name: String! @external city: City @external }
        type City @key(fields: "id") { id: ID! name: String! @external }`,
      resolvers: { Film: { __resolveReference: by(films, 'id') } },
    },
    'provides-films': {
      typeDefs: `
        type Film @key(fields: "id") { id: ID! title: String! @shareable year: Int! studio: Studio @shareable }
        type Studio @key(fields: "id") { id: ID! name: String! @shareable city: City @shareable }
        type City @key(fields: "id") { id: ID! name: String! @shareable }`,
      resolvers: {
        Film: { __resolveReference: by(films, 'id') },
        Studio: { __resolveReference: by(studios, 'id') },
        City: { __resolveReference: by(cities, 'id') },
      },
    },
  },
  world: { newest: films[1], catalogue: films, bare: films },
  cases: [
    '{ newest { title } }',
    '{ newest { title year studio { name } } }',
    '{ catalogue { title studio { name city { name } } } }',
    '{ catalogue { year studio { id city { id name } } } }',
    '{ bare { title studio { name } } }',
  ],
};

const animals = [
  { __typename: 'Dog', id: 'd1', name: 'Rex', age: 3, barks: true },
  { __typename: 'Cat', id: 'k1', name: 'Tom', age: 5, purrs: false },
];
const media = [
  { __typename: 'Clip', id: 'v1', title: 'Clip', length: 4 },
  { __typename: 'Song', id: 'o1', title: 'Song', bpm: 99 },
];
const abstract: Family = {
  name: '@provides on interfaces and unions',
  subgraphs: {
    'provides-pets': {
      typeDefs: `
        type Query {
          pet: Pet @provides(fields: "... on Dog { name age } ... on Cat { name }")
          pets: [Pet!]!
          track: Track @provides(fields: "... on Clip { title } ... on Song { title bpm }")
          tracks: [Track!]!
        }
        interface Pet { id: ID! name: String }
        type Dog implements Pet @key(fields: "id") { id: ID! name: String @external age: Int @external }
        type Cat implements Pet @key(fields: "id") { id: ID! name: String @external }
        union Track = Clip | Song
        type Clip @key(fields: "id") { id: ID! title: String @external }
        type Song @key(fields: "id") { id: ID! title: String @external bpm: Int @external }`,
    },
    'provides-petnames': {
      typeDefs: `
        type Dog @key(fields: "id") { id: ID! name: String @shareable age: Int @shareable barks: Boolean }
        type Cat @key(fields: "id") { id: ID! name: String @shareable age: Int purrs: Boolean }
        type Clip @key(fields: "id") { id: ID! title: String @shareable length: Int }
        type Song @key(fields: "id") { id: ID! title: String @shareable bpm: Int @shareable }`,
      resolvers: {
        Dog: { __resolveReference: by(animals, 'id') },
        Cat: { __resolveReference: by(animals, 'id') },
        Clip: { __resolveReference: by(media, 'id') },
        Song: { __resolveReference: by(media, 'id') },
      },
    },
  },
  world: { pet: animals[0], pets: animals, track: media[1], tracks: media },
  cases: [
    '{ pet { id name } }',
    '{ pet { name ... on Dog { age barks } ... on Cat { age } } }',
    '{ pets { name ... on Dog { age } } }',
    '{ pets { __typename name ... on Cat { purrs age } } }',
    '{ track { ... on Song { title bpm } ... on Clip { title length } } }',
    '{ tracks { ... on Song { title bpm } ... on Clip { title length } } }',
  ],
};

export const provides = [nested, abstract];
