import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildSchema, parse } from 'graphql';
import { createGraph } from '../../src/gateway/graph.ts';
import { createOwnCheck } from '../../src/gateway/composition/own_schema.ts';
import { createLog } from '../../src/kernel/log.ts';
import { LINK, overridden } from '../support/subgraphs.ts';

const OWN = await readFile('schema/subgraph.graphql', 'utf8');
const PAYLOAD = (fields = '') =>
  `type TokenPayload { ${['accessToken: String!', 'tokenType: String!', 'expiresIn: Int!', 'refreshToken: String'].map((field) => `${field} ${fields}`).join(' ')} }
   enum RefreshTokenDelivery { BODY COOKIE }`;
const LOGIN = 'login(username: String!, password: String!, delivery: RefreshTokenDelivery = BODY): TokenPayload!';
/** An interface of accounts in one subgraph, for the subgraphs that define only the interface. */
const NODE = `type Query { node: Node } interface Node @key(fields: "id") { id: ID! }
  type User implements Node @key(fields: "id") { id: ID! }`;

/** Composes our subgraph with these: team0, team1 and so on. */
function compose(...teams: string[]): string {
  const others = teams.map((text, at) => ({
    name: `team${at}`,
    url: `http://team${at}`,
    typeDefs: parse(LINK + text),
  }));
  const result = composeServices([{ name: 'gatehouse', url: '', typeDefs: parse(OWN) }, ...others]);
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.supergraphSdl;
}

/** Creates a graph from a supergraph, as a gateway does before it activates it. */
const serve = (supergraph: string) =>
  createGraph(supergraph, {
    own: buildSchema('type Query { a: Int }'),
    checkOwn: createOwnCheck(OWN),
    fetch: () => Promise.reject(new Error('Not asked')),
    callers: undefined as never,
    policies: new Map(),
    unauthorized: 'filter',
    planner: 'native',
    onRefused: () => undefined,
    log: createLog('silent'),
  });

const expectTaken = (supergraph: string, coordinate: string, by: string) =>
  expect(serve(supergraph)).rejects.toMatchObject({
    name: 'SupergraphError',
    // Safe for strangers: it quotes no schema.
    reason: 'the subgraphs change the schema of gatehouse',
    message: expect.stringMatching(
      new RegExp(`^${coordinate.replace(/[.()]/g, '\\$&')} belongs to gatehouse.*: .*${by}`, 'm'),
    ),
  });

describe('a composed supergraph is refused, with the coordinate and the subgraph, if a subgraph', () => {
  it.each<[what: string, coordinate: string, by: string, ...teams: string[]]>([
    [
      'overrides mutations',
      'Mutation.login',
      'team0',
      `type Query { a: Int } type Mutation { ${overridden('TokenPayload')} } scalar JSON
       ${PAYLOAD('@override(from: "gatehouse")')}`,
    ],
    [
      'overrides a field for a part of the requests',
      'Query.user',
      'team0',
      `type Query { user(username: String!): User @override(from: "gatehouse", label: "percent(5)") }
       type User @key(fields: "username") { username: String! }`,
    ],
    [
      'overrides a field of an entity',
      'User.email',
      'team0',
      'type Query { a: Int } type User @key(fields: "username") { username: String! email: String @override(from: "gatehouse") }',
    ],
    [
      'overrides a key',
      'User.username',
      'team0',
      'type Query { a: Int } type User @key(fields: "id") { id: ID! username: String! @override(from: "gatehouse") }',
    ],
    [
      'provides a field of an entity on the way',
      'User.email',
      'team0',
      `type Query { a: User @provides(fields: "email") }
       type User @key(fields: "username") { username: String! email: String @external }`,
    ],
    [
      'provides a field of an entity through an interface',
      'User.role',
      'team0',
      `type Query { a: Person @provides(fields: "... on User { role }") } interface Person { username: String! }
       type User implements Person @key(fields: "username") { username: String! role: String @external }`,
    ],
    [
      'serves a field for an interface of ours',
      'User.email',
      'team1',
      NODE,
      'type Node @interfaceObject @key(fields: "id") { id: ID! email: String @override(from: "gatehouse") }',
    ],
    [
      'guards all mutations',
      'Mutation.login',
      'team0',
      'type Query { a: Int } type Mutation @authenticated { b: Int }',
    ],
    ['guards all queries by a policy', 'Query.me', 'team0', 'type Query @policy(policies: [["nobody"]]) { a: Int }'],
    [
      'guards an entity',
      'User.fullName',
      'team0',
      'type Query { a: Int } type User @key(fields: "username") @requiresScopes(scopes: [["x"]]) { username: String! b: Int }',
    ],
    [
      'guards a field that it shares',
      'User.fullName',
      'team0',
      `type Query { a: Int } type User @key(fields: "username") {
         username: String! fullName: String @shareable @authenticated
       }`,
    ],
    [
      'guards a key',
      'User.username',
      'team0',
      'type Query { a: Int } type User @key(fields: "username") { username: String! @authenticated b: Int }',
    ],
    ['guards a scalar', 'User.createdAt', 'team0', 'type Query { a: DateTime } scalar DateTime @authenticated'],
    [
      'guards an enum',
      'SigningKey.state',
      'team0',
      'type Query { a: SigningKeyState } enum SigningKeyState @authenticated { CURRENT NEXT RETIRING }',
    ],
    ['hides all mutations', 'Mutation', 'team0', 'type Query { a: Int } type Mutation @inaccessible { b: Int }'],
    [
      'hides a key',
      'User.username',
      'team0',
      'type Query { a: Int } type User @key(fields: "username") { username: String! @inaccessible b: Int }',
    ],
    [
      'hides a field that it shares',
      'User.fullName',
      'team0',
      'type Query { a: Int } type User @key(fields: "username") { username: String! fullName: String @shareable @inaccessible }',
    ],
    [
      'hides an enum value',
      'UserOrderField.EMAIL',
      'team0',
      'type Query { a(by: UserOrderField): Int } enum UserOrderField { CREATED_AT EMAIL @inaccessible FULL_NAME LAST_LOGIN_AT ROLE USERNAME }',
    ],
    [
      'lacks an input field',
      'CreateUserInput.role',
      'team0',
      'type Query { a(of: CreateUserInput): Int } input CreateUserInput { email: String! username: String! password: String! fullName: String }',
    ],
    [
      'lacks a value of an enum',
      'RefreshTokenDelivery.COOKIE',
      'team0',
      'type Query { a(of: RefreshTokenDelivery): Int } enum RefreshTokenDelivery { BODY }',
    ],
    [
      'adds a value to an enum',
      'SigningKeyState.STOLEN',
      'team0',
      'type Query { a: SigningKeyState } enum SigningKeyState { CURRENT STOLEN }',
    ],
    [
      'makes an input field required',
      'RegisterInput.fullName',
      'team0',
      'type Query { a(of: RegisterInput): Int } input RegisterInput { email: String! username: String! password: String! fullName: String! }',
    ],
    [
      'makes a field nullable',
      'PageInfo.hasNextPage',
      'team0',
      'type Query { a: PageInfo } type PageInfo @shareable { hasNextPage: Boolean hasPreviousPage: Boolean! startCursor: String endCursor: String }',
    ],
  ])('%s', (_what, coordinate, by, ...teams) => expectTaken(compose(...teams), coordinate, by));

  it('has the name of one of our types for a type of its own', () =>
    expectTaken(
      compose('type Query { a: Int }').replace(
        'type TokenPayload @join__type(graph: GATEHOUSE)',
        '$& @join__type(graph: TEAM0)',
      ),
      'TokenPayload',
      'team0',
    ));
});

