import { afterAll, describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { lostDirectives } from '../../../src/gateway/composition/lost_directives.ts';
import { fromSubgraphs } from '../../../src/gateway/composition/supergraph.ts';
import { emitSubgraph } from '../../../src/graphql/schema/schema.ts';
import { startInstance } from '../../support/instance.ts';
import { LINK, startSubgraph, subgraphsOf } from '../../support/subgraphs.ts';

const opened: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of opened.reverse()) await close();
});

/** Composes our schema with these. */
const compose = (...schemas: string[]) =>
  fromSubgraphs(
    schemas.map((_schema, at) => ({ name: `team${at}`, url: 'http://127.0.0.1/graphql' })),
    emitSubgraph(),
    async ({ name }) => schemas[Number(name.slice(4))]!,
  ).load();

const linked = (imports: string, version = 'v2.9') =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/${version}", import: [${imports}]) `;
const DEFINED = {
  authenticated: 'directive @authenticated on FIELD_DEFINITION | OBJECT',
  requiresScopes: 'directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT',
  policy: 'directive @policy(policies: [[String!]!]!) on FIELD_DEFINITION | OBJECT',
  inaccessible: 'directive @inaccessible on FIELD_DEFINITION | OBJECT',
};
const USED = {
  authenticated: '@authenticated',
  requiresScopes: '@requiresScopes(scopes: [["pay"]])',
  policy: '@policy(policies: [["admin"]])',
  inaccessible: '@inaccessible',
};
type Directive = keyof typeof USED;
const DIRECTIVES = Object.keys(USED) as Directive[];
const ENFORCED = DIRECTIVES.slice(0, 3);

