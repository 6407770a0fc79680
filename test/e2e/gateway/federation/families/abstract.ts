import { by, type Family } from './family.ts';

const ovens = [
  { __typename: 'Oven', id: 'o1', warranty: 2, heat: 250 },
  { __typename: 'Oven', id: 'o2', warranty: null, heat: 180 },
];
const toasters = [{ __typename: 'Toaster', id: 't1', warranty: 3, slots: 2 }];
const machines = [...ovens, ...toasters];
const distributed: Family = {
  name: 'interfaces and unions whose types are spread over subgraphs',
  subgraphs: {
    'spread-a': {
      typeDefs: `
        type Query { machines: [Machine] thing(id: ID!): Thing things: [Thing] toasters: [Toaster] }
        union Machine = Oven | Toaster
        interface Thing { id: ID! }
        interface Warranted { warranty: Int }
        type Oven @key(fields: "id") { id: ID! }
        type Toaster implements Thing & Warranted @key(fields: "id") { id: ID! warranty: Int }`,
      resolvers: {
        Oven: { __resolveReference: by(machines, 'id') },
        Toaster: { __resolveReference: by(machines, 'id') },
      },
    },
    'spread-b': {
      typeDefs: `
        interface Thing { id: ID! }
        interface Warranted { warranty: Int }
        type Oven implements Thing & Warranted @key(fields: "id") { id: ID! warranty: Int heat: Int }
        type Toaster @key(fields: "id") { id: ID! slots: Int }`,
      resolvers: {
        Oven: { __resolveReference: by(machines, 'id') },
        Toaster: { __resolveReference: by(machines, 'id') },
      },
    },
  },
  world: {
    machines,
    things: toasters,
    toasters,
    thing: ({ id }: { id: string }) => machines.find((one) => one.id === id) ?? null,
  },
  cases: [
    '{ machines { ... on Warranted { warranty } } }',
    '{ machines { ... on Thing { id } ... on Oven { heat } } }',
    '{ machines { __typename ... on Thing { id ... on Warranted { warranty } } ... on Toaster { slots } } }',
    '{ things { id ... on Warranted { warranty } ... on Oven { heat } ... on Toaster { slots } } }',
    '{ toasters { ... on Warranted { warranty ... on Toaster { slots } } } }',
    '{ thing(id: "t1") { __typename id ... on Warranted { warranty } } }',
    '{ thing(id: "none") { id } }',
    '{ machines { ...W ...O } } fragment W on Warranted { warranty } fragment O on Oven { id ...W }',
  ],
};

const cuts = [
  { __typename: 'Short', title: 'S', seconds: 9, only: 'a' },
  { __typename: 'Long', title: 'L', minutes: 90 },
  { __typename: 'Teaser', title: 'T', gross: 5 },
];
const holder = { id: 'h1', shared: cuts[0], left: cuts[1], right: cuts[2], list: [cuts[0], null, cuts[0]] };
const intersection: Family = {
  name: 'unions that have other members in other subgraphs',
  subgraphs: {
    'union-left': {
      typeDefs: `
        type Query { holder: CutHolder @shareable cut: Cut @shareable leftCuts: [Cut] }
        union Cut = Short | Long
        type Short @shareable { title: String! seconds: Int }
        type Long @shareable { title: String! minutes: Int }
        type CutHolder @key(fields: "id") { id: ID! shared: Cut @shareable left: Cut list: [Cut] @shareable }`,
      resolvers: { CutHolder: { __resolveReference: by([holder], 'id') } },
    },
    'union-right': {
      typeDefs: `
        type Query { holder: CutHolder @shareable cut: Cut @shareable rightCuts: [Cut] }
        union Cut = Short | Teaser
        type Short @shareable { title: String! seconds: Int }
        type Teaser { title: String! gross: Int }
        type CutHolder @key(fields: "id") { id: ID! shared: Cut @shareable right: Cut list: [Cut] @shareable }`,
      resolvers: { CutHolder: { __resolveReference: by([holder], 'id') } },
    },
  },
  world: { holder, cut: cuts[0], leftCuts: [cuts[0], cuts[1]], rightCuts: [cuts[0], cuts[2]] },
  cases: [
    '{ cut { ... on Short { title } ... on Long { minutes } ... on Teaser { gross } } }',
    '{ leftCuts { ... on Short { seconds } ... on Long { title } ... on Teaser { title } } }',
    '{ rightCuts { __typename ... on Teaser { title } } leftCuts { __typename } }',
    '{ holder { shared { ... on Short { title } } left { ... on Long { title } ... on Teaser { title } } } }',
    '{ holder { left { __typename } right { __typename ... on Teaser { gross } } shared { ... on Teaser { gross } } } }',
    '{ holder { list { ... on Short { seconds } ... on Long { title } ... on Teaser { gross } } } }',
  ],
};

