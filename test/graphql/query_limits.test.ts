import { ApolloServer } from '@apollo/server';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GraphQLError, buildSchema, getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import {
  CredentialFieldsError,
  MAX_TOKENS,
  QUERY_LIMITS,
  limitQueries,
} from '../../src/graphql/limits/query_limits.ts';

// A schema in the shape of the contract, with fields that a weighing could mistake for others.
const schema = buildSchema(`
  scalar PositiveInt
  type Query {
    me: User!
    users(first: Int = 50, after: String): UserConnection!
    login: String
    orders(first: Int): [User!]!
    reviews(first: PositiveInt! = 20): [User!]!
    named(first: String): User
    search: Hit
    party: Party
    filtered(by: Filter): Boolean
    signInActivity(from: String!, to: String!, step: Step!): [SignInActivity!]!
  }
  enum Step { MINUTE HOUR DAY }
  type SignInActivity { at: String! }
  scalar Filter
  type Mutation {
    login(username: String, password: String): TokenPayload
    refresh(refreshToken: String): TokenPayload
    changePassword(currentPassword: String, newPassword: String): Boolean
    register: User
    setUserPassword: Boolean
    logout: Boolean
    again(first: Int = 3): Mutation
  }
  interface Person { id: ID! friends(first: Int = 10): [User!]! }
  type User implements Person { id: ID! refresh: String friend: User friends(first: Int = 10): [User!]! }
  interface Party { ally: Party id: ID! name: String }
  type Company implements Party { ally: Party id: ID! name: String }
  type State implements Party { ally: Party id: ID! name: String }
  union Hit = User | TokenPayload
  type TokenPayload { accessToken: String! }
  type UserConnection { edges: [UserEdge!]! totalCount: Int! }
  type UserEdge { node: User! }
`);

const credentials = ['login', 'refresh', 'register', 'changePassword', 'setUserPassword'];
const CREDENTIALS = new Set(credentials.map((name) => `Mutation.${name}`));

const check = (source: string): readonly GraphQLError[] => validate(schema, parse(source), [limitQueries(CREDENTIALS)]);
const checkAll = (source: string): readonly GraphQLError[] =>
  validate(schema, parse(source), [...specifiedRules, limitQueries(CREDENTIALS)]);
const messages = (errors: readonly GraphQLError[]): string[] => errors.map((error) => error.message);

const times = (count: number, text: string): string => `${text} `.repeat(count);
const leaves = (count: number): string => times(count, '__typename');
const aliases = (count: number): string => Array.from({ length: count }, (_, i) => `a${i}: __typename`).join(' ');
/** Returns a query with this number of levels of fields. */
const levels = (count: number): string => `{ me ${times(count - 2, '{ friend')} { id } ${times(count - 2, '}')} }`;
/** Returns this number of fields of the sign-in activity, from midnight. */
const series = (inside: number, to: string, step: string): string =>
  `signInActivity(from: "2026-01-01T00:00:00Z", to: ${to}, step: ${step}) { ${leaves(inside)} }`;
/** Returns a chain of fragments. Each spreads the next one; the last is a leaf. */
const bomb = (length: number, next: (name: string) => string): string =>
  `{ me { ...F0 } } fragment F${length} on User { id } ` +
  Array.from({ length }, (_, i) => `fragment F${i} on User { ${next(`...F${i + 1}`)} }`).join(' ');

