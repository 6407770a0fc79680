import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GraphqlError } from '../support/http_client.ts';
import { expectClosed } from '../support/error_table.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { sendRaw } from '../support/raw_request.ts';
import { describeOnRoutes } from '../support/both_routes.ts';

const SECRET = 'the-secret-of-the-router-of-the-tests';
const PROOF = { 'gatehouse-router': SECRET };
const SDL = '{ _service { sdl } }';
const WHO = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id username fullName } } }';
/** The fields that only the user and admins may read. */
const OWN = 'email disabled role createdAt lastLoginAt sessions { id }';

let gatehouse: Instance;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  noteSecrets(SECRET);
  gatehouse = await startInstance({ env: { ROUTER_SECRET: SECRET } });
  ada = await createUser(gatehouse, { fullName: 'Ada Lovelace' });
  bob = await createUser(gatehouse);
});
afterAll(() => gatehouse.close());
const place = { get: () => gatehouse, set: (instance: Instance) => (gatehouse = instance) };

const named = ({ username }: Person) => ({ __typename: 'User', username });
const tokenOf = async ({ username, password }: Person) =>
  (await gatehouse.client.login(username, password)).accessToken;

/** Sends these header lines exactly as given, with only the headers that GraphQL needs. */
async function ask(lines: readonly string[], query: string, path = '/graphql', { url } = gatehouse) {
  const headers = ['Content-Type: application/json', 'Accept: application/graphql-response+json', ...lines];
  const answer = await sendRaw(
    url,
    `POST ${path}`,
    headers,
    JSON.stringify({ query, variables: { of: [named(ada)] } }),
  );
  const { data, errors } = JSON.parse(answer.body) as { data: unknown; errors?: GraphqlError[] };
  expectClosed(errors);
  return { status: answer.status, data, code: errors?.[0]?.extensions.code, body: answer.body };
}

async function expectKeptOut(lines: readonly string[], path?: string, where?: Instance): Promise<void> {
  // Asks twice, because a cached document takes another path.
  for (const query of [SDL, WHO, SDL, WHO]) {
    const { body, ...answer } = await ask(lines, query, path, where);
    expect(answer).toEqual({ status: 403, data: null, code: 'FORBIDDEN' });
    expect(body).not.toMatch(/Lovelace|@key|type User/);
  }
}

describeOnRoutes('a client that is not a router', place, () => {
  it.each<[string, string[]]>([
    ['shows nothing', []],
    ['shows another secret', [`Gatehouse-Router: ${SECRET.replace('the', 'any')}`]],
    ['shows the beginning', [`Gatehouse-Router: ${SECRET.slice(0, -1)}`]],
    ['shows more', [`Gatehouse-Router: ${SECRET}s`]],
    ['shows it in capitals', [`Gatehouse-Router: ${SECRET.toUpperCase()}`]],
    ['shows an empty one', ['Gatehouse-Router:']],
    ['shows what JavaScript calls nothing', ['Gatehouse-Router: undefined']],
    ['shows it beside another', [`Gatehouse-Router: ${SECRET}`, 'Gatehouse-Router: mine']],
    ['shows another beside it', ['Gatehouse-Router: mine', `Gatehouse-Router: ${SECRET}`]],
    ['shows it twice', [`Gatehouse-Router: ${SECRET}`, `gatehouse-router: ${SECRET}`]],
    ['shows a list with it', [`Gatehouse-Router: ${SECRET}, mine`]],
    ['shows it for a token', [`Authorization: Bearer ${SECRET}`]],
    ['shows it as a scheme', [`Gatehouse-Router: Bearer ${SECRET}`]],
    ['shows it in a cookie', [`Cookie: gatehouse-router=${SECRET}; Gatehouse-Router=${SECRET}`]],
    ['shows it under a like name', [`Gatehouse_Router: ${SECRET}`, `X-Gatehouse-Router: ${SECRET}`]],
  ])('sees no entity: %s', async (_name, lines) => {
    await expectKeptOut(lines);
  });

  it('sees nothing with the secret in the address', async () => {
    await expectKeptOut([], `/graphql?Gatehouse-Router=${SECRET}&gatehouse-router=${SECRET}`);
  });

  it.each(['user', 'admin'])('sees nothing with a token of the role %s either', async (who) => {
    const token = who === 'user' ? await tokenOf(ada) : await adminToken(gatehouse);
    await expectKeptOut([`Authorization: Bearer ${token}`]);
  });

  it('sees nothing through an alias, a fragment or a directive', async () => {
    const { data, errors } = await gatehouse.client.ask(
      `query ($of: [_Any!]!, $yes: Boolean = true) { __typename ...F ... @include(if: $yes) { b: _service { c: sdl } } }
       fragment F on Query { a: _entities(representations: $of) { __typename } }`,
      { variables: { of: [named(ada)] } },
    );
    expect(data).toBeNull();
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual(expect.arrayContaining(['FORBIDDEN']));
  });
});

