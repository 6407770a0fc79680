import { by, type Family } from './family.ts';

const lines = [
  {
    __typename: 'Text',
    id: 'x1',
    constructor: 'built',
    hasOwnProperty: 7,
    words: 'a',
    size: 1,
    grid: [[1, null], null, []],
  },
  { __typename: 'Image', id: 'x2', constructor: null, hasOwnProperty: null, url: 'u', size: 'big', grid: null },
];
const text = lines[0]!;
const sheet = {
  id: 's1',
  line: text,
  lines,
  text,
  gatehouse_0: 'a field',
  cube: [[[text], []], [null, [text, text]], null],
  prototype: { valueOf: 'value', toString: 'string', isPrototypeOf: [text] },
};
const names: Family = {
  name: 'names, aliases, __typename, @skip and @include',
  subgraphs: {
    'names-sheets': {
      typeDefs: `
        type Query { sheet: Sheet sheets: [Sheet] echo(text: String, number: Int, flag: Boolean = true): String }
        type Sheet @key(fields: "id") {
          id: ID! line: Line lines: [Line!]! text: Text cube: [[[Text!]]] prototype: Strange gatehouse_0: String
        }
        union Line = Text | Image
        type Text @key(fields: "id") { id: ID! constructor: String words: String }
        type Image @key(fields: "id") { id: ID! constructor: String url: String }
        type Strange { valueOf: String toString: String isPrototypeOf: [Text] }`,
      resolvers: {
        Sheet: { __resolveReference: by([sheet], 'id') },
        Text: { __resolveReference: by(lines, 'id') },
        Image: { __resolveReference: by(lines, 'id') },
      },
    },
    'names-more': {
      typeDefs: `
        type Query { constructor: String }
        type Text @key(fields: "id") { id: ID! hasOwnProperty: Int size: Int grid: [[Int]] }
        type Image @key(fields: "id") { id: ID! hasOwnProperty: Int size: String }`,
      resolvers: { Text: { __resolveReference: by(lines, 'id') }, Image: { __resolveReference: by(lines, 'id') } },
    },
  },
  world: {
    sheet,
    sheets: [sheet, null],
    constructor: 'of the root',
    echo: ({ text: said, number, flag }: any) => `${String(said)} ${String(number)} ${String(flag)}`,
  },
  cases: [
    '{ __typename }',
    '{ __typename sheet { __typename id } }',
    '{ a: __typename sheet { b: __typename line { c: __typename d: __typename } } e: __typename }',
    'query Q { t: __typename sheet { text { kind: __typename size again: __typename } } }',
    '{ sheet { lines { kind: __typename } } }',
    '{ sheet { lines { kind: __typename ... on Text { __typename words } ... on Image { url } } } }',
    // The same key for different fields of different types.
    '{ sheet { lines { ... on Text { v: words } ... on Image { v: url } } } }',
    '{ sheet { lines { ... on Text { s: hasOwnProperty } ... on Image { s: hasOwnProperty } } } }',
    '{ sheet { lines { ... on Text { id: words } ... on Image { url: id } } } }',
    '{ sheet { lines { ... on Text { id: words size } ... on Image { id: url hasOwnProperty } } } }',
    '{ sheet { lines { ...T ...I } } } fragment T on Text { a: constructor b: words } fragment I on Image { a: url b: constructor }',
    // The client uses the name of a key that planning needs for another field.
    '{ sheet { text { id: words size } } }',
    '{ sheet { text { id: size } } }',
    '{ sheet { text { id: size constructor: id words: grid } } }',
    '{ sheet { text { size: id words: size } } }',
    '{ one: sheet { text { size } } two: sheet { text { words } text { grid } } }',
    // Names that all JavaScript objects inherit.
    '{ constructor }',
    '{ constructor sheet { text { constructor } } }',
    '{ sheet { text { constructor hasOwnProperty } lines { ... on Image { constructor hasOwnProperty } } } }',
    '{ sheet { prototype { valueOf toString isPrototypeOf { hasOwnProperty constructor } } } }',
    '{ constructor: sheet { toString: id valueOf: text { hasOwnProperty: size constructor: grid } } }',
    '{ toString: echo hasOwnProperty: constructor constructor: __typename }',
    '{ sheet { constructor: text { prototype: words } toString: lines { ... on Text { toString: size } } } }',
    '{ _0: echo _1: echo(text: "b") _e0: sheet { _: id _entities: text { size _service: id } } }',
    // Aliases in the form of generated keys, and fields with such a name.
    '{ sheet { gatehouse_1: id gatehouse_0 text { gatehouse_0: size gatehouse_1: words gatehouse_2: grid } } }',
    // Lists in lists, with null at every level.
    '{ sheet { cube { id } text { grid } } }',
    '{ sheet { cube { words size grid } } sheets { text { grid } cube { size } } }',
    // Excluded or included.
    { query: 'query ($y: Boolean!) { sheet { id text @skip(if: $y) { size } } }', variables: { y: true } },
    { query: 'query ($y: Boolean!) { sheet { id text @include(if: $y) { size } } }', variables: { y: true } },
    { query: 'query ($y: Boolean!) { sheet { text { words size @include(if: $y) } } }', variables: { y: false } },
    {
      query: 'query ($y: Boolean!) { sheet { text { size @skip(if: $y) grid @include(if: $y) } } }',
      variables: { y: true },
    },
    { query: 'query ($y: Boolean!) { sheet @skip(if: $y) { id } echo }', variables: { y: true } },
    { query: 'query ($y: Boolean!) { sheet @skip(if: $y) { id } }', variables: { y: true } },
    {
      query: 'query ($y: Boolean!) { ... @include(if: $y) { sheet { text { size } } } echo }',
      variables: { y: false },
    },
    {
      query: 'query ($y: Boolean!) { sheet { ...F @include(if: $y) } } fragment F on Sheet { text { size } }',
      variables: { y: true },
    },
    {
      query: 'query ($y: Boolean!) { sheet { ...F @include(if: $y) id } } fragment F on Sheet { text { size } }',
      variables: { y: false },
    },
    {
      query: 'query ($y: Boolean!) { sheet { text { size @skip(if: $y) @include(if: $y) } } }',
      variables: { y: true },
    },
    { query: 'query ($y: Boolean!) { sheet { text { size @include(if: $y) size } } }', variables: { y: false } },
    { query: 'query ($y: Boolean = true) { sheet { lines { ... on Text @skip(if: $y) { size } __typename } } }' },
    {
      query: 'query ($y: Boolean!, $n: Boolean!) { sheet { text @include(if: $y) { size @skip(if: $n) } } }',
      variables: { y: true, n: true },
    },
    '{ sheet { text { size @skip(if: true) words } id @include(if: false) } }',
    '{ sheet { text { size @skip(if: true) } } }',
    '{ sheet @include(if: false) { id } }',
    // Arguments: with a value, by variables, with defaults, null and absent.
    '{ echo a: echo(text: null) b: echo(text: "x", number: -3, flag: false) }',
    { query: 'query ($t: String, $n: Int = 4) { echo(text: $t, number: $n) }' },
    { query: 'query ($t: String, $n: Int = 4) { echo(text: $t, number: $n) }', variables: { t: null, n: null } },
    { query: 'query ($t: String) { echo(text: $t) }', variables: { t: '"\\ \n } é 🙂' } },
    { query: 'query ($f: Boolean) { echo(flag: $f) }' },
  ],
};