describe('limits', () => {
  const over = (name: keyof typeof QUERY_LIMITS, count: number): string =>
    `Document over the limit of ${QUERY_LIMITS[name]} for ${name}: ${count}`;
  const endless = (name: 'aliases' | 'cost' | 'selections'): string =>
    `Document over the limit of ${QUERY_LIMITS[name]} for ${name}: 1000000 or more`;

  /** Returns a page of this number of fields, with fields beside it up to the cost. */
  const page = (field: string, size: number, inside: number) => (cost: number) =>
    `query ($n: Int = 1) { ${field} { ${leaves(inside)} } ${leaves(cost - 1 - size * inside)} }`;

  // Each row makes a document with exactly this count.
  test.each<[keyof typeof QUERY_LIMITS, string, (count: number) => string]>([
    ['depth', 'fields', levels],
    ['depth', 'inline fragments', (n) => `{ ... { me { ... on User ${levels(n - 1).replace('me', 'friend')} } } }`],
    ['depth', 'fragments', (n) => `{ me { ...F } } fragment F on User { id ...G } fragment G on User ${levels(n - 1)}`],
    ['depth', 'any operation', (n) => `query A { login } query B ${levels(n)} query C { login }`],
    ['aliases', 'fields', (n) => `{ ${aliases(n)} }`],
    ['aliases', 'below fields', (n) => `{ users(first: 100) { ${aliases(n - 1)} } a: login }`],
    [
      'aliases',
      'a fragment that is spread often',
      (n) => `{ ${aliases(n - 27)} ...F ...F ...F } fragment F on Query { ${aliases(9)} }`,
    ],
    [
      'aliases',
      'nested',
      (n) =>
        `{ ...F ...F ${aliases(n - 24)} } fragment F on Query { ...G ... { ...G ...G } } fragment G on Query { ${aliases(4)} }`,
    ],
    ['aliases', 'several operations', (n) => `query A { ${aliases(15)} } query B { ${aliases(n - 15)} }`],
    ['aliasLength', 'a field', (n) => `{ ${'a'.repeat(n)}: __typename b: __typename }`],
    ['aliasLength', 'below a field', (n) => `{ me { b: id ${'a'.repeat(n)}: id } b: __typename }`],
    [
      'aliasLength',
      'any operation',
      (n) => `query A { ...F } query B { b: __typename } fragment F on Query { ${'a'.repeat(n)}: __typename }`,
    ],
    ['cost', 'fields', (n) => `{ ${leaves(n)} }`],
    ['cost', 'several operations', (n) => `query A { ${leaves(2500)} } query B { ${leaves(n - 2500)} }`],
    ['cost', 'a page', (n) => `{ users(first: ${n - 1}) { totalCount } }`],
    ['cost', 'a page by variable', page('users(first: $n)', 100, 49)],
    ['cost', 'a page by default', page('users', 50, 99)],
    ['cost', 'a page by null', page('users(first: null)', 100, 49)],
    ['cost', 'a page without a default size', page('orders', 100, 49)],
    ['cost', 'a page size of another integer type', page('reviews', 20, 249)],
    ['cost', 'a `first` that is not a page size', page('named(first: "99")', 1, 99)],
    ['cost', 'an empty page', page('users(first: 0)', 1, 99)],
    ['cost', 'a negative page size', page('users(first: -99)', 1, 99)],
    ['cost', 'a series', (n) => `{ ${series(6, '"2026-01-02T00:00:00Z"', 'HOUR')} ${leaves(n - 1 - 24 * 3)} }`],
    [
      'cost',
      'a series of much',
      (n) => `{ ${series(99, '"2026-01-01T00:59:01Z"', 'MINUTE')} ${leaves(n - 1 - 2970)} }`,
    ],
    [
      'cost',
      'a series with a variable',
      (n) => `query ($to: String!) { ${series(1, '$to', 'DAY')} ${leaves(n - 3001)} }`,
    ],
    ['cost', 'a series of words', (n) => `{ ${series(1, '"the end"', 'DAY')} ${leaves(n - 3001)} }`],
    ['cost', 'a series with an unknown step', (n) => `{ ${series(1, '""', 'YEAR')} ${leaves(n - 3001)} }`],
    ['cost', 'a series of a million years', (n) => `{ ${series(1, '"+270000-01-01"', 'DAY')} ${leaves(n - 3001)} }`],
    ['cost', 'a series that ends before it begins', (n) => `{ ${series(1, '"1970-01-01"', 'DAY')} ${leaves(n - 4)} }`],
    [
      'cost',
      'a page of an interface',
      (n) => `{ me { ...P } ${leaves(n - 2 - 10 * 99)} } fragment P on Person { friends { ${leaves(99)} } }`,
    ],
    ['cost', 'a page of a union', (n) => `{ search { ... on User { friends(first: ${n - 2}) { id } } } }`],
    [
      'cost',
      'pages in pages',
      (n) =>
        `{ users(first: 98) { edges { node { ...F } } } ${leaves(n - 4999)} } fragment F on User { friends(first: 48) { id } }`,
    ],
    ['selections', 'a bare fragment', (n) => `{ ${times(n / 2 - 1, '... { login }')} ${leaves(2 + (n % 2))} }`],
    [
      'selections',
      'fragments in fragments',
      (n) =>
        `{ ...F ...F ${leaves(n - 4802)} } fragment F on Query { ${times(40, '...G')} } fragment G on Query { ${times(29, '... { login }')} login }`,
    ],
    [
      'selections',
      'an interface of one type',
      (n) => `{ me { ...P } ${leaves(n - 9)} } fragment P on Person { ${times(7, 'id')} }`,
    ],
    ['selections', 'interfaces in interfaces', (n) => `{ party { ally { ally { id name } } } ${leaves(n - 23)} }`],
    ['selections', 'a union', (n) => `{ search { __typename ... on User { id } } ${leaves(n - 5)} }`],
    ['nesting', 'fragments', (n) => `{ me { ${times(n - 2, '... {')} id ${times(n - 2, '}')} } }`],
    ['nesting', 'values', (n) => `{ filtered(by: ${times(n - 1, '[')} ${times(n - 1, ']')}) }`],
    [
      'nesting',
      'values in values',
      (n) => `{ filtered(by: [{ a: 1, b: ${times(n - 3, '[')} ${times(n - 3, ']')} }]) }`,
    ],
  ])('%s: %s', (name, _what, document) => {
    const limit = QUERY_LIMITS[name];
    expect(check(document(limit))).toEqual([]);
    const errors = check(document(limit + 1)).filter(({ message }) => message.includes(` for ${name}: `));
    expect(messages(errors)).toEqual([`Document over the limit of ${limit} for ${name}: ${limit + 1}`]);
    expect(errors[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
  });

  test('a document over several limits gets an error for each', () => {
    const errors = check(`mutation { ${aliases(31)} login refresh again(first: 5000) { logout } }`);
    expect(messages(errors)).toEqual([
      new CredentialFieldsError().message,
      'Document over the limit of 30 for aliases: 31',
      'Document over the limit of 5000 for cost: 5034',
    ]);
  });

  test('a number of any length neither overflows nor hides the fields beside it', () => {
    const huge = '9'.repeat(400);
    expect(messages(check(`{ users(first: ${huge}) { totalCount } }`))).toEqual([endless('cost')]);
    expect(check(`{ users(first: -${huge}) { totalCount } }`)).toEqual([]);
    expect(messages(check(`{ users(first: ${huge}) ${leaves(5000)} }`))).toEqual([
      over('cost', 5001),
      over('selections', 5001),
    ]);
  });

  test('fragments that double at every step are refused in linear time', () => {
    const source = bomb(100, (next) => `${next} ${next}`);
    expect(messages(checkAll(source))).toEqual([endless('cost'), endless('selections'), over('nesting', 103)]);
    const aliased = bomb(100, (next) => `a: id friend { ${next} ...{ ${next} } }`);
    expect(messages(check(aliased))).toEqual([
      'Document over the limit of 12 for depth: 102',
      endless('aliases'),
      endless('cost'),
      endless('selections'),
      over('nesting', 303),
    ]);
    // A document passes if it is within the limits with its fragments written out.
    expect(messages(checkAll(bomb(10, (next) => `${next} ${next}`)))).toEqual([]);
  });

  test.each([
    ['alone', '{ me { ...A } } fragment A on User { ...A }'],
    ['in a ring', '{ me { ...A } } fragment A on User { friend { ...B } } fragment B on User { id ...A }'],
    ['unused', '{ login } fragment A on User { friend { ...A } }'],
    // Without the limits, OverlappingFieldsCanBeMergedRule of graphql-js overflows the stack here and reports nothing.
    [
      'many ways round',
      '{ login }' +
        Array.from(
          { length: 62 },
          (_, i) => `fragment F${i} on User { friend { ...F${(i + 1) % 62} } friend { ...F${(i + 2) % 62} } }`,
        ).join(' '),
    ],
  ])('a cycle of fragments is refused: %s', (_what, source) => {
    expect(messages(checkAll(source))).toContainEqual(expect.stringMatching(/^Cannot spread fragment "\w+" within/));
  });

  test('undefined fragments are ignored, whatever their name', () => {
    expect(check('{ ...A ...__proto__ ...constructor ... on Nothing { x { y } } nowhere { z } }')).toEqual([]);
  });

  test.each([
    ['fields', (n: number) => `{ ${times(n, 'me {')} id ${times(n, '}')} }`, 3],
    ['inline fragments', (n: number) => `{ ${times(n, '... {')} login ${times(n, '}')} }`, 3],
    ['fragments', (n: number) => bomb(n, (next) => next), 8],
  ])('nesting to the last token overflows no stack: %s', (_what, nest, tokens) => {
    const source = nest(Math.floor((MAX_TOKENS - 16) / tokens));
    const document = parse(source, { maxTokens: MAX_TOKENS });
    expect(() => validate(schema, document, [...specifiedRules, limitQueries(CREDENTIALS)])).not.toThrow();
  });

  test('the introspection queries of GraphQL tools pass', () => {
    const options = {
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    };
    for (const source of [getIntrospectionQuery(), getIntrospectionQuery(options)]) {
      const document = parse(source, { maxTokens: MAX_TOKENS });
      expect(validate(schema, document, [...specifiedRules, limitQueries(CREDENTIALS)])).toEqual([]);
    }
    const ofType = `__type(name: "User") { ${times(20, 'ofType {')} name ${times(20, '}')} }`;
    expect(checkAll(`{ ${ofType} }`)).toEqual([]);
  });

  test('a document over a limit is not passed to other rules', () => {
    expect(messages(checkAll(`{ nowhere ${aliases(31)} }`))).toEqual(['Document over the limit of 30 for aliases: 31']);
    expect(messages(checkAll(`{ nowhere ${aliases(30)} }`))).toEqual(['Cannot query field "nowhere" on type "Query".']);
  });

  test('the error of the parser names its limit', () => {
    expect(() => parse(`{ ${times(MAX_TOKENS - 2, 'me')} }`, { maxTokens: MAX_TOKENS })).not.toThrow();
    expect(() => parse(`{ ${times(MAX_TOKENS - 1, 'me')} }`, { maxTokens: MAX_TOKENS })).toThrow(
      `${MAX_TOKENS} tokens`,
    );
  });
});

const overloads = (source: string): boolean => check(source).some((error) => error instanceof CredentialFieldsError);

describe('sign-in and password fields', () => {
  test.each([
    'mutation { login refresh }',
    'mutation { login login }',
    'mutation { a: changePassword b: changePassword }',
    'mutation { logout: login a: register }',
    'mutation { login { accessToken } ... { setUserPassword } }',
    'mutation { ... on Mutation { login } ...F } fragment F on Mutation { ... { refresh } }',
    'mutation { ...F ...F } fragment F on Mutation { login }',
    'mutation { ...F } fragment F on Mutation { ...G ...G } fragment G on Mutation { register }',
    'mutation A { login } mutation B { login }',
    'mutation A { ...F } mutation B { ...F } fragment F on Mutation { login }',
    'mutation ($no: Boolean!) { login @skip(if: true) a: login @include(if: $no) }',
    'mutation { login @skip(if: true) ...F @include(if: false) } fragment F on Mutation { login }',
    'mutation { ...F } fragment F on Mutation { login refresh ...F }',
  ])('two are refused: %s', (source) => {
    const errors = check(source);
    expect(errors[0]).toBeInstanceOf(CredentialFieldsError);
    expect(errors[0]?.toJSON()).toEqual({
      message: 'Only one sign-in or password field is allowed in a document',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  });

  test('so many that they reach the ceiling of the count are refused', () => {
    const source = bomb(100, (next) => `${next} ${next}`)
      .replaceAll('on User', 'on Mutation')
      .replace('{ id }', '{ login }');
    expect(overloads(`mutation { ...F0 } ${source}`)).toBe(true);
  });

  test.each([
    'mutation { login { accessToken } logout }',
    'mutation { refresh: logout login: logout }',
    'mutation { login again { login again { refresh } } }',
    'mutation A { login } query B { login me { refresh } ...F } fragment F on Query { login }',
    'mutation { ...F } fragment F on Mutation { login } fragment Unused on Mutation { login refresh }',
    'query { login a: login b: login }',
    'mutation { again { login again { refresh register } } }',
  ])('one is not: %s', (source) => {
    expect(check(source)).toEqual([]);
  });

  test('two marked fields of Query are refused too', () => {
    const rule = limitQueries(new Set(['Query.login', 'Mutation.login']));
    const refusals = (source: string) => validate(schema, parse(source), [rule]);
    expect(refusals('{ login me { id } }')).toEqual([]);
    expect(refusals('{ login ... { a: login } }')[0]).toBeInstanceOf(CredentialFieldsError);
    expect(refusals('query A { login } mutation B { login }')[0]).toBeInstanceOf(CredentialFieldsError);
  });

  test('the server recognises such a document, but its client does not', async () => {
    const seen: (readonly Error[] | undefined)[] = [];
    const server = new ApolloServer({
      schema,
      validationRules: [limitQueries(CREDENTIALS)],
      includeStacktraceInErrorResponses: false,
      plugins: [
        { requestDidStart: async () => ({ validationDidStart: async () => async (errors) => void seen.push(errors) }) },
      ],
    });
    const { body, http } = await server.executeOperation({ query: 'mutation { logout a: login b: login }' });
    await server.stop();
    expect(seen).toEqual([[expect.any(CredentialFieldsError)]]);
    expect(http.status).toBe(400);
    expect(body).toMatchObject({ kind: 'single' });
    expect(body.kind === 'single' && body.singleResult).toEqual({
      errors: [
        {
          message: 'Only one sign-in or password field is allowed in a document',
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
        },
      ],
    });
  });
});

/** A selection on Mutation. A spread names a later fragment, so that there is no cycle. */
type Part =
  | { kind: 'field'; name: string; alias: boolean; skip: boolean }
  | { kind: 'below'; alias: boolean; first: number | '$n' | undefined; parts: Part[] }
  | { kind: 'inline'; typed: boolean; parts: Part[] }
  | { kind: 'spread'; step: number };

interface Document {
  readonly operations: readonly Part[][];
  readonly fragments: readonly Part[][];
}

const { parts } = fc.letrec<{ parts: Part[]; part: Part }>((tie) => ({
  parts: fc.array(tie('part'), { minLength: 1, maxLength: 3 }),
  part: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record({
      kind: fc.constant('field' as const),
      name: fc.constantFrom(...credentials, ...times(15, 'logout').trim().split(' ')),
      alias: fc.boolean(),
      skip: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('spread' as const), step: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('inline' as const), typed: fc.boolean(), parts: tie('parts') }),
    fc.record({
      kind: fc.constant('below' as const),
      alias: fc.boolean(),
      first: fc.option(fc.oneof(fc.integer({ min: -9, max: 99 }), fc.constant('$n' as const)), { nil: undefined }),
      parts: tie('parts'),
    }),
  ),
}));

const documents: fc.Arbitrary<Document> = fc.record({
  operations: fc.array(parts, { minLength: 1, maxLength: 2 }),
  fragments: fc.array(parts, { maxLength: 4 }),
});

/** Counts the executions in the simple way: it walks each fragment again for each spread. */
function executions(parts: readonly Part[], fragments: readonly Part[][], here: number): number {
  const count = (part: Part): number => {
    if (part.kind === 'field') return credentials.includes(part.name) ? 1 : 0;
    if (part.kind === 'inline') return executions(part.parts, fragments, here);
    if (part.kind === 'spread') return executions(fragments[here + part.step] ?? [], fragments, here + part.step);
    return 0;
  };
  return parts.reduce((sum, part) => sum + count(part), 0);
}

/** Returns the text of a document, with its fragments spread or written out. */
function write({ operations, fragments }: Document, spread: boolean): string {
  let aliases = 0;
  const text = (parts: readonly Part[], here: number): string => {
    const one = (part: Part): string => {
      const alias = 'alias' in part && part.alias ? `a${aliases++}: ` : '';
      if (part.kind === 'field') return `${alias}${part.name} ${part.skip ? '@skip(if: true)' : ''}`;
      if (part.kind === 'inline') return `... ${part.typed ? 'on Mutation' : ''} { ${text(part.parts, here)} }`;
      if (part.kind === 'below') {
        return `${alias}again ${part.first === undefined ? '' : `(first: ${part.first})`} { ${text(part.parts, here)} }`;
      }
      const [there, fragment] = [here + part.step, fragments[here + part.step]];
      if (!fragment) return '';
      return spread ? `...F${there}` : text(fragment, there);
    };
    return `__typename ${parts.map(one).join(' ')}`;
  };
  const definitions = fragments.map((parts, i) => `fragment F${i} on Mutation { ${text(parts, i)} }`);
  const written = operations.map((parts, i) => `mutation M${i} { ${text(parts, -1)} }`);
  return [...written, ...(spread ? definitions : []), 'query Q { login me { refresh } }'].join('\n');
}

describe('any document', () => {
  test('is refused for its sign-in and password fields if and only if it would run two', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const count = document.operations.reduce((sum, it) => sum + executions(it, document.fragments, -1), 0);
        expect(overloads(write(document, true))).toBe(count >= 2);
      }),
      { numRuns: 500 },
    );
  });

  test('has the same weight as with its fragments written out', () => {
    fc.assert(
      fc.property(documents, (document) => {
        expect(messages(check(write(document, true)))).toEqual(messages(check(write(document, false))));
      }),
      { numRuns: 500 },
    );
  });
});