describeOnRoutes('a router', place, () => {
  it.each(['Gatehouse-Router', 'gatehouse-router', 'GATEHOUSE-ROUTER'])('is known by %s', async (name) => {
    const { status, data } = await ask([`${name}:   ${SECRET}  `], WHO);
    expect({ status, data }).toMatchObject({ status: 200, data: { _entities: [{ fullName: 'Ada Lovelace' }] } });
  });

  const everything = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { username ${OWN} } } }`;
  const askFor = (people: Person[], token?: string, query = everything) =>
    gatehouse.client.ask(query, { variables: { of: people.map(named) }, token, headers: PROOF });

  it('sees no data of users without their token', async () => {
    const { data, errors } = await askFor([ada]);
    expect(data).toEqual({
      _entities: [
        {
          username: ada.username,
          email: null,
          disabled: null,
          role: null,
          createdAt: null,
          lastLoginAt: null,
          sessions: null,
        },
      ],
    });
    expect(errors!.map(({ extensions }) => extensions.reason)).toEqual(Array(6).fill('MISSING'));
    expect(errors![0]!.path!.slice(0, 2)).toEqual(['_entities', 0]);
  });

  it("sees the data that its user may read, which is that user's", async () => {
    const { data, errors } = await askFor([bob, ada], await tokenOf(ada));
    expect(data._entities[1]).toMatchObject({ email: `${ada.username}@example.com`, disabled: false, role: 'user' });
    expect(data._entities[0]).toMatchObject({ username: bob.username, email: null, role: null, sessions: null });
    expect(new Set(errors!.map(({ extensions, path }) => `${extensions.code} ${path![1]}`))).toEqual(
      new Set(['FORBIDDEN 0']),
    );
  });

  it("sees the data that its admin may read, which is everybody's", async () => {
    const { data, errors } = await askFor([ada, bob], await adminToken(gatehouse));
    expect(errors).toBeUndefined();
    expect(data._entities.map(({ email }: { email: string }) => email)).toEqual([
      `${ada.username}@example.com`,
      `${bob.username}@example.com`,
    ]);
  });

  it('sees no more through aliases and fragments', async () => {
    const { data } = await askFor(
      [ada],
      undefined,
      `query ($of: [_Any!]!) { a: _entities(representations: $of) { ...E } b: _entities(representations: $of) { ...E } }
       fragment E on _Entity { ... on User { ...U } ...U } fragment U on User { id: username mail: email more: sessions { id } }`,
    );
    const found = { id: ada.username, mail: null, more: null };
    expect(data).toEqual({ a: [found], b: [found] });
  });

  it('is subject to the other rules, and to the limits', async () => {
    expect((await askFor([ada], undefined, '{ me { id } }')).refusal).toBe('UNAUTHENTICATED/MISSING');
    const aliases = Array.from({ length: 31 }, (_, n) => `a${n}: _entities(representations: $of) { __typename }`).join(
      ' ',
    );
    const { status, refusal, errors } = await askFor([ada], undefined, `query ($of: [_Any!]!) { ${aliases} }`);
    expect({ status, refusal }).toEqual({ status: 400, refusal: 'GRAPHQL_VALIDATION_FAILED' });
    expect(errors![0]!.message).toContain('aliases');
  });
});

describe('without a secret', () => {
  let replica: Instance;
  beforeAll(async () => {
    replica = await gatehouse.replica({ ROUTER_SECRET: '' });
  });
  afterAll(() => replica.stop());

  it.each(['', SECRET, 'undefined'])('no client is a router, not even with "%s"', async (shown) => {
    await expectKeptOut([`Gatehouse-Router: ${shown}`], '/graphql', replica);
  });
});
