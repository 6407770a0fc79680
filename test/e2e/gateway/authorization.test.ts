import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LogoutDocument, ReauthenticateDocument, SetUserDisabledDocument } from '../../../schema/documents.ts';
import { expectCommitted } from '../../support/expect_committed.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { basic, registerClient } from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { complete, enrol } from '../../support/totp_app.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../../support/subgraphs.ts';

const CALLERS = [
  'anonymous',
  'expired',
  'revoked',
  'inactive',
  'person',
  'reader',
  'writer',
  'writer, signed in long ago',
  'writer, confirmed again',
  'writer with two factors',
  'program that reads',
  'admin',
  "an admin's app",
  "an admin's app for everything",
] as const;
type Caller = (typeof CALLERS)[number];
const EVERYTHING = "an admin's app for everything";

const WRITERS: readonly Caller[] = ['writer', 'writer with two factors'];

/** Each directive, with the callers that satisfy it. */
const DIRECTIVES: Record<string, readonly [text: string, who: readonly Caller[]]> = {
  authenticated: ['@authenticated', CALLERS.slice(4)],
  scope: ['@requiresScopes(scopes: [["books:read"]])', CALLERS.slice(5)],
  scopes_all: [
    '@requiresScopes(scopes: [["books:read", "books:write"]])',
    [...WRITERS, 'writer, signed in long ago', 'writer, confirmed again', 'admin', EVERYTHING],
  ],
  scopes_any: ['@requiresScopes(scopes: [["books:burn"], ["books:read"]])', CALLERS.slice(5)],
  policy: ['@policy(policies: [["admin"]])', ['admin', EVERYTHING]],
  policy_live: ['@policy(policies: [["recent_sign_in"]])', ['person', 'reader', ...WRITERS, 'admin', EVERYTHING]],
  policy_all: [
    '@policy(policies: [["person", "recent_sign_in"]])',
    ['person', 'reader', ...WRITERS, 'admin', EVERYTHING],
  ],
  policy_any: ['@policy(policies: [["unheard_of"], ["admin"]])', ['admin', EVERYTHING]],
  policy_fresh: [
    '@policy(policies: [["fresh"]])',
    ['person', 'reader', ...WRITERS, 'writer, confirmed again', 'admin', "an admin's app", EVERYTHING],
  ],
  policy_second_factor: ['@policy(policies: [["second_factor"]])', ['writer with two factors']],
  policy_unknown: ['@policy(policies: [["unheard_of"]])', []],
  two: [
    '@requiresScopes(scopes: [["books:write"]]) @policy(policies: [["recent_sign_in"]])',
    [...WRITERS, 'admin', EVERYTHING],
  ],
};

