import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as bcrypt from 'bcrypt';
import { SYSTEM } from '../../src/kernel/actor.ts';
import { SetUserDisabledDocument } from '../../schema/documents.ts';
import type { Hasher } from '../../src/credentials/password/hasher.ts';
import { createAccounts } from '../../src/application/accounts/accounts.ts';
import { createUnitOfWork } from '../../src/application/foundation/unit_of_work.ts';
import { createLogin, type Login } from '../../src/application/sessions/login.ts';
import { createVerifyPassword } from '../../src/application/authentication/steps/password.ts';
import { UserEntity } from '../../src/users/user.entity.ts';
import { eraseUser, findUser } from '../../src/users/users.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { adminToken, createUser } from '../support/accounts.ts';
import { HASHING, openEmbeddedServices } from '../support/open_stores.ts';

const RIGHT = 'the right password';
const WRONG = 'not the right password';

describe('a failed sign-in', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance({ env: { LOGIN_LIMIT_PER_IP: '1000' } });
  });
  afterAll(() => gatehouse.close());

  type Credentials = { username: string; password: string };
  type Door = (credentials: Credentials) => Promise<Response>;
  const post = (path: string, type: string, accept: string, body: string) =>
    fetch(`${gatehouse.url}${path}`, { method: 'POST', headers: { 'content-type': type, accept }, body });
  const graphql =
    (accept: string): Door =>
    (variables) => {
      const query =
        'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { tokenType } }';
      return post('/graphql', 'application/json', accept, JSON.stringify({ query, variables }));
    };
  const form: Door = (fields) =>
    post('/token', 'application/x-www-form-urlencoded', '*/*', new URLSearchParams(fields).toString());

  /** The kinds of failure, each with its own accounts, so that one kind does not affect the next. */
  const failures: Record<string, () => Promise<Credentials>> = {
    'an unknown name': async () => ({ username: `nobody.${randomUUID()}`, password: WRONG }),
    'a name nobody can have': async () => ({ username: `\u{1f600} ${randomUUID()}`, password: WRONG }),
    'a name in capitals': async () => ({ username: `NOBODY.${randomUUID()}`, password: WRONG }),
    'a wrong password': async () => ({ ...(await createUser(gatehouse)), password: WRONG }),
    'an absurd password': async () => ({ ...(await createUser(gatehouse)), password: 'x'.repeat(20_000) }),
    'a password with a NUL': async () => ({ ...(await createUser(gatehouse)), password: '\0' }),
    'an inactive account': () => inactive(),
    'an inactive account and a wrong password': async () => ({ ...(await inactive()), password: WRONG }),
  };
  async function inactive(): Promise<Credentials> {
    const person = await createUser(gatehouse);
    const variables = { username: person.username, disabled: true };
    await gatehouse.client.send(SetUserDisabledDocument, variables, { token: await adminToken(gatehouse) });
    noteSecrets(person.password);
    return person;
  }

  /** Returns everything that a client can see, without the parts that differ between any two responses. */
  async function seen(response: Response): Promise<string> {
    const { 'x-request-id': _id, date: _date, ...headers } = Object.fromEntries(response.headers);
    const body = (await response.text()).replace(/"requestId":"[\da-f-]{36}"/, '"requestId":"…"');
    return JSON.stringify([response.status, headers, body]);
  }

  describe.each<[string, Door, number]>([
    ['GraphQL', graphql('application/graphql-response+json'), 401],
    ['GraphQL as plain JSON', graphql('application/json'), 200],
    ['/token', form, 400],
  ])('at %s', (_name, door, status) => {
    let expected: string;
    beforeAll(async () => {
      expected = await seen(await door(await failures['a wrong password']!()));
      expect(expected).toMatch(new RegExp(`^\\[${status},.*Incorrect username or password`));
    });

    it.each(Object.keys(failures))('looks the same for %s', async (name) => {
      expect(await seen(await door(await failures[name]!()))).toBe(expected);
    });

    it.each(Object.keys(failures))('is delayed the same for %s', async (name) => {
      const credentials = await failures[name]!();
      const answers: (string | null)[] = [];
      for (let attempt = 0; attempt < 5; attempt++) {
        const response = await door(credentials);
        answers.push(/Too many attempts/.test(await response.text()) ? response.headers.get('retry-after') : 'checked');
      }
      expect(answers.slice(0, 4)).toEqual(Array(4).fill('checked'));
      expect(answers[4]).toBe(status === 200 ? null : '1');
    });
  });
});

