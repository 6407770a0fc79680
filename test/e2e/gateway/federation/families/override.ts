import { by, type Family } from './family.ts';

const stale = () => 'of the subgraph that has it no more';
const posts = [
  { __typename: 'Photo', id: 'p1', at: 'noon', views: 4, score: 8, body: 'x' },
  { __typename: 'Photo', id: 'p2', at: 'night', views: 0, score: 0, body: 'y' },
];
const simple: Family = {
  name: '@override, with what is computed from it',
  subgraphs: {
    'override-old': {
      typeDefs: `
        type Query { oldFeed: [Article!]! @shareable feed: [Article!]! @shareable }
        type Article @key(fields: "id") { id: ID! at: String! views: Int! }`,
      resolvers: { Article: { __resolveReference: by(posts, 'id'), at: stale } },
    },
    'override-new': {
      typeDefs: `
        type Query { newFeed: [Article!]! feed: [Article!]! @shareable }
        type Article @key(fields: "id") {
          id: ID! at: String! @override(from: "override-old") views: Int! @external
          score: Int! @requires(fields: "views") body: String! @override(from: "nobody-of-this-name")
        }`,
      resolvers: { Article: { __resolveReference: by(posts, 'id'), score: ({ $ }: any) => $.views * 2 } },
    },
  },
  world: { oldFeed: posts, newFeed: posts, feed: posts },
  cases: [
    '{ oldFeed { id at } }',
    '{ oldFeed { at score views } }',
    '{ newFeed { at views body } }',
    '{ newFeed { score } }',
    '{ feed { at } }',
    '{ feed { at score body } }',
  ],
};

const notes = [
  { __typename: 'Sketch', id: 'q1', made: 'early' },
  { __typename: 'Memo', id: 'q2', made: 'late', text: 'words' },
];
const interfaces: Family = {
  name: '@override under an interface',
  subgraphs: {
    'notes-old': {
      typeDefs: `
        type Query { wall: [Note] }
        interface Note { id: ID! made: String! }
        type Sketch implements Note @key(fields: "id") { id: ID! made: String! }`,
      resolvers: { Sketch: { __resolveReference: by(notes, 'id'), made: stale } },
    },
    'notes-new': {
      typeDefs: `
        type Query { board: [OtherNote] }
        interface Note { id: ID! made: String! }
        interface OtherNote { id: ID! made: String! }
        type Memo implements Note @key(fields: "id") { id: ID! made: String! text: String! }
        type Sketch implements OtherNote @key(fields: "id") { id: ID! made: String! @override(from: "notes-old") }`,
      resolvers: { Sketch: { __resolveReference: by(notes, 'id') }, Memo: { __resolveReference: by(notes, 'id') } },
    },
  },
  world: { wall: [notes[0]], board: [notes[0]] },
  cases: ['{ wall { id made } }', '{ wall { made ... on Memo { text } } }', '{ board { made ... on Sketch { id } } }'],
};

const profiles = [{ username: 'admin', fullName: 'Kept elsewhere', badges: ['gold'] }];
const own: Family = {
  name: "our own subgraph's account, extended and a field of it overridden",
  subgraphs: {
    profiles: {
      typeDefs: `
        type Query { owners: [User!]! }
        type User @key(fields: "username") {
          username: String! fullName: String @override(from: "gatehouse") badges: [String!]!
        }`,
      resolvers: { User: { __resolveReference: by(profiles, 'username') } },
    },
  },
  world: { owners: profiles },
  cases: [
    { query: '{ me { fullName } }', asAdmin: true, data: { me: { fullName: 'Kept elsewhere' } } },
    {
      query: '{ me { username email fullName badges } }',
      asAdmin: true,
      data: {
        me: { username: 'admin', email: 'admin@localhost.localdomain', fullName: 'Kept elsewhere', badges: ['gold'] },
      },
    },
    {
      query: '{ owners { fullName badges role } protectedData { role } }',
      asAdmin: true,
      data: {
        owners: [{ fullName: 'Kept elsewhere', badges: ['gold'], role: 'admin' }],
        protectedData: { role: 'admin' },
      },
    },
    '{ owners { username badges fullName } }',
  ],
};

export const override = [simple, interfaces, own];