describe('a composed supergraph is accepted if a subgraph', () => {
  it.each<[what: string, ...teams: string[]]>([
    [
      'adds fields of its own to accounts and roots',
      `type Query { a: Int @authenticated } type Mutation { b: User @policy(policies: [["x"]]) }
       type User @key(fields: "username") { username: String! orders: [Int!] @authenticated hush: Int @inaccessible }`,
    ],
    [
      'computes a field from one of ours',
      'type Query { a: Int } type User @key(fields: "id") { id: ID! email: String @external hash: String @requires(fields: "email") }',
    ],
    [
      'shares what may be shared',
      `type Query { a: Pages } type Pages { pageInfo: PageInfo! }
       type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
       type User @key(fields: "username") @key(fields: "id") { username: String! id: ID! fullName: String @shareable }`,
    ],
    [
      'takes over what may be shared',
      'type Query { a: Int } type User @key(fields: "username") { username: String! fullName: String @override(from: "gatehouse") }',
    ],
    [
      'has scalars, enums and inputs of the same names and shapes',
      `type Query { a(of: RegisterInput, to: RefreshTokenDelivery): DateTime } scalar DateTime
       enum RefreshTokenDelivery { BODY COOKIE } input RegisterInput { email: String! username: String! password: String! fullName: String }`,
    ],
    ['has accounts in an interface, and in a union', `${NODE} union Actor = User | Robot type Robot { id: ID! }`],
    [
      'serves fields of its own for an interface of accounts',
      NODE,
      'type Node @interfaceObject @key(fields: "id") { id: ID! followers: Int }',
    ],
    [
      'tags, deprecates and describes',
      'type Query { a: Int } "Other words" type User @key(fields: "username") @tag(name: "x") { "theirs" username: String! @deprecated }',
    ],
    ['calls its roots otherwise', 'schema { query: Q mutation: M } type Q { a: Int } type M { b: Int @authenticated }'],
  ])('%s', async (_what, ...teams) => {
    const { schema } = await serve(compose(...teams));
    expect(schema.getMutationType()!.getFields()['login']).toBeDefined();
  });
});