describe('the work of a failed sign-in', () => {
  const origin = { address: '192.0.2.1', userAgent: null, requestId: 'test' };
  const verified: { password: string; stored: string }[] = [];
  const hashed: string[] = [];
  let services: Awaited<ReturnType<typeof openEmbeddedServices>>;
  let login: Login;
  beforeAll(async () => {
    services = await openEmbeddedServices();
    const real = services.hasher;
    const hasher: Hasher = {
      hash: (password) => (hashed.push(password), real.hash(password)),
      verify: (password, stored) => (verified.push({ password, stored }), real.verify(password, stored)),
      decoy: real.decoy,
      status: real.status,
    };
    const unitOfWork = createUnitOfWork(services);
    login = createLogin(services, createVerifyPassword({ ...services, hasher }), unitOfWork);
    const { create } = createAccounts(services, unitOfWork);
    for (const username of ['active', 'inactive', 'outdated', 'erased']) {
      await create(
        { username, password: RIGHT, email: `${username}@example.com`, role: 'user' },
        { actor: SYSTEM, request: origin },
      );
    }
    await services.database.transaction(async (db) => {
      db.assign((await findUser(db, 'inactive'))!, { disabled: true });
      eraseUser((await findUser(db, 'erased'))!, new Date());
      // An imported hash: a right password would be hashed again.
      const imported = await bcrypt.hash(RIGHT, 4);
      db.assign(await db.findOneOrFail(UserEntity, { username: 'outdated' }), {
        passwordHash: imported,
        disabled: true,
      });
    });
  });
  afterAll(() => services.close());
  beforeEach(() => {
    verified.length = hashed.length = 0;
  });

  const isDecoy = (stored: string) => stored === services.hasher.decoy();

  it.each([
    ['an unknown name', 'nobody', RIGHT, true],
    ['a name nobody can have', 'no\0body', RIGHT, true],
    ['an erased account', 'erased', RIGHT, true],
    ['a wrong password', 'active', WRONG, false],
    ['an empty password', 'active', '', false],
    ['an inactive account', 'inactive', RIGHT, false],
    ['an inactive account and a wrong password', 'inactive', WRONG, false],
    ['an inactive account with an older hash', 'outdated', RIGHT, false],
  ])('is one verification for %s', async (_name, username, password, decoy) => {
    await expect(login({ username, password }, origin)).rejects.toMatchObject({ kind: 'INCORRECT_LOGIN' });
    expect(verified.map(({ stored, ...rest }) => ({ ...rest, decoy: isDecoy(stored) }))).toEqual([{ password, decoy }]);
    expect(hashed).toEqual([]);
  });

  it('is that of a right one', async () => {
    await login({ username: 'active', password: RIGHT }, origin);
    expect(verified).toHaveLength(1);
    expect(hashed).toEqual([]);
  });

  it('costs as much as a current hash, also with the decoy', async () => {
    const parametersOf = (hash: string) => hash.split('$').slice(0, 4).join('$');
    const { memoryKib, timeCost, parallelism } = HASHING;
    expect(parametersOf(services.hasher.decoy())).toBe(`$argon2id$v=19$m=${memoryKib},t=${timeCost},p=${parallelism}`);
    expect(parametersOf(await services.hasher.hash(RIGHT))).toBe(parametersOf(services.hasher.decoy()));
  });
});