describe('a schema is refused, by directive and coordinate, where composition would lose', () => {
  const expectLost = (directive: string, coordinate: string, ...schemas: string[]) =>
    expect(compose(...schemas)).rejects.toMatchObject({
      name: 'SupergraphError',
      reason: 'composition: DIRECTIVE_LOST',
      message: expect.stringMatching(new RegExp(`team\\d has @${directive} on ${coordinate},`)),
    });
  const defined = (directive: Directive) =>
    `${DEFINED[directive]} type Query { salary: String ${USED[directive]} open: String }`;

  it.each(DIRECTIVES)('@%s, defined and not imported', (directive) =>
    expectLost(directive, 'Query.salary', linked('"@key"') + defined(directive)),
  );

  it.each(ENFORCED)('@%s, defined beside a version of federation that lacks it', (directive) =>
    expectLost(directive, 'Query.salary', linked('"@key"', 'v2.3') + defined(directive)),
  );

  it.each(ENFORCED)('@%s, defined in Federation 1', (directive) =>
    expectLost(directive, 'Query.salary', defined(directive)),
  );

  it.each(DIRECTIVES)('@%s, linked from elsewhere', (directive) =>
    expectLost(
      directive,
      'Query.salary',
      `extend schema @link(url: "https://specs.apollo.dev/${directive}/v0.1", for: SECURITY)
       ${linked('"@key"')} ${defined(directive)}`,
    ),
  );

  it('one that is linked from elsewhere under another name', () =>
    expectLost(
      'mine',
      'Query.salary',
      `extend schema @link(url: "https://specs.apollo.dev/policy/v0.1", as: "mine") ${linked('"@key"')}
       directive @mine(policies: [[String!]!]!) on FIELD_DEFINITION
       type Query { salary: String @mine(policies: [["admin"]]) }`,
    ));

  it.each(ENFORCED)('@%s on an extension of an interface', (directive) =>
    expectLost(
      directive,
      'Pay',
      `${LINK} type Query { pay: Pay } interface Pay { sum: Int } type Wage implements Pay { sum: Int }
       extend interface Pay ${USED[directive]}`,
    ),
  );

  it('one on an extension before its definition', () =>
    expectLost(
      'authenticated',
      'Pay',
      `${LINK} extend interface Pay @authenticated type Query { pay: Pay } interface Pay { sum: Int }
       type Wage implements Pay { sum: Int }`,
    ));

  it('one by its full name', () =>
    expectLost(
      'federation__authenticated',
      'Pay',
      `${linked('"@key"')} type Query { pay: Pay } interface Pay { sum: Int } type Wage implements Pay { sum: Int }
       extend interface Pay @federation__authenticated`,
    ));

  it.each([
    ['schema', '@authenticated', 'pay: Int'],
    ['Query.pay.of', '', 'pay(of: Int @authenticated): Int'],
  ])('a directive where it cannot be enforced: %s', (coordinate, onSchema, field) =>
    expectLost(
      'authenticated',
      coordinate,
      `${linked('"@key"')} ${onSchema} directive @authenticated on SCHEMA | ARGUMENT_DEFINITION type Query { ${field} }`,
    ),
  );

  it('the demand of one schema, if another demands less at the same coordinate', () =>
    expectLost(
      'requiresScopes',
      'Wage.sum',
      `${LINK} type Query { wage: Wage } type Wage { sum: Int @shareable @requiresScopes(scopes: [["pay"], ["see"]]) }`,
      `${linked('"@shareable"')} ${DEFINED.requiresScopes}
       type Wage { sum: Int @shareable @requiresScopes(scopes: [["pay", "all"]]) }`,
    ));

  it('one on a renamed root type', () =>
    expectLost(
      'authenticated',
      'Query.salary',
      `${linked('"@key"')} ${DEFINED.authenticated} schema { query: Root } type Root { salary: Int @authenticated }`,
    ));

  it('a directive, and the schema is not served', async () => {
    const subgraph = await startSubgraph('team', linked('"@key"') + defined('authenticated'), {
      Query: { salary: () => '100000' },
    });
    opened.push(() => subgraph.stop());
    const instance = await startInstance({ env: { SUBGRAPHS: subgraphsOf(subgraph) } });
    opened.push(() => instance.close());
    const ready = await fetch(`${instance.url}/health/ready`);
    expect([ready.status, (await ready.json()).reasons]).toEqual([503, { supergraph: 'composition: DIRECTIVE_LOST' }]);
    expect((await instance.client.ask('{ salary }')).refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(subgraph.received).toEqual([]);
  });
});

describe('a directive is lost beside one that is kept on the same coordinate:', () => {
  const SCOPES = '@requiresScopes(scopes: [["a", "b"], ["c"]])';
  const POLICY = '@policy(policies: [["p"]])';
  const lost = (asked: string, kept: string, onType = '') =>
    lostDirectives(
      [{ name: 'team', typeDefs: parse(`type Query { salary: String ${asked} }`) }],
      parse(`type Query ${onType} { salary: String ${kept} }`),
    ).map((line) => /@(\w+) on Query\.salary/.exec(line)?.[1]);

  it.each([
    ['scopes beside @authenticated', `@authenticated ${SCOPES}`, '@authenticated', ['requiresScopes']],
    ['a policy beside @authenticated', `@authenticated ${POLICY}`, '@authenticated', ['policy']],
    ['a policy beside scopes', `${SCOPES} ${POLICY}`, SCOPES, ['policy']],
    ['scopes beside a policy', `${SCOPES} ${POLICY}`, POLICY, ['requiresScopes']],
    ['@authenticated beside scopes', `@authenticated ${SCOPES}`, SCOPES, ['authenticated']],
    ['a policy of the name of a scope', '@policy(policies: [["c"]])', SCOPES, ['policy']],
    ['@inaccessible beside @authenticated', '@authenticated @inaccessible', '@authenticated', ['inaccessible']],
    ['one of two scopes', SCOPES, '@requiresScopes(scopes: [["a"], ["c"]])', ['requiresScopes']],
    ['the only way in, for two', SCOPES, '@requiresScopes(scopes: [["a", "b"], ["c"], ["d"]])', ['requiresScopes']],
    ['all of it', `@authenticated ${SCOPES} ${POLICY}`, '', ['authenticated', 'requiresScopes', 'policy']],
    ['nothing, where all is there', `@authenticated ${SCOPES} ${POLICY}`, `${POLICY} ${SCOPES} @authenticated`, []],
    ['nothing, where more is asked', SCOPES, '@requiresScopes(scopes: [["a", "b", "d"], ["c"]]) @authenticated', []],
    ['nothing, where one way in is closed', SCOPES, '@requiresScopes(scopes: [["c"]])', []],
  ])('%s', (_what, asked, kept, wanted) => expect(lost(asked, kept)).toEqual(wanted));

  it.each<[coordinate: string, asked: string, kept: string]>([
    [
      'Query',
      'type Query @authenticated { a: Int } extend type Query @policy(policies: [["p"]])',
      'type Query @policy(policies: [["p"]]) { a: Int }',
    ],
    [
      'Query',
      'type Query @policy(policies: [["p"]]) { a: Int } extend type Query @authenticated',
      'type Query { a: Int } extend type Query @policy(policies: [["p"]])',
    ],
    ['Mutation.a', 'schema { query: Q mutation: M } type M { a: Int @authenticated }', 'type Mutation { a: Int }'],
    ['Subscription.a', 'schema { subscription: S } type S { a: Int @authenticated }', 'type Subscription { a: Int }'],
    ['Query.a.b', 'type Query { a(b: Int @authenticated): Int }', 'type Query { a(b: Int): Int @authenticated }'],
    ['Wish.b', 'input Wish { a: Int b: Int @authenticated }', 'input Wish { a: Int @authenticated b: Int }'],
    ['How.B', 'enum How { A B @authenticated }', 'enum How @authenticated { A B }'],
    ['schema', 'extend schema @authenticated', 'type Query @authenticated { a: Int }'],
    ['@mine.of', 'directive @mine(of: Int @authenticated) on OBJECT', 'directive @mine(of: Int) on OBJECT'],
  ])('one on %s alone', (coordinate, asked, kept) =>
    expect(lostDirectives([{ name: 'team', typeDefs: parse(asked) }], parse(kept))).toEqual([
      `team has @authenticated on ${coordinate}, but composition removed it`,
    ]),
  );

  it('none, if a renamed root type has its standard name', () =>
    expect(
      lostDirectives(
        [
          {
            name: 'team',
            typeDefs: parse(
              'schema { query: Q mutation: M } type M { a: Int @authenticated } type Q @authenticated { a: Int }',
            ),
          },
        ],
        parse('type Mutation { a: Int @authenticated } type Query @authenticated { a: Int }'),
      ),
    ).toEqual([]));

  it('one that hides an existing element, but none of a missing element', () => {
    const typeDefs = parse('type Query { a(b: Int @inaccessible): Int }');
    const lines = (kept: string) => lostDirectives([{ name: 'team', typeDefs }], parse(kept));
    expect(lines('type Query { a: Int }')).toEqual([]);
    expect(lines('type Query { a(b: Int): Int }')).toEqual([
      'team has @inaccessible on Query.a.b, but composition removed it',
    ]);
    expect(lines('type Query { a(b: Int @inaccessible): Int }')).toEqual([]);
  });

  it('each by its subgraph', () =>
    expect(
      lostDirectives(
        ['one', 'two', 'three'].map((name, at) => ({
          name,
          typeDefs: parse(`type Query { a: Int ${at === 1 ? '' : '@authenticated'} }`),
        })),
        parse('type Query { a: Int }'),
      ).map((line) => line.split(' ', 1)[0]),
    ).toEqual(['one', 'three']));

  it('one on a field whose type keeps another', () =>
    expect(lost(SCOPES, '', '@authenticated')).toEqual(['requiresScopes']));
});

describe('a schema is refused, by name, if it requires an unknown feature', () => {
  it.each(['SECURITY', 'EXECUTION'])('with the purpose %s', (purpose) =>
    expect(
      compose(
        `${linked('"@key"')} extend schema @link(url: "https://example.com/masking/v1.0", import: ["@mask"], for: ${purpose})
         directive @mask on FIELD_DEFINITION type Query { salary: String @mask }`,
      ),
    ).rejects.toMatchObject({
      reason: 'composition: UNKNOWN_FEATURE',
      message: 'team0 requires https://example.com/masking/v1.0, which is not supported',
    }),
  );
});

describe('a schema is accepted if composition only moves', () => {
  it.each([
    [
      'a name back to its own',
      [
        `${linked('{ name: "@authenticated", as: "@mine" }, { name: "@inaccessible", as: "@hidden" }')}
         type Query { pay: Int @mine @federation__policy(policies: [["admin"]]) hush: Int @hidden open: Int }`,
      ],
    ],
    [
      'a root type',
      [`${LINK} schema { query: Root } type Root @authenticated { pay: Int @policy(policies: [["p"]]) }`],
    ],
    [
      'what several ask into one list',
      [
        `${LINK} type Query { wage: Wage } type Wage { sum: Int @shareable @requiresScopes(scopes: [["a"], ["b"]]) }`,
        `${LINK} type Wage { sum: Int @shareable @requiresScopes(scopes: [["c"], ["a", "d"]]) @policy(policies: [["p"]]) }`,
      ],
    ],
    [
      'what a schema asks that only knows the interface',
      [
        `${LINK} type Query { pay: Pay } interface Pay @key(fields: "id") { id: ID! }
         type Wage implements Pay @key(fields: "id") { id: ID! }`,
        `${LINK} type Pay @key(fields: "id") @interfaceObject { id: ID! sum: Int @authenticated hush: Int @inaccessible }`,
      ],
    ],
    [
      'a field to whoever overrides it',
      [
        `${LINK} type Query { wage: Wage } type Wage @key(fields: "id") { id: ID! sum: Int @authenticated }`,
        `${LINK} type Wage @key(fields: "id") { id: ID! sum: Int @override(from: "team0") }`,
      ],
    ],
    [
      'what is asked of a field that is another schema’s',
      [
        `${LINK} type Query { wage: Wage } type Wage @key(fields: "id") { id: ID! sum: Int }`,
        `${LINK} type Wage @key(fields: "id") {
           id: ID! sum: Int @external @authenticated twice: Int @requires(fields: "sum") @authenticated
         }`,
      ],
    ],
    [
      'extensions together',
      [
        `${LINK} type Query { wage: Wage unit: Unit band: Band } type Wage { sum: Int } extend type Wage @authenticated
         scalar Unit extend scalar Unit @requiresScopes(scopes: [["a"]]) enum Band { LOW } extend enum Band @authenticated`,
      ],
    ],
    [
      'arguments that not everybody takes away',
      [
        `${LINK} type Query { pay(of: Int @inaccessible): Int @shareable }`,
        `${LINK} type Query { pay: Int @shareable }`,
      ],
    ],
  ])('%s', async (_what, schemas) => {
    expect(await compose(...schemas)).toContain('Query');
  });
});
