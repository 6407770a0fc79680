/**
 * Loads the server into jest's modules: the test counts the queries of an embedded database.
 * @jest-environment node
 */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { SetUserDisabledDocument } from '../../../schema/documents.ts';
import { emitSubgraph } from '../../../src/graphql/schema/schema.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

const ROUTER_SECRET = 'the-secret-of-the-router-of-the-tests';
const FOUND = '_entities(representations: $of) { ... on User { id username fullName } }';
const ENTITIES = `query ($of: [_Any!]!) { ${FOUND} }`;

/** The schema of another team's graph, which extends ours. */
const REVIEWS = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@provides", "@shareable"])
  type Query { reviews: ReviewConnection! }
  type ReviewConnection { nodes: [Review!]! pageInfo: PageInfo! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type Review @key(fields: "id") { id: ID! author: User! @provides(fields: "fullName") }
  type User @key(fields: "username") { username: String! fullName: String @external reviews: [Review!]! }`;

describe('the text for routers', () => {
  it('composes with a graph that adds to our accounts', () => {
    const { errors, supergraphSdl } = composeServices([
      { name: 'gatehouse', url: 'http://gatehouse/graphql', typeDefs: parse(emitSubgraph()) },
      { name: 'reviews', url: 'http://reviews/graphql', typeDefs: parse(REVIEWS) },
    ]);
    expect(errors).toBeUndefined();
    const user = /^type User\b[^{]*/m.exec(supergraphSdl!)![0];
    expect(user).toContain('@join__type(graph: GATEHOUSE, key: "username")');
    expect(user).toContain('@join__type(graph: GATEHOUSE, key: "id")');
    expect(user).toContain('@join__type(graph: REVIEWS, key: "username")');
  });

  it('keeps what a printer could lose: a scalar, defaults, descriptions', () => {
    const text = emitSubgraph();
    expect(text).toContain('scalar DateTime');
    expect(text).toContain('delivery: RefreshTokenDelivery = BODY');
    expect(text).toContain('first: Int = 50');
    expect(text).toContain('role: String = "user"');
    expect(text).toContain('"""In the response, for programs that can store it safely."""');
  });
});

describeOnStores('entities', (stores) => {
  let gatehouse: Instance;
  let ada: Person & { id: string };
  let bob: Person & { id: string };
  const statements: string[] = [];

  beforeAll(async () => {
    noteSecrets(ROUTER_SECRET);
    // Must run before a database exists, because its driver binds the method once.
    const { query } = PGlite.prototype;
    jest.spyOn(PGlite.prototype, 'query').mockImplementation(function (this: PGlite, ...call) {
      statements.push(call[0]);
      return query.apply(this, call);
    });
    gatehouse = await startInstance({ stores, env: { ROUTER_SECRET } });
    ada = await person({ fullName: 'Ada Lovelace' });
    bob = await person();
  });
  afterAll(async () => {
    await gatehouse.close();
    jest.restoreAllMocks();
  });

  async function person(fields?: { fullName: string }): Promise<Person & { id: string }> {
    const made = await createUser(gatehouse, fields);
    const [row] = await gatehouse.sql(`select id from users where username = '${made.username}'`);
    return { ...made, id: String(row!['id']) };
  }

  const ask = (query: string, of: unknown, token?: string) =>
    gatehouse.client.ask(query, { variables: { of }, token, headers: { 'gatehouse-router': ROUTER_SECRET } });

  const seen = ({ id, username }: typeof ada, fullName: string | null = null) => ({ id, username, fullName });
  const named = (key: Record<string, unknown>) => ({ __typename: 'User', ...key });

  it('tells routers the text', async () => {
    const { data } = await ask('{ _service { sdl } }', []);
    expect(data).toEqual({ _service: { sdl: emitSubgraph() } });
  });

  it('are found by name, by id and by both, in the order and the case they are asked in', async () => {
    const { data, errors } = await ask(ENTITIES, [
      named({ id: bob.id }),
      named({ username: ada.username }),
      named({ username: bob.username.toUpperCase() }),
      named({ id: ada.id.toUpperCase() }),
      named({ username: ada.username, id: ada.id }),
      named({ id: bob.id }),
    ]);
    expect(errors).toBeUndefined();
    const [a, b] = [seen(ada, 'Ada Lovelace'), seen(bob)];
    expect(data).toEqual({ _entities: [b, a, b, a, a, b] });
  });

  it.each<[string, () => unknown]>([
    ['a name that nobody has', () => named({ username: 'nobody.at.all' })],
    ['an id that nobody has', () => named({ id: '00000000-0000-4000-8000-000000000000' })],
    ['two accounts', () => named({ username: ada.username, id: bob.id })],
    ['a name beside an id that is none', () => named({ username: ada.username, id: 'x' })],
    ['an id beside a name that is none', () => named({ username: 'x', id: ada.id })],
    ['a name that nobody could have', () => named({ username: "' or 1=1 --" })],
    ['a letter that only looks like one', () => named({ username: ada.username.replace('k', '\u212a') })],
    ['characters the database takes for none', () => named({ username: 'a\0bc', id: 'a\ud800' })],
    ['an id in other words', () => named({ id: `{${ada.id}}` })],
    ['no key', () => named({})],
    ['another key', () => named({ email: `${ada.username}@example.com` })],
    ['a number', () => named({ id: 7 })],
    ['null beside an id', () => named({ username: null, id: ada.id })],
    ['an operator', () => named({ username: { $ne: null } })],
    ['a list', () => named({ id: [ada.id] })],
    ['no type', () => ({ username: ada.username })],
    ['a type that is no entity', () => ({ __typename: 'Session', id: ada.id })],
    ['a type that there is not', () => ({ __typename: 'Ghost', id: ada.id })],
    ['a type that is none', () => ({ __typename: { User: 1 }, id: ada.id })],
    ['a text', () => 'User'],
    ['a bare number', () => 5],
    ['a truth', () => true],
    ['nothing in a list', () => []],
    ['somebody in a list', () => [named({ id: ada.id })]],
  ])('are null for %s, and those beside it are served', async (_name, representation) => {
    const { data, errors } = await ask(ENTITIES, [representation(), named({ id: bob.id }), representation()]);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ _entities: [null, seen(bob), null] });
  });

  it('are disabled accounts too, and no deleted ones', async () => {
    const [idle, gone] = [await person(), await person()];
    await gatehouse.client.send(
      SetUserDisabledDocument,
      { username: idle.username, disabled: true },
      { token: await adminToken(gatehouse) },
    );
    await gatehouse.sql(`update users set deleted_at = now() where id = '${gone.id}'`);
    const { data, errors } = await ask(ENTITIES, [
      named({ id: gone.id }),
      named({ username: gone.username }),
      named({ username: idle.username }),
    ]);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ _entities: [null, null, seen(idle)] });
  });

  if (stores === 'embedded') {
    it('are one query, however many and from however many places', async () => {
      statements.length = 0;
      const of = Array.from({ length: 200 }, (_, n) => (n % 2 ? named({ id: bob.id }) : named({ username: `n.${n}` })));
      const twice = `query ($of: [_Any!]!) { ${['a', 'b'].map((name) => `${name}: ${FOUND}`).join(' ')} }`;
      const { data, errors } = await ask(twice, of);
      expect(errors).toBeUndefined();
      expect(data.a.filter(Boolean)).toHaveLength(100);
      expect(data.b).toEqual(data.a);
      expect(statements.filter((sql) => /"users"/.test(sql))).toHaveLength(1);
    });
  }

  it('are 1000 at most', async () => {
    const most = Array.from({ length: 1000 }, (_, n) => named({ username: n === 999 ? ada.username : `n.${n}` }));
    const { data } = await ask(ENTITIES, most);
    expect(data._entities).toHaveLength(1000);
    expect(data._entities[999]).toEqual(seen(ada, 'Ada Lovelace'));
    const { status, data: none, errors } = await ask(ENTITIES, [...most, named({ id: bob.id })]);
    expect({ status, none, code: errors?.[0]?.extensions.code, fields: errors?.[0]?.extensions.fields }).toEqual({
      status: 400,
      none: null,
      code: 'BAD_USER_INPUT',
      fields: [{ field: 'representations', code: 'TOO_MANY', max: 1000 }],
    });
  });
});
