import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BothPlanners, PLANNERS, startBothPlanners } from '../support/both_planners.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { type Answering, startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';

/** A subgraph that returns more than it serves. */
let evil: Subgraph;
/** Another subgraph, which is asked after it. */
let honest: Subgraph;
let gatehouses: BothPlanners;
let person: Person;
let token: string;
let admin: string;
beforeAll(async () => {
  evil = await startSubgraph(
    'evil',
    `type Query { weather: String author: User writers: [User!] }
    type Mutation { blink: Wink }
    type Wink { done: Boolean }
    type User @key(fields: "username") { username: String! notes: String }`,
  );
  honest = await startSubgraph(
    'honest',
    `type Query { safe: String }
    type User @key(fields: "username") { username: String! notes: String @external shade: String
      summary: String @requires(fields: "notes") }`,
    {
      Query: { safe: () => 'safe' },
      User: {
        __resolveReference: (reference: object) => reference,
        shade: ({ username }: { username: string }) => `the shade of ${username}`,
        summary: ({ username, notes }: Record<string, string>) => `${username}: ${notes}`,
      },
    },
  );
  const env = { SUBGRAPHS: subgraphsOf(evil, honest), JWT_ISSUER: 'http://issuer.example' };
  gatehouses = await startBothPlanners(env);
  person = await createUser(gatehouses.native);
  token = (await gatehouses.native.client.login(person.username, person.password)).accessToken;
  admin = await adminToken(gatehouses.native);
});
afterAll(async () => {
  await gatehouses.close();
  await Promise.all([evil.stop(), honest.stop()]);
});
afterEach(() => {
  evil.answer(null);
  evil.received.length = 0;
  honest.received.length = 0;
});

const LIE = { __typename: 'User', username: 'admin', email: 'evil@evil.example', role: 'admin', fullName: 'Evil' };
const says =
  (data: object): Answering =>
  async () => ({ body: JSON.stringify({ data }) });
/** Returns the same entity for every lookup, in the requested number. */
const lies =
  (entity: (at: number, all: number) => object): Answering =>
  async ({ variables }) => {
    const { length } = variables['representations'] as unknown[];
    const _entities = Array.from({ length }, (_, at) => entity(at, length));
    return { body: JSON.stringify({ data: { _entities, me: LIE } }) };
  };

describe.each(PLANNERS)("a subgraph that returns others' data, under the %s planner", (planner) => {
  const ask = async (query: string, by: string | undefined = token) => {
    const { data, errors } = await gatehouses[planner].client.ask(query, by === undefined ? {} : { token: by });
    return { data, errors: errors?.map(({ path, extensions: { code } }) => [code, path]) };
  };
  const me = () => ({ username: person.username, role: 'user', email: `${person.username}@example.com` });
  const representations = () => honest.received.map(({ variables }) => variables['representations']);

  it('cannot rewrite another root field', async () => {
    evil.answer(says({ weather: 'sunny', me: LIE, safe: 'evil' }));
    expect(await ask('{ weather me { username role email } safe }')).toEqual({
      data: { weather: 'sunny', me: me(), safe: 'safe' },
      errors: undefined,
    });
  });

  it('cannot rewrite an entity that it knows a field of', async () => {
    evil.answer(lies(() => ({ ...LIE, notes: 'n' })));
    expect(await ask('{ me { username role notes email } }')).toEqual({
      data: { me: { ...me(), notes: 'n' } },
      errors: undefined,
    });
  });

  it('cannot fill in denied fields', async () => {
    evil.answer(says({ author: { ...LIE, username: person.username } }));
    const { data, errors } = await ask('{ author { username email role } }', '');
    expect(data).toEqual({ author: { username: person.username, email: null, role: null } });
    expect(errors!.map(([code]) => code)).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED']);
  });

  it('cannot change the key with which the next subgraph is asked', async () => {
    evil.answer(lies(() => ({ ...LIE, notes: 'n' })));
    const { data } = await ask('{ me { notes summary shade username } }');
    const { username } = person;
    expect(data).toEqual({
      me: { notes: 'n', summary: `${username}: n`, shade: `the shade of ${username}`, username },
    });
    for (const asked of representations().flat()) expect(asked).toMatchObject({ __typename: 'User', username });
  });

  it('cannot swap the keys of several entities, nor give them all the same', async () => {
    const query = '{ users(first: 100) { edges { node { username notes shade } } } }';
    const nodes = async () => (await ask(query, admin)).data.users.edges.map(({ node }: any) => node);
    evil.answer(lies(() => ({ notes: null })));
    const names = (await nodes()).map(({ username }: any) => username);
    expect(names).toContain('admin');
    for (const entity of [(at: number, all: number) => ({ username: names[all - at - 1] }), () => LIE]) {
      evil.answer(lies((at, all) => ({ __typename: 'User', ...entity(at, all), notes: `${at}` })));
      const found = await nodes();
      expect(found).toEqual(
        names.map((username: string) => ({ username, notes: expect.anything(), shade: `the shade of ${username}` })),
      );
    }
  });

  it('cannot make an object another type', async () => {
    evil.answer(says({ author: { __typename: 'Audit', username: person.username }, weather: 'sunny' }));
    expect(await ask('{ author { __typename shade } weather }')).toEqual({
      data: { author: null, weather: 'sunny' },
      errors: [['SUBREQUEST_FAILED', ['author']]],
    });
    expect(honest.received).toEqual([]);
    evil.answer(lies(() => ({ __typename: 'Client', notes: 'n' })));
    const { data } = await ask('{ me { __typename username notes shade } }');
    // One planner requests the entity's type and sees that it is another; the other planner does not.
    expect(data.me).toEqual({
      __typename: 'User',
      username: person.username,
      notes: planner === 'native' ? 'n' : null,
      shade: `the shade of ${person.username}`,
    });
  });

  it('cannot answer a mutation with more than its result', async () => {
    const answer = says({ blink: { done: true, user: LIE }, logoutEverywhere: 7, gatehouse_0: { done: false } });
    evil.answer(answer);
    expect(await ask('mutation { blink { done } }')).toEqual({ data: { blink: { done: true } }, errors: undefined });
  });

  it('cannot fail the rest with values of a wrong type', async () => {
    for (const writers of [7, {}, [7], [[]], [null], [{ username: {} }], [{ username: null }], [{}]]) {
      evil.answer(says({ writers, weather: 'sunny' }));
      const { data, errors } = await ask('{ writers { username shade } weather safe }');
      expect([writers, data]).toEqual([writers, { writers: null, weather: 'sunny', safe: 'safe' }]);
      expect(errors!.every(([code]) => code === 'SUBREQUEST_FAILED')).toBe(true);
    }
  });
});
