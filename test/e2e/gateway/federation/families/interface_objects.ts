import { by, type Family } from './family.ts';

const media = [
  { __typename: 'Movie', id: 'm1', title: 'Movie', minutes: 90, views: 5, rank: 'Movie: 5' },
  { __typename: 'Essay', id: 'e1', title: 'Essay', words: 800, views: 0, rank: 'Essay: 0' },
];
const ofMedia = { __resolveReference: by(media, 'id') };
/** The subgraph with only the interface knows no other type. */
const nameless = { __resolveReference: (reference: any) => ({ ...by(media, 'id')(reference), __typename: 'Medium' }) };
const list = { id: 'l1', name: 'List', medium: media[0], media };
const simple: Family = {
  name: 'an interface that another subgraph knows as one object',
  subgraphs: {
    'io-media': {
      typeDefs: `
        type Query { media: [Medium!]! medium(id: ID!): Medium }
        interface Medium @key(fields: "id") { id: ID! title: String }
        type Movie implements Medium @key(fields: "id") { id: ID! title: String minutes: Int }
        type Essay implements Medium @key(fields: "id") { id: ID! title: String words: Int }`,
      resolvers: { Medium: ofMedia, Movie: ofMedia, Essay: ofMedia },
    },
    'io-views': {
      typeDefs: `
        type Query { mostViewed: [Medium!]! }
        type Medium @key(fields: "id") @interfaceObject {
          id: ID! views: Int! title: String @external rank: String @requires(fields: "title")
        }`,
      resolvers: {
        Medium: { ...nameless, rank: ({ $, views }: any) => `${$.title}: ${views}` },
      },
    },
    'io-lists': {
      typeDefs: `
        type Query { playlist: Playlist }
        type Playlist @key(fields: "id") { id: ID! name: String medium: Medium media: [Medium!]! }
        type Medium @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }`,
      resolvers: { Playlist: { __resolveReference: by([list], 'id') }, Medium: nameless },
    },
  },
  world: {
    media,
    medium: ({ id }: { id: string }) => media.find((one) => one.id === id) ?? null,
    mostViewed: media,
    playlist: list,
  },
  cases: [
    '{ media { id views } }',
    '{ media { title views ... on Movie { minutes } } }',
    '{ media { ... on Movie { views } ... on Essay { words } } }',
    '{ media { rank } }',
    '{ mostViewed { id views } }',
    '{ mostViewed { views title } }',
    '{ mostViewed { __typename } }',
    '{ mostViewed { views ... on Movie { minutes title } } }',
    '{ mostViewed { rank ... on Essay { words rank } } }',
    '{ playlist { name medium { id } } }',
    '{ playlist { medium { title views } } }',
    '{ playlist { media { __typename ... on Movie { minutes views } ... on Essay { words } } } }',
    '{ medium(id: "e1") { __typename rank views title } }',
  ],
};

const loaves = [{ __typename: 'Loaf', id: 'b1', grain: 'rye' }];
const pointing: Family = {
  name: 'an interface that another subgraph only points to',
  subgraphs: {
    'io-shop': {
      typeDefs: `
        type Query { bought: Baked! }
        type Baked @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }`,
    },
    'io-bakery': {
      typeDefs: `
        interface Baked @key(fields: "id") { id: ID! }
        type Loaf implements Baked @key(fields: "id") { id: ID! grain: String! }`,
      resolvers: { Baked: { __resolveReference: by(loaves, 'id') }, Loaf: { __resolveReference: by(loaves, 'id') } },
    },
  },
  world: { bought: loaves[0] },
  cases: ['{ bought { id } }', '{ bought { __typename id } }', '{ bought { ... on Loaf { grain } } }'],
};

const tracks = [
  { __typename: 'Ballad', id: 'k1', key: 'C' },
  { __typename: 'March', id: 'k2', beat: 4 },
];
const onlyKey: Family = {
  name: 'an interface that another subgraph knows as nothing but its key',
  subgraphs: {
    'io-albums': {
      typeDefs: `
        type Query { album: Album }
        type Album @key(fields: "id") { id: ID! tunes: [Tune!]! }
        type Tune @key(fields: "id") @interfaceObject { id: ID! }`,
      resolvers: { Tune: { __resolveReference: by(tracks, 'id') } },
    },
    'io-tunes': {
      typeDefs: `
        type Query { tunes: [Tune!]! }
        interface Tune @key(fields: "id") { id: ID! }
        type Ballad implements Tune @key(fields: "id") { id: ID! key: String }
        type March implements Tune @key(fields: "id") { id: ID! beat: Int }`,
      resolvers: Object.fromEntries(
        ['Tune', 'Ballad', 'March'].map((name) => [name, { __resolveReference: by(tracks, 'id') }]),
      ),
    },
  },
  world: { album: { id: 'a1', tunes: tracks }, tunes: tracks },
  cases: [
    '{ album { tunes { id } } }',
    '{ album { tunes { __typename } } }',
    '{ album { tunes { ... on March { beat } } } }',
    '{ tunes { ... on March { beat } } }',
  ],
};

export const interfaceObjects = [simple, pointing, onlyKey];