/** Each position of a directive: its schema, and the query for it. */
const POSITIONS: Record<string, (name: string, at: string) => { schema: string; ask: string }> = {
  'field of Query': (n, at) => ({ schema: `extend type Query { ${n}: String ${at} }`, ask: `{ ${n} }` }),
  'field of Mutation': (n, at) => ({ schema: `extend type Mutation { ${n}: String ${at} }`, ask: `mutation { ${n} }` }),
  'field of an object': (n, at) => ({
    schema: `extend type Query { ${n}: T${n} } type T${n} { secret: String ${at} open: String }`,
    ask: `{ ${n} { open secret } }`,
  }),
  'field of objects in a list': (n, at) => ({
    schema: `extend type Query { ${n}: [T${n}] } type T${n} { secret: String! ${at} open: String }`,
    ask: `{ ${n} { open secret } }`,
  }),
  object: (n, at) => ({
    schema: `extend type Query { ${n}: T${n} } type T${n} ${at} { secret: String }`,
    ask: `{ ${n} { secret } }`,
  }),
  'object, only its name': (n, at) => ({
    schema: `extend type Query { ${n}: T${n} } type T${n} ${at} { secret: String }`,
    ask: `{ ${n} { __typename } }`,
  }),
  scalar: (n, at) => ({ schema: `extend type Query { ${n}: S${n} } scalar S${n} ${at}`, ask: `{ ${n} }` }),
  enum: (n, at) => ({ schema: `extend type Query { ${n}: E${n} } enum E${n} ${at} { SECRET }`, ask: `{ ${n} }` }),
  'field, by its interface': (n, at) => ({
    schema: `extend type Query { ${n}: I${n} } interface I${n} { secret: String }
      type T${n} implements I${n} { secret: String ${at} } type U${n} implements I${n} { secret: String }`,
    ask: `{ ${n} { secret } }`,
  }),
  'field, by its type behind an interface': (n, at) => ({
    schema: `extend type Query { ${n}: I${n} } interface I${n} { open: String }
      type T${n} implements I${n} { open: String secret: String ${at} }`,
    ask: `{ ${n} { open ... on T${n} { secret } } }`,
  }),
  'object, by its interface': (n, at) => ({
    schema: `extend type Query { ${n}: I${n} } interface I${n} { secret: String }
      type T${n} implements I${n} ${at} { secret: String }`,
    ask: `{ ${n} { secret } }`,
  }),
  'object, by an interface of its interface': (n, at) => ({
    schema: `extend type Query { ${n}: J${n} } interface J${n} { secret: String }
      interface I${n} implements J${n} { secret: String }
      type T${n} implements I${n} & J${n} ${at} { secret: String }`,
    ask: `{ ${n} { secret } }`,
  }),
  'member of a union': (n, at) => ({
    schema: `extend type Query { ${n}: V${n} } union V${n} = T${n} | U${n}
      type T${n} ${at} { secret: String } type U${n} { open: String }`,
    ask: `{ ${n} { __typename ... on U${n} { open } ... on T${n} { secret } } }`,
  }),
  'member of a union, by an interface': (n, at) => ({
    schema: `extend type Query { ${n}: V${n} } union V${n} = T${n} | U${n} interface I${n} { secret: String }
      type T${n} implements I${n} { secret: String ${at} } type U${n} { open: String }`,
    ask: `{ ${n} { ... on I${n} { secret } } }`,
  }),
  'under an alias': (n, at) => ({
    schema: `extend type Query { ${n}: T${n} } type T${n} { secret: String ${at} open: String }`,
    ask: `{ ${n} { open: secret } }`,
  }),
  'in fragments': (n, at) => ({
    schema: `extend type Query { ${n}: T${n} } type T${n} { secret: String ${at} open: String }`,
    ask: `query { ...A } fragment A on Query { ${n} { ...B ... { ...B } } } fragment B on T${n} { secret }`,
  }),
  'behind @include and @skip': (n, at) => ({
    schema: `extend type Query { ${n}: T${n} } type T${n} { secret: String ${at} open: String }`,
    ask: `query ($yes: Boolean = true, $no: Boolean! = false) { ${n} { ... @include(if: $yes) { secret @skip(if: $no) } } }`,
  }),
  'field of an entity': (n, at) => ({
    schema: `extend type Query { ${n}: T${n} } type T${n} @key(fields: "id") { id: ID! secret: String ${at} }`,
    ask: `{ ${n} { secret } }`,
  }),
};

/** Positions across two subgraphs: the second knows the entity, or only its interface. */
const ACROSS: Record<string, (name: string, at: string) => { schema: string; other: string; ask: string }> = {
  'field of another subgraph': (n, at) => ({
    schema: `extend type Query { ${n}: T${n} } type T${n} @key(fields: "id") { id: ID! }`,
    other: `type T${n} @key(fields: "id") { id: ID! secret: String ${at} }`,
    ask: `{ ${n} { secret } }`,
  }),
  // Composition refuses a field with a weaker demand than its inputs. `test/attacks` tries a file with such a field.
  'field computed from another (@requires)': (n, at) => ({
    schema: `extend type Query { ${n}: T${n} } type T${n} @key(fields: "id") { id: ID! hidden: String ${at} }`,
    other: `type T${n} @key(fields: "id") { id: ID! hidden: String @external secret: String @requires(fields: "hidden") ${at} }`,
    ask: `{ ${n} { secret } }`,
  }),
  'field of an interface object': (n, at) => ({
    schema: `extend type Query { ${n}: I${n} } interface I${n} @key(fields: "id") { id: ID! }
      type T${n} implements I${n} @key(fields: "id") { id: ID! }`,
    other: `type I${n} @interfaceObject @key(fields: "id") { id: ID! secret: String ${at} }`,
    ask: `{ ${n} { ... on T${n} { secret } } }`,
  }),
  'field of an interface object, by the interface': (n, at) => ({
    schema: `extend type Query { ${n}: I${n} } interface I${n} @key(fields: "id") { id: ID! }
      type T${n} implements I${n} @key(fields: "id") { id: ID! }`,
    other: `type I${n} @interfaceObject @key(fields: "id") { id: ID! secret: String ${at} }`,
    ask: `{ ${n} { secret } }`,
  }),
};

