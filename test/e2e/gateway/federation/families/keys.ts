import { by, type Family } from './family.ts';

const members = [
  { id: 'm1', name: 'Ann', mail: 'ann@a.example', friends: [] as unknown[] },
  { id: 'm2', name: 'Bob', mail: null, friends: [] as unknown[] },
];
members[0]!.friends.push(members[1], members[0]);
members[1]!.friends.push(members[0]);

const simple: Family = {
  name: 'an entity of two subgraphs',
  subgraphs: {
    'simple-people': {
      typeDefs: `
        type Query { members: [Member!]! member(id: ID!): Member }
        type Member @key(fields: "id") { id: ID! name: String! }`,
      resolvers: { Member: { __resolveReference: by(members, 'id') } },
    },
    'Simple-Mail': {
      typeDefs: `type Member @key(fields: "id") { id: ID! mail: String friends: [Member!]! }`,
      resolvers: { Member: { __resolveReference: by(members, 'id') } },
    },
  },
  world: { members, member: ({ id }: { id: string }) => members.find((one) => one.id === id) ?? null },
  cases: [
    '{ members { id name mail } }',
    '{ members { mail } }',
    '{ members { name friends { name mail friends { name } } } }',
    { query: 'query ($id: ID!) { member(id: $id) { mail name } }', variables: { id: 'm2' } },
    '{ member(id: "nobody") { name mail } }',
    '{ a: member(id: "m1") { mail } b: member(id: "m2") { mail friends { mail } } }',
  ],
};

const shelves = [
  { id: 's1', region: 'eu', label: 'left', stock: 3, owner: { id: 'o1', tenant: { code: 't1', name: 'T' } } },
  { id: 's1', region: 'us', label: 'right', stock: 5, owner: { id: 'o1', tenant: { code: 't2', name: 'U' } } },
];
const composite: Family = {
  name: 'keys of several fields, and of fields of fields',
  subgraphs: {
    'composite-places': {
      typeDefs: `
        type Query { shelves: [Shelf!]! }
        type Shelf @key(fields: "id region") @key(fields: "id owner { id tenant { code } }") {
          id: ID! region: String! label: String! owner: ShelfOwner!
        }
        type ShelfOwner { id: ID! @shareable tenant: ShelfTenant! @shareable }
        type ShelfTenant { code: ID! @shareable name: String! }`,
      resolvers: { Shelf: { __resolveReference: by(shelves, 'id region', 'id owner') } },
    },
    'composite-stock': {
      typeDefs: `type Shelf @key(fields: "id region") { id: ID! region: String! stock: Int! }`,
      resolvers: { Shelf: { __resolveReference: by(shelves, 'id region') } },
    },
    'composite-audit': {
      typeDefs: `
        type Query { audited: [Shelf!]! }
        type Shelf @key(fields: "id owner { id tenant { code } }") { id: ID! owner: ShelfOwner! audit: String! }
        type ShelfOwner { id: ID! @shareable tenant: ShelfTenant! @shareable }
        type ShelfTenant { code: ID! @shareable }`,
      resolvers: { Shelf: { __resolveReference: by(shelves, 'id owner'), audit: auditOf } },
    },
  },
  world: {
    shelves: shelves.map((shelf) => ({ ...shelf, audit: auditOf(shelf) })),
    audited: shelves.map((shelf) => ({ ...shelf, audit: auditOf(shelf) })),
  },
  cases: [
    '{ shelves { label stock } }',
    '{ shelves { audit } }',
    '{ shelves { owner { tenant { name } } stock audit region } }',
    '{ audited { audit label stock } }',
    '{ audited { stock } }',
  ],
};
function auditOf({ owner }: { owner: { tenant: { code: string } } }) {
  return `audit of ${owner.tenant.code}`;
}

const parts = [
  { id: 'p1', sku: 'k1', ean: 'e1', title: 'Bolt', weight: 4, maker: 'Acme' },
  { id: 'p2', sku: 'k2', ean: 'e2', title: 'Nut', weight: 2, maker: null },
];
const multiple: Family = {
  name: 'a way over subgraphs that know several keys',
  subgraphs: {
    'multi-titles': {
      typeDefs: `
        type Query { spares: [Spare!]! }
        type Spare @key(fields: "id") { id: ID! title: String! }`,
      resolvers: { Spare: { __resolveReference: by(parts, 'id') } },
    },
    'multi-bridge': {
      typeDefs: `type Spare @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! }`,
      resolvers: { Spare: { __resolveReference: by(parts, 'id', 'sku') } },
    },
    'multi-weights': {
      typeDefs: `
        type Query { heaviest: Spare }
        type Spare @key(fields: "sku") @key(fields: "ean") { sku: ID! ean: ID! weight: Int! }`,
      resolvers: { Spare: { __resolveReference: by(parts, 'sku', 'ean') } },
    },
    'multi-makers': {
      typeDefs: `type Spare @key(fields: "ean") { ean: ID! maker: String }`,
      resolvers: { Spare: { __resolveReference: by(parts, 'ean') } },
    },
  },
  world: { spares: parts, heaviest: parts[0] },
  cases: [
    '{ spares { weight } }',
    '{ spares { title maker } }',
    '{ spares { id sku ean title weight maker } }',
    '{ heaviest { title } }',
    '{ heaviest { maker title weight } }',
  ],
};