describe('a foreign supergraph is refused if it', () => {
  const good = compose(
    'type Query { a: Int } type Mutation { c: Int } type User @key(fields: "username") { username: String! b: Int }',
  );
  const edited = (from: string | RegExp, to: string) => {
    const text = good.replace(from, to);
    if (text === good) throw new Error(`Nothing to edit: ${String(from)}`);
    return text;
  };
  const login = (to: string) => edited(/(login\([^)]*\): TokenPayload!) @join__field\(graph: GATEHOUSE\)/, `$1 ${to}`);

  it.each<[what: string, coordinate: string, by: string, text: () => string]>([
    ['has another subgraph serve a field', 'Mutation.login', 'team0', () => login('@join__field(graph: TEAM0)')],
    [
      'has another subgraph serve a field too',
      'Mutation.login',
      'team0',
      () => login('@join__field(graph: GATEHOUSE) @join__field(graph: TEAM0)'),
    ],
    [
      'has a field overridden by a label',
      'Mutation.login',
      'team0',
      () =>
        login('@join__field(graph: GATEHOUSE) @join__field(graph: TEAM0, override: "gatehouse", overrideLabel: "x")'),
    ],
    [
      'has a field overridden',
      'Mutation.login',
      'team0',
      () =>
        login('@join__field(graph: GATEHOUSE, usedOverridden: true) @join__field(graph: TEAM0, override: "gatehouse")'),
    ],
    [
      'says that a field is external',
      'Mutation.login',
      '',
      () => login('@join__field(graph: GATEHOUSE, external: true)'),
    ],
    ['says of no subgraph that it serves a field', 'Mutation.login', '', () => login('')],
    ['names no subgraph for a field', 'Mutation.login', '', () => login('@join__field')],
    ['guards a field', 'Mutation.login', '', () => login('@join__field(graph: GATEHOUSE) @authenticated')],
    ['hides a field', 'Mutation.login', '', () => login('@join__field(graph: GATEHOUSE) @inaccessible')],
    [
      'hides an argument',
      'Mutation.login(delivery:)',
      '',
      () => edited('login(delivery: RefreshTokenDelivery = BODY', '$& @inaccessible'),
    ],
    ['leaves a field out', 'Mutation.login', '', () => edited('login(', 'signIn(')],
    [
      'leaves an argument out',
      'Mutation.login(delivery:)',
      '',
      () => edited('login(delivery: RefreshTokenDelivery = BODY, ', 'login('),
    ],
    [
      'has another default',
      'Mutation.login(delivery:)',
      '',
      () => edited('login(delivery: RefreshTokenDelivery = BODY', 'login(delivery: RefreshTokenDelivery = COOKIE'),
    ],
    ['asks for another argument', 'Mutation.login(pin:)', '', () => edited('login(', 'login(pin: String, ')],
    [
      'has a field of another type',
      'User.email',
      '',
      () => edited('email: String @join__field(graph: GATEHOUSE)', 'email: String! @join__field(graph: GATEHOUSE)'),
    ],
    [
      'has another root',
      'Mutation',
      '',
      () =>
        edited(
          /^schema ([^{]*)\{[^}]*\}/m,
          'schema $1{ query: Query mutation: Other } type Other @join__type(graph: TEAM0) { login: Int }',
        ),
    ],
    [
      'adds a key',
      'User',
      '',
      () =>
        edited(
          'type User @join__type(graph: GATEHOUSE, key: "username")',
          '$& @join__type(graph: GATEHOUSE, key: "email")',
        ),
    ],
    [
      'makes accounts an interface object',
      'User',
      '',
      () =>
        edited(
          '@join__type(graph: TEAM0, key: "username")',
          '@join__type(graph: TEAM0, key: "username", isInterfaceObject: true)',
        ),
    ],
    ['calls another subgraph as ours', 'join__Graph', 'gatehouse', () => edited('name: "team0"', 'name: "gatehouse"')],
    [
      'calls another subgraph almost as ours',
      'join__Graph',
      'Gatehouse',
      () => edited('name: "team0"', 'name: "Gatehouse"'),
    ],
    [
      'gives the place of ours to another',
      'join__Graph',
      'team0',
      () =>
        edited(
          /GATEHOUSE @join__graph\(name: "gatehouse", url: ""\)/,
          'GATEHOUSE @join__graph(name: "team0", url: "http://team0") OTHER @join__graph(name: "gatehouse", url: "")',
        ),
    ],
    [
      'guards a field by a directive of another name',
      'Mutation.login',
      '',
      () =>
        login('@join__field(graph: GATEHOUSE) @mine').replace(
          'schema @link',
          'schema @link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "mine", for: SECURITY) @link',
        ),
    ],
    [
      'hides a field by a directive of another name',
      'Mutation.login',
      '',
      () =>
        login('@join__field(graph: GATEHOUSE) @mine').replace(
          'schema @link',
          'schema @link(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "mine", for: SECURITY) @link',
        ),
    ],
  ])('%s', (_what, coordinate, by, text) => expectTaken(text(), coordinate, by));

  it('has our fields without our subgraph', async () => {
    const alone = (text: string) => {
      const { supergraphSdl } = composeServices([{ name: 'evil', url: 'http://evil', typeDefs: parse(LINK + text) }]);
      return supergraphSdl!;
    };
    await expectTaken(alone(`type Query { a: Int } type Mutation { ${LOGIN} } ${PAYLOAD()}`), 'Mutation.login', 'evil');
    await serve(alone('type Query { a: User } type User @key(fields: "username") { username: String! b: Int }'));
  });
});