/** Tested at every position. The others differ only in their callers and are tested at three. */
const EVERYWHERE = ['authenticated', 'scope', 'policy', 'two'];
const SOMEWHERE = ['field of Query', 'field of an object', 'field, by its interface'];

interface Row {
  readonly directive: string;
  readonly position: string;
  readonly name: string;
  readonly schema: string;
  readonly other: string;
  readonly ask: string;
}

const rows: Row[] = Object.entries(DIRECTIVES).flatMap(([directive, [text]], d) =>
  Object.entries({ ...POSITIONS, ...ACROSS }).flatMap(([position, write], p) => {
    if (!EVERYWHERE.includes(directive) && !SOMEWHERE.includes(position)) return [];
    const name = `x${d}_${p}`;
    return [{ directive, position, name, other: '', ...write(name, text) }];
  }),
);

/** The value of every field that the caller may read. */
const SECRET = 'SECRET';

/** Resolvers that return everything, so that only the gateway protects it. */
function generous(): [one: Record<string, any>, other: Record<string, any>] {
  const one: Record<string, any> = { Query: { open: () => 'open' }, Mutation: { open: () => 'open' } };
  const other: Record<string, any> = {};
  for (const { name, schema, other: more } of rows) {
    const object = {
      __typename: `T${name}`,
      id: '1',
      secret: SECRET,
      hidden: SECRET,
      open: 'open',
    };
    const isObject = schema.includes(`type T${name}`);
    const value = isObject ? (schema.includes(`: [T${name}]`) ? [object, object] : object) : SECRET;
    one[schema.startsWith('extend type Mutation') ? 'Mutation' : 'Query'][name] = () => value;
    if (/@key/.test(schema)) one[`T${name}`] = { __resolveReference: () => object };
    const type = /type (\w+)/.exec(more)?.[1];
    if (type) other[type] = { __resolveReference: ({ id }: { id: string }) => ({ id, secret: SECRET }) };
  }
  return [one, other];
}