/** Names that subgraphs and planners use internally. */
const reserved: Family = {
  name: 'names that are not for clients',
  subgraphs: { 'reserved-names': { typeDefs: `type Query { plain: String }` } },
  world: { plain: 'plain' },
  cases: ['__proto__', '__typename', '__schema', '_internal_qp_alias_0', '__fusion'].map((alias) => ({
    query: `{ ${alias}: plain }`,
    refused: 'GRAPHQL_VALIDATION_FAILED',
  })),
};

const rows = [
  { id: 'r1', must: 'x', may: 'y', deep: { must: 1 }, list: [1, 2] },
  { id: null, must: 'x2', may: null, deep: null, list: null },
];
const nulls: Family = {
  name: 'nulls: in keys, for entities, in lists',
  subgraphs: {
    'nulls-rows': {
      typeDefs: `
        type Query { rows: [Row] gone: [Row] row: Row solid: Row! }
        type Row @key(fields: "id") { id: ID must: String! }`,
    },
    'nulls-more': {
      typeDefs: `
        type Row @key(fields: "id") { id: ID may: String deep: RowDeep list: [Int] }
        type RowDeep { must: Int! }`,
      resolvers: { Row: { __resolveReference: by(rows, 'id') } },
    },
  },
  world: { rows: [rows[0], null], row: null, solid: rows[0] },
  cases: [
    '{ rows { id must may } }',
    '{ rows { may deep { must } list } row { may } }',
    '{ solid { may list } row { must deep { must } } }',
    // The reference finds no entity.
    { query: '{ gone { must may } }', data: { gone: [{ must: 'x', may: null }, { must: 'z', may: 'y' }, null] } },
    { query: '{ gone { deep { must } } }', data: { gone: [{ deep: null }, { deep: { must: 1 } }, null] } },
  ],
};
(nulls.world as Record<string, unknown>)['gone'] = [{ id: 'r0', must: 'x' }, { ...rows[0], must: 'z' }, null];

export const selections = [names, reserved, nulls];