const nodes = [
  { __typename: 'Account', id: 'a1', username: 'ann', chats: [] as unknown[] },
  { __typename: 'Chat', id: 'c1', text: 'hi', account: {} as unknown },
];
nodes[0]!.chats!.push(nodes[1]);
nodes[1]!.account = nodes[0];
const node: Family = {
  name: 'a node field that every subgraph has for its own types',
  subgraphs: {
    'node-accounts': {
      typeDefs: `
        type Query { account(id: ID!): Account }
        interface Node { id: ID! }
        type Account implements Node @key(fields: "id") { id: ID! username: String! }
        type Chat implements Node @key(fields: "id") { id: ID! account: Account! }`,
      resolvers: { Account: { __resolveReference: by(nodes, 'id') }, Chat: { __resolveReference: by(nodes, 'id') } },
    },
    'node-chats': {
      typeDefs: `
        type Query { node(id: ID!): Node chat(id: ID!): Chat }
        interface Node { id: ID! }
        type Account implements Node @key(fields: "id") { id: ID! chats: [Chat!]! }
        type Chat implements Node @key(fields: "id") { id: ID! text: String! }`,
      resolvers: { Account: { __resolveReference: by(nodes, 'id') }, Chat: { __resolveReference: by(nodes, 'id') } },
    },
  },
  world: Object.fromEntries(
    ['node', 'chat', 'account'].map((name) => [name, ({ id }: any) => nodes.find((one) => one.id === id) ?? null]),
  ),
  cases: [
    '{ account(id: "a1") { id username chats { id text } } }',
    '{ chat(id: "c1") { id text account { id username chats { account { username } } } } }',
    '{ node(id: "c1") { id __typename ... on Chat { text account { username } } ... on Account { username } } }',
    '{ node(id: "a1") { ... on Account { username chats { text } } } }',
    '{ a: node(id: "a1") { id } c: node(id: "c1") { id ... on Node { id } ... on Chat { text } } }',
  ],
};

const novels: any[] = [
  { __typename: 'Novel', id: 'n1', price: 4.5, alike: null, reviews: [{ stars: 5 }] },
  { __typename: 'Novel', id: 'n2', price: null, alike: null, reviews: [] },
];
novels[0].alike = novels[1];
novels[1].alike = novels[0];
const narrowed: Family = {
  name: 'an interface whose object narrows a field to itself',
  subgraphs: {
    'narrow-a': {
      typeDefs: `
        type Query { item: Item items: [Item] }
        interface Item { alike: Item }
        type Novel implements Item @key(fields: "id") { id: ID! alike: Novel @provides(fields: "price") price: Float @external }`,
      resolvers: { Novel: { __resolveReference: by(novels, 'id') } },
    },
    'narrow-b': {
      typeDefs: `
        type Novel @key(fields: "id") { id: ID! price: Float @shareable reviews: [NovelReview!]! }
        type NovelReview { stars: Int! }`,
      resolvers: { Novel: { __resolveReference: by(novels, 'id') } },
    },
  },
  world: { item: novels[0], items: [...novels, null] },
  cases: [
    '{ item { alike { ... on Novel { alike { ... on Novel { id price } } } } } }',
    '{ item { ... on Novel { id alike { id price reviews { stars } } } } }',
    '{ items { __typename alike { __typename alike { alike { ... on Novel { id } } } } } }',
    '{ items { ... on Novel { price reviews { stars } alike { reviews { stars } } } } }',
  ],
};

const shapes = [
  { __typename: 'Disc', id: 's1', area: 3, name: 'disc', corners: 0, radius: 1 },
  { __typename: 'Square', id: 's2', area: 4, name: 'square', corners: 4, side: 2 },
  { __typename: 'Blob', id: 's3', area: 9, name: 'blob', corners: 1 },
];
const ofShapes = { __resolveReference: by(shapes, 'id') };
const entities: Family = {
  name: 'fields of an interface that lie in different subgraphs for each type',
  subgraphs: {
    'shapes-root': {
      typeDefs: `
        type Query { shapes: [Shape!]! drawing: Drawing! }
        interface Shape { id: ID! area: Int name: String }
        type Disc implements Shape @key(fields: "id") { id: ID! area: Int name: String @shareable }
        type Square implements Shape @key(fields: "id") { id: ID! area: Int @external name: String }
        type Blob implements Shape @key(fields: "id") { id: ID! area: Int name: String }
        type Drawing { main: Shape layers: [[Shape!]] }`,
      resolvers: { Disc: ofShapes, Square: ofShapes, Blob: ofShapes },
    },
    'shapes-more': {
      typeDefs: `
        interface Cornered { corners: Int }
        type Disc implements Cornered @key(fields: "id") { id: ID! corners: Int radius: Int name: String @shareable }
        type Square implements Cornered @key(fields: "id") { id: ID! corners: Int side: Int area: Int }
        type Blob implements Cornered @key(fields: "id") { id: ID! corners: Int }`,
      resolvers: { Disc: ofShapes, Square: ofShapes, Blob: ofShapes },
    },
  },
  world: { shapes, drawing: { main: shapes[1], layers: [[shapes[0], shapes[1]], [], null, [shapes[2]]] } },
  cases: [
    '{ shapes { id name } }',
    '{ shapes { name area } }',
    '{ shapes { ... on Cornered { corners } } }',
    '{ shapes { __typename ... on Disc { radius } ... on Square { side } name ... on Cornered { corners } } }',
    '{ drawing { main { area } layers { id area } } }',
    '{ drawing { layers { __typename ... on Cornered { corners } ... on Square { side } } } }',
    '{ shapes { ... on Square { x: side } ... on Disc { x: radius } } }',
  ],
};

export const abstract = [distributed, intersection, node, narrowed, entities];