describe('the authorization of federated fields', () => {
  const cells = new Map<string, string>();
  let now = Date.now();
  let gatehouse: Instance;
  let subgraphs: Subgraph[];
  const tokens = new Map<Caller, string | undefined>();

  beforeAll(async () => {
    const [one, other] = generous();
    const base = 'type Query { open: String } type Mutation { open: String } ';
    subgraphs = [
      await startSubgraph('one', base + rows.map(({ schema }) => schema).join('\n'), one),
      await startSubgraph('two', rows.map((row) => row.other).join('\n'), other),
    ];
    gatehouse = await startInstance({
      clock: () => now,
      env: {
        SUBGRAPHS: subgraphsOf(...subgraphs),
        LOGIN_LIMIT_PER_IP: '10000',
        ROLES: JSON.stringify({
          admin: ['*'],
          user: ['account'],
          reader: ['account', 'books:read'],
          writer: ['account', 'books:read', 'books:write'],
        }),
      },
    });
    const { client } = gatehouse;
    const login = async ({ username, password }: Person) => (await client.login(username, password)).accessToken;
    const [person, leaver, idle, reader, writer] = [
      await createUser(gatehouse),
      await createUser(gatehouse),
      await createUser(gatehouse),
      await createUser(gatehouse, { role: 'reader' }),
      await createUser(gatehouse, { role: 'writer' }),
    ];
    tokens.set('expired', await login(person));
    now += 31 * 60_000;
    const longAgo = await login(writer);
    tokens.set('writer, signed in long ago', longAgo);
    const confirmer = await login(writer);
    now += 20 * 60_000;
    const { data } = await client.send(ReauthenticateDocument, { password: writer.password }, { token: confirmer });
    tokens.set('writer, confirmed again', data!.reauthenticate.accessToken);
    const left = await login(leaver);
    await client.send(LogoutDocument, {}, { token: left });
    const disabled = await login(idle);
    const admin = await adminToken(gatehouse);
    await client.send(SetUserDisabledDocument, { username: idle.username, disabled: true }, { token: admin });
    const program = await registerClient(gatehouse, { grantTypes: ['client_credentials'], scopes: ['books:read'] });
    const { body } = await client.form('/token', { grant_type: 'client_credentials' }, basic(program));
    tokens.set('revoked', left).set('inactive', disabled).set('admin', admin);
    tokens
      .set('person', await login(person))
      .set('reader', await login(reader))
      .set('writer', await login(writer));
    const careful = await createUser(gatehouse, { role: 'writer' });
    const { authenticator } = await enrol(gatehouse, careful, () => now);
    tokens.set('writer with two factors', (await complete(gatehouse, careful, { totp: authenticator.next() })).token);
    tokens.set('program that reads', body.access_token);
    const appOf = async (scopes: readonly string[]) => {
      const app = await registerClient(gatehouse, { public: true, grantTypes: ['password'], scopes });
      return (await client.form('/token', { ...gatehouse.admin, client_id: app.id })).body.access_token as string;
    };
    tokens.set("an admin's app", await appOf(['account', 'books:read'])).set(EVERYTHING, await appOf(['*']));
  });
  afterAll(async () => {
    await gatehouse.close();
    await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
  });

  it.each(rows)('$directive, $position', async ({ directive, position, name, ask }) => {
    const marker = position === 'object, only its name' ? `T${name}` : SECRET;
    for (const caller of CALLERS) {
      for (const { received } of subgraphs) received.length = 0;
      const { data, errors, status } = await gatehouse.client.ask(ask, { token: tokens.get(caller) });
      const isAnswered = JSON.stringify(data).includes(marker);
      cells.set(`${name} ${caller}`, isAnswered ? 'ok' : (errors?.[0]?.extensions.code ?? 'nothing'));
      expect([caller, isAnswered]).toEqual([caller, DIRECTIVES[directive]![1].includes(caller)]);
      if (isAnswered) {
        expect(errors).toBeUndefined();
        continue;
      }
      expect(status).toBe(200);
      expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(
        new Set(['UNAUTHORIZED_FIELD_OR_TYPE']),
      );
      // Access is decided before planning, so no subgraph received a request.
      const asked = subgraphs.flatMap(({ received }) => received.map(({ query }) => query));
      expect(asked.filter((query) => /secret|hidden/.test(query))).toEqual([]);
      if (!ask.includes('secret')) expect(asked).toEqual([]);
    }
  });

  it('equals the committed matrix, without an empty cell', () => {
    const table = rows.map(({ directive, position, name }) => [
      `\`${DIRECTIVES[directive]![0]}\``,
      position,
      ...CALLERS.map((caller) =>
        cells.get(`${name} ${caller}`) === 'ok'
          ? 'ok'
          : cells.get(`${name} ${caller}`) === 'UNAUTHORIZED_FIELD_OR_TYPE'
            ? 'no'
            : '',
      ),
    ]);
    expect(table.flat()).not.toContain('');
    expectCommitted('schema/authorization.md', render(table));
  });
});

function render(table: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    '# Authorization of federated fields',
    '',
    'What a real request for a field of another subgraph is answered, by the directive, the place where it stands, and who',
    'asks. Generated by the tests (`npm run generate`), which also see that no subgraph was asked for what is answered with',
    '`no`: null and `UNAUTHORIZED_FIELD_OR_TYPE`. `reader` has the scope `books:read`, `writer` that and `books:write`,',
    '`program that reads` is a client under its own name with `books:read`. The admin allowed the one app `account` and',
    '`books:read`, the other `*`. The policies `admin`, `person` and `recent_sign_in` ask for a sign-in without an app, or for',
    '`*`; `recent_sign_in` for a session of at most 15 minutes, `person` for no program. `fresh` and `second_factor` judge the last',
    'authentication alone. `confirmed again`: `reauthenticate` in a session of 20 minutes. `unheard_of` is not defined.',
    '',
    line(['directive', 'place', ...CALLERS]),
    line(Array(CALLERS.length + 2).fill('---')),
    ...table.map(line),
    '',
  ].join('\n');
}