const writers: any[] = [
  { id: 'w1', name: 'Kay', books: [] },
  { id: 'w2', name: 'Lee', books: [] },
];
const books: any[] = [
  { isbn: 'b1', title: 'One', writer: writers[0], sequel: null },
  { isbn: 'b2', title: 'Two', writer: writers[0], sequel: null },
  { isbn: 'b3', title: 'Three', writer: writers[1], sequel: null },
];
books[0].sequel = books[1];
writers[0].books.push(books[0], books[1]);
writers[1].books.push(books[2]);
const circular: Family = {
  name: 'entities in circles',
  subgraphs: {
    'circle-writers': {
      typeDefs: `
        type Query { writers: [Writer!]! }
        type Writer @key(fields: "id") { id: ID! name: String! }
        type Tome @key(fields: "isbn") { isbn: ID! writer: Writer! }`,
      resolvers: { Writer: { __resolveReference: by(writers, 'id') }, Tome: { __resolveReference: by(books, 'isbn') } },
    },
    'circle-books': {
      typeDefs: `
        type Query { tomes: [Tome!]! }
        type Writer @key(fields: "id") { id: ID! books: [Tome!]! }
        type Tome @key(fields: "isbn") { isbn: ID! title: String! sequel: Tome }`,
      resolvers: { Writer: { __resolveReference: by(writers, 'id') }, Tome: { __resolveReference: by(books, 'isbn') } },
    },
  },
  world: { writers, tomes: books },
  cases: [
    '{ writers { name books { title writer { name books { title sequel { title writer { name } } } } } } }',
    '{ tomes { sequel { writer { name books { isbn } } } } }',
    '{ tomes { title again: writer { id } writer { books { writer { name } } } } }',
  ],
};

const crates = [
  { id: 'c1', pid: 'x1', code: { one: 'a', two: 'b', three: 'c' }, name: 'Crate', nameThere: 'Crate there' },
  { id: 'c2', pid: 'x2', code: { one: 'd', two: 'e', three: 'f' }, name: 'Box', nameThere: 'Box there' },
];
const mashup: Family = {
  name: 'keys of which some only point',
  subgraphs: {
    'mashup-names': {
      typeDefs: `
        type Crate @key(fields: "id") @key(fields: "pid", resolvable: false)
          @key(fields: "code { one two }", resolvable: false) { id: ID! pid: ID! code: CrateCode! name: String! }
        type CrateCode @shareable { one: ID! two: ID! three: ID! }`,
      resolvers: { Crate: { __resolveReference: by(crates, 'id') } },
    },
    'mashup-loads': {
      typeDefs: `
        type Query { load: Load }
        type Load @key(fields: "id") { id: ID! crates: [Crate!]! }
        type Crate @key(fields: "id code { two three }") @key(fields: "pid", resolvable: false)
          @key(fields: "id", resolvable: false) {
          id: ID! pid: ID! code: CrateCode! name: String! @external nameThere: String! @requires(fields: "name")
        }
        type CrateCode @shareable { one: ID! two: ID! three: ID! }`,
      resolvers: {
        Crate: { __resolveReference: by(crates, 'id code'), nameThere: ({ $ }: any) => `${$.name} there` },
      },
    },
  },
  world: { load: { id: 'l1', crates } },
  cases: ['{ load { crates { id name nameThere } } }', '{ load { crates { nameThere } } }'],
};

const bundles = [
  {
    id: 'u1',
    main: { sku: 'g1', kind: { id: 'k1' } },
    goods: [{ sku: 'g1' }, { sku: 'g2' }],
    score: 7,
    names: ['a', null],
  },
];
const listed: Family = {
  name: 'keys with lists in them',
  subgraphs: {
    'listed-bundles': {
      typeDefs: `
        type Query { bundles: [Bundle] }
        type Bundle @key(fields: "id goods { sku }") { id: ID! goods: [Good!]! names: [String] }
        type Good @shareable { sku: ID! }`,
      resolvers: { Bundle: { __resolveReference: by(bundles, 'id goods') } },
    },
    'listed-scores': {
      typeDefs: `
        type Bundle @key(fields: "id goods { sku }") { id: ID! goods: [Good!]! score: Int main: Main }
        type Main { sku: ID! kind: MainKind }
        type MainKind { id: ID! }
        type Good @shareable { sku: ID! }`,
      resolvers: { Bundle: { __resolveReference: by(bundles, 'id goods') } },
    },
  },
  world: { bundles: [...bundles, null] },
  cases: ['{ bundles { score } }', '{ bundles { names goods { sku } main { sku kind { id } } } }'],
};

