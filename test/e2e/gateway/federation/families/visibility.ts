import { by, type Family } from './family.ts';

const INVALID = 'GRAPHQL_VALIDATION_FAILED';
const agents = [
  { id: 'a1', secretId: 'z1', name: 'Kim', level: 'OPEN', aim: 'tea', cover: { __typename: 'Cook', dish: 'pie' } },
  { id: 'a2', secretId: 'z2', name: 'Lou', level: 'HIDDEN', aim: 'tea', cover: { __typename: 'Ghost', house: 'old' } },
];
const inaccessible: Family = {
  name: '@inaccessible: neither seen nor asked for, and still a key',
  subgraphs: {
    'hidden-agents': {
      typeDefs: `
        type Query {
          agents: [Agent!]!
          agentsBy(level: Level, trace: String @inaccessible, filter: AgentFilter): [Agent!]!
          hidden: String @inaccessible
        }
        type Agent @key(fields: "secretId") {
          id: ID! secretId: ID! @inaccessible name: String! level: Level cover: Cover file: AgentFile @inaccessible
        }
        enum Level { OPEN HIDDEN @inaccessible }
        input AgentFilter { name: String since: Int @inaccessible }
        union Cover = Cook | Ghost
        type Cook { dish: String }
        type Ghost @inaccessible { house: String }
        type AgentFile @inaccessible { text: String }`,
      resolvers: { Agent: { __resolveReference: by(agents, 'secretId') } },
    },
    'hidden-aims': {
      typeDefs: `type Agent @key(fields: "secretId") { secretId: ID! aim: String }`,
      resolvers: { Agent: { __resolveReference: by(agents, 'secretId') } },
    },
  },
  world: {
    agents: agents.slice(0, 1),
    agentsBy: ({ level, filter }: any) =>
      agents.filter((one) => one.level === level && (!filter?.name || one.name === filter.name)),
  },
  cases: [
    '{ agents { id name aim } }',
    '{ agents { aim level cover { __typename ... on Cook { dish } } } }',
    '{ agentsBy(level: OPEN, filter: { name: "Kim" }) { aim } }',
    { query: '{ agents { secretId } }', refused: INVALID },
    { query: '{ agents { file { text } } }', refused: INVALID },
    { query: '{ hidden }', refused: INVALID },
    { query: '{ agentsBy(level: HIDDEN) { id } }', refused: INVALID },
    { query: '{ agentsBy(trace: "x") { id } }', refused: INVALID },
    { query: '{ agentsBy(filter: { since: 3 }) { id } }', refused: INVALID },
    { query: '{ agents { cover { ... on Ghost { house } } } }', refused: INVALID },
    { query: '{ __type(name: "AgentFile") { name } }', data: { __type: null } },
    {
      query: '{ __type(name: "Level") { enumValues { name } } }',
      data: { __type: { enumValues: [{ name: 'OPEN' }] } },
    },
    {
      query: 'query ($l: Level) { agentsBy(level: $l) { id } }',
      variables: { l: 'HIDDEN' },
      refused: 'BAD_USER_INPUT',
    },
    {
      query: 'query ($f: AgentFilter) { agentsBy(filter: $f) { id } }',
      variables: { f: { since: 1 } },
      refused: 'BAD_USER_INPUT',
    },
  ],
};

const guests = [
  { id: 'g1', kind: 'REGULAR', plan: 'FREE' },
  { id: 'g2', kind: 'ANONYMOUS', plan: 'PAID' },
];
const intersections: Family = {
  name: 'enums and inputs that are not the same everywhere',
  subgraphs: {
    'inter-a': {
      typeDefs: `
        type Query { guestsA(filter: GuestFilter): [Guest!]! guestsOf(kind: Kind): [Guest!]! plans: [Plan] }
        enum Kind { REGULAR ANONYMOUS }
        enum Plan { FREE PAID }
        input GuestFilter { first: Int! ids: [ID!] }
        type Guest @key(fields: "id") { id: ID! kind: Kind @shareable plan: Plan @shareable }`,
      resolvers: { Guest: { __resolveReference: by(guests, 'id') } },
    },
    'inter-b': {
      typeDefs: `
        type Query { guestsB(filter: GuestFilter): [Guest!]! }
        enum Kind { REGULAR ANONYMOUS @inaccessible }
        enum Plan { FREE PAID }
        input GuestFilter { first: Int! offset: Int ids: [ID!] }
        type Guest @key(fields: "id") { id: ID! kind: Kind @shareable plan: Plan @shareable }`,
      resolvers: { Guest: { __resolveReference: by(guests, 'id') } },
    },
  },
  world: {
    guestsA: ({ filter }: any) => guests.slice(0, filter?.first).filter(({ id }) => filter?.ids?.includes(id) ?? true),
    guestsB: ({ filter }: any) => guests.slice(0, filter?.first),
    guestsOf: ({ kind }: any) => guests.filter((one) => one.kind === kind),
    plans: ['PAID', null, 'FREE'],
  },
  cases: [
    '{ guestsA(filter: { first: 1, ids: ["g1", "g2"] }) { id plan } }',
    '{ guestsA(filter: { first: 2, ids: "g2" }) { id plan } plans }',
    // The same field, with its argument in another order.
    '{ guestsA(filter: { first: 2, ids: ["g1"] }) { id } guestsA(filter: { ids: ["g1"], first: 2 }) { plan } }',
    // A hidden enum value is null with an error for clients.
    '{ guestsA { id kind } }',
    '{ guestsB { kind } }',
    '{ guestsOf(kind: REGULAR) { id kind } }',
    { query: '{ guestsOf(kind: ANONYMOUS) { id } }', refused: INVALID },
    { query: '{ guestsA(filter: { first: 1, offset: 2 }) { id } }', refused: INVALID },
    { query: '{ guestsB(filter: { first: 1, offset: 2 }) { id } }', refused: INVALID },
    { query: '{ guestsB(filter: { ids: [] }) { id } }', refused: INVALID },
    {
      query: 'query ($n: Int!, $ids: [ID!] = ["g1"]) { guestsA(filter: { first: $n, ids: $ids }) { id } }',
      variables: { n: 2 },
    },
    { query: 'query ($f: GuestFilter) { guestsB(filter: $f) { id } }', variables: { f: { first: 1 } } },
    { query: 'query ($f: GuestFilter) { guestsB(filter: $f) { id } }', variables: { f: null } },
  ],
};

export const visibility = [inaccessible, intersections];