const goods = [
  { id: 'd1', name: 'Desk', group: { id: 'r1', details: 'wooden', name: 'Furniture' } },
  { id: 'd2', name: 'Lamp', group: null },
];
const groups = [{ id: 'r1', name: 'Furniture' }];
const parents: Family = {
  name: 'a value whose other fields are behind its parent',
  subgraphs: {
    'parent-goods': {
      typeDefs: `
        type Query { ware(id: ID!): Ware }
        type Ware @key(fields: "id") { id: ID! name: String }`,
      resolvers: { Ware: { __resolveReference: by(goods, 'id') } },
    },
    'parent-details': {
      typeDefs: `
        type Ware @key(fields: "id") { id: ID! group: WareGroup @shareable }
        type WareGroup { details: String }`,
      resolvers: { Ware: { __resolveReference: by(goods, 'id') } },
    },
    'parent-groups': {
      typeDefs: `
        type Query { wares: [Ware] }
        type Ware @key(fields: "id") { id: ID! group: WareGroup @shareable }
        type WareGroup @key(fields: "id") { id: ID! }`,
      resolvers: { Ware: { __resolveReference: by(goods, 'id') }, WareGroup: { __resolveReference: by(groups, 'id') } },
    },
    'parent-names': {
      typeDefs: `type WareGroup @key(fields: "id") { id: ID! name: String }`,
      resolvers: { WareGroup: { __resolveReference: by(groups, 'id') } },
    },
  },
  world: { ware: ({ id }: { id: string }) => goods.find((one) => one.id === id) ?? null, wares: goods },
  cases: [
    '{ ware(id: "d1") { id name group { id details name } } }',
    '{ ware(id: "d2") { name group { id details name } } }',
    '{ wares { group { details } } }',
    '{ wares { name group { name details } } }',
  ],
};

const people = [
  { __typename: 'Person', id: 'h1', name: 'Ada', alike: [] as unknown[] },
  { __typename: 'Person', id: 'h2', name: null, alike: [] as unknown[] },
];
const root = { __typename: 'Root', id: 'r1', name: 'root', alike: [people[0]] };
people[0]!.alike.push(root, people[1]);
const mismatch: Family = {
  name: 'a key that may be null in one subgraph and not in another',
  subgraphs: {
    'mismatch-ids': { typeDefs: `type Query { persons: [Person!]! } type Person { id: ID @shareable }` },
    'mismatch-accounts': {
      typeDefs: `
        type Query { holders: [Holder!]! }
        union Holder = Person | Root
        type Person @key(fields: "id") { id: ID! name: String alike: [Holder!]! }
        type Root { id: ID name: String @shareable alike: [Holder!]! }`,
      resolvers: { Person: { __resolveReference: by(people, 'id') } },
    },
  },
  world: { persons: people, holders: [...people, root] },
  cases: [
    '{ persons { id name } }',
    '{ persons { id alike { ... on Person { id name } ... on Root { id name } } } }',
    '{ holders { ... on Person { id name alike { ... on Root { id } } } ... on Root { id } } }',
    '{ holders { ... on Root { alike { ... on Person { __typename name } } } } persons { name } }',
  ],
};

const seats = [
  { id: 'q1', row: 3, price: 12, taken: true, hall: { id: 'z1', name: 'Big' } },
  { id: 'q2', row: 4, price: 9, taken: false, hall: null },
];
const halls = [{ id: 'z1', name: 'Big' }];
const older: Family = {
  name: 'extensions, in the words of both versions',
  subgraphs: {
    'first-version': {
      // The first version of the specification has no @link( at all.
      typeDefs: `
        # no @link(
        type Query { seats: [Seat] }
        type Seat @key(fields: "id") { id: ID! row: Int }
        extend type Hall @key(fields: "id") { id: ID! @external }`,
      resolvers: { Seat: { __resolveReference: by(seats, 'id') } },
    },
    'first-extends': {
      typeDefs: `
        # no @link(
        type Query { cheapest: Seat }
        extend type Seat @key(fields: "id") { id: ID! @external price: Int hall: Hall }
        type Hall @key(fields: "id") { id: ID! }`,
      resolvers: { Seat: { __resolveReference: by(seats, 'id') }, Hall: { __resolveReference: by(halls, 'id') } },
    },
    'second-extends': {
      typeDefs: `
        extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@extends"])
        type Seat @extends @key(fields: "id") { id: ID! @external taken: Boolean }
        type Hall @extends @key(fields: "id") { id: ID! @external name: String }`,
      resolvers: { Seat: { __resolveReference: by(seats, 'id') }, Hall: { __resolveReference: by(halls, 'id') } },
    },
  },
  world: { seats, cheapest: seats[1] },
  cases: [
    '{ seats { id row price taken hall { name } } }',
    '{ cheapest { row taken hall { id } } }',
    '{ cheapest { id } seats { hall { id name } } }',
  ],
};

export const keys = [simple, composite, multiple, circular, mashup, listed, parents, mismatch, older];
