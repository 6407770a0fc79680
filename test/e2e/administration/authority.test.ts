import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { permissions } from '../../../src/graphql/rules/permissions.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { createBrowserOf, exchange, registerClient } from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

const ROLES = {
  admin: ['*'],
  user: ['account'],
  clerk: ['account', 'users:read', 'users:write'],
  auditor: ['account', 'audit:read'],
  empty: [],
};

const PASSWORD = 'another password for them';

/** Every field that changes another's account, with the arguments that name the account. */
const CHANGES: readonly (readonly [field: string, mutation: string])[] = [
  ['setUserRole, down', 'setUserRole(username: $name, role: "empty") { username }'],
  ['setUserRole, to what it has', 'setUserRole(username: $name, role: $role) { username }'],
  ['setUserPassword', `setUserPassword(username: $name, newPassword: "${PASSWORD}") { username }`],
  ['setUserDisabled', 'setUserDisabled(username: $name, disabled: true) { username }'],
  ['setUserDisabled, to enable', 'setUserDisabled(username: $name, disabled: false) { username }'],
  ['updateUser, an address', 'updateUser(username: $name, input: { email: $email }) { username }'],
  ['updateUser, a name', 'updateUser(username: $name, input: { fullName: "Mallory" }) { username }'],
  ['revokeUserSessions', 'revokeUserSessions(username: $name)'],
  ['revokeSession', 'revokeSession(id: $session)'],
  ['sendPasswordReset', 'sendPasswordReset(username: $name) { expiresAt }'],
  ['resetUserFactors', 'resetUserFactors(username: $name, reason: "lost") { username }'],
  ['inviteUser', 'inviteUser(input: { username: $guest, email: $email, role: $role }) { expiresAt }'],
  ['unlockUser', 'unlockUser(username: $name) { username }'],
  ['deleteUser', 'deleteUser(username: $name)'],
];

it('is tried with every field that changes the accounts of others', () => {
  const changing = Object.entries(permissions['Mutation']!).filter(([, access]) =>
    access.startsWith('active, users:write'),
  );
  const tried = new Set(['createUser', 'revokeSession', ...CHANGES.map(([title]) => title.split(',')[0]!)]);
  expect([...tried].sort()).toEqual([...changing.map(([field]) => field), 'revokeSession'].sort());
});

describe('an app that an admin allowed some scopes', () => {
  let gatehouse: Instance;
  let admin: string;
  beforeAll(async () => {
    gatehouse = await startInstance({ env: { ROLES: JSON.stringify(ROLES) } });
    admin = await adminToken(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const ask = (query: string, token: string, variables: Record<string, unknown> = {}) =>
    gatehouse.client.ask(query, { token, variables });

  /** Signs in by password, without a client. A code has the same result (below). */
  const allowed = async (scope: string): Promise<string> => {
    const { body } = await gatehouse.client.form('/token', { ...gatehouse.admin, scope });
    return body.access_token as string;
  };

  const byCode = async (scopes: readonly string[]): Promise<string> => {
    const app = await registerClient(gatehouse, { scopes });
    const code = await createBrowserOf(gatehouse).allow(app, gatehouse.admin);
    return (await exchange(gatehouse, app, code)).body.access_token as string;
  };

  const create = (token: string, role: string) => {
    const username = `puppet.${randomBytes(5).toString('hex')}`;
    const input = { username, email: `${username}@example.com`, password: PASSWORD, role };
    return ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { username } }', token, { input });
  };

  const stateOf = async (username: string) =>
    (
      await ask(
        'query ($username: String!) { user(username: $username) { fullName email disabled role sessions { id } } }',
        admin,
        { username },
      )
    ).data.user;

  it.each([
    ['users:write', 'admin', 'FORBIDDEN'],
    ['users:write', 'clerk', 'FORBIDDEN'],
    ['users:write account users:read', 'auditor', 'FORBIDDEN'],
    ['users:write account users:read', 'admin', 'FORBIDDEN'],
    ['users:write', 'user', 'FORBIDDEN'],
    ['users:write account users:read', 'clerk', undefined],
    ['users:write account', 'user', undefined],
    ['users:write', 'empty', undefined],
  ])('with %s creates an account of role %s: %s', async (scope, role, refusal) => {
    expect((await create(await allowed(scope), role)).refusal).toBe(refusal);
  });

  it('is refused alike by code, also where it is registered for what the person has in part', async () => {
    const app = await byCode(['users:write', 'account']);
    expect((await create(app, 'admin')).refusal).toBe('FORBIDDEN');
    expect((await create(app, 'user')).refusal).toBeUndefined();
  });

  it('makes no account another role that has more than the app', async () => {
    const app = await allowed('users:write account');
    const { username } = await createUser(gatehouse);
    const setRole = async (role: string, name = username) =>
      (
        await ask('mutation ($n: String!, $r: String!) { setUserRole(username: $n, role: $r) { username } }', app, {
          n: name,
          r: role,
        })
      ).refusal;
    expect(await setRole('admin')).toBe('FORBIDDEN');
    expect(await setRole('clerk')).toBe('FORBIDDEN');
    expect(await setRole('emperor')).toBe('BAD_USER_INPUT');
    // The account of its own user too.
    expect(await setRole('user', gatehouse.admin.username)).toBe('FORBIDDEN');
    expect(await stateOf(username)).toMatchObject({ role: 'user' });
    expect(await setRole('empty')).toBeUndefined();
    expect(await stateOf(username)).toMatchObject({ role: 'empty' });
  });

  describe.each<[string, string, string]>([
    ['an admin', 'admin', 'users:write account users:read'],
    ['somebody whose role has one scope more', 'auditor', 'users:write account users:read'],
    ['somebody of an ordinary role', 'user', 'users:write users:read'],
  ])('leaves %s alone', (_who, role, scope) => {
    let app: string;
    let person: Person;
    let variables: Record<string, unknown>;
    beforeAll(async () => {
      app = await allowed(scope);
    });
    beforeEach(async () => {
      person = await createUser(gatehouse, { role });
      await gatehouse.client.login(person.username, person.password);
      const [{ id: session }] = (await stateOf(person.username)).sessions;
      variables = {
        name: person.username,
        guest: `guest.${person.username}`,
        role,
        email: `mallory.${person.username}@example.com`,
        session,
      };
    });

    const change = (mutation: string, token: string) => {
      const used = Object.entries({
        name: 'String!',
        guest: 'String!',
        role: 'String!',
        email: 'String!',
        session: 'ID!',
      }).filter(([name]) => mutation.includes(`$${name}`));
      const declared = used.map(([name, type]) => `$${name}: ${type}`).join(', ');
      const given = Object.fromEntries(used.map(([name]) => [name, variables[name]]));
      return ask(`mutation (${declared}) { ${mutation} }`, token, given);
    };

    it.each(CHANGES)('%s', async (_field, mutation) => {
      const before = await stateOf(person.username);
      expect((await change(mutation, app)).refusal).toBe('FORBIDDEN');
      expect(await stateOf(person.username)).toEqual(before);
      expect((await gatehouse.client.tryLogin(person.username, person.password)).refusal).toBeUndefined();
      // The same call with the role's scopes succeeds, so the refusal above has only this reason.
      expect(
        (await change(mutation, await allowed(`${scope} ${role === 'admin' ? '*' : ROLES[role as 'user'].join(' ')}`)))
          .refusal,
      ).toBeUndefined();
    });
  });

  it('changes the name of its own person, and no address beyond its scope', async () => {
    const rename = (token: string) =>
      ask('mutation { updateMe(input: { fullName: "The Admin" }) { username } }', token);
    const changeEmail = async (email: string, token: string) =>
      (await ask('mutation ($email: String!) { changeEmail(email: $email) }', token, { email })).refusal;
    const app = await allowed('account');
    const { email } = await stateOf('admin');
    expect((await rename(app)).refusal).toBeUndefined();
    expect(await changeEmail('mallory@example.com', app)).toBe('FORBIDDEN');
    expect(await stateOf('admin')).toMatchObject({ fullName: 'The Admin', email });
    // An app may change an account whose role does not exceed its scope.
    const { username, password } = await createUser(gatehouse);
    const { body } = await gatehouse.client.form('/token', { username, password, scope: 'account' });
    expect(await changeEmail(`new.${username}@example.com`, body.access_token)).toBeUndefined();
  });

  it.each([
    ['clients', ['*'], 'FORBIDDEN'],
    ['clients', ['account'], 'FORBIDDEN'],
    ['clients account', ['account', 'users:read'], 'FORBIDDEN'],
    ['clients account', ['account', '*'], 'FORBIDDEN'],
    ['clients', ['clients'], undefined],
    ['clients account', ['account', 'clients'], undefined],
    ['clients', [], undefined],
    ['*', ['*', 'reports'], undefined],
  ])('with %s registers a client of %j: %s', async (scope, scopes, refusal) => {
    const token = await allowed(scope);
    for (const input of [
      { name: 'Machine', grantTypes: ['client_credentials'], scopes },
      { name: 'App', public: true, grantTypes: ['password', 'refresh_token'], scopes },
    ]) {
      const answer = await ask(
        'mutation ($input: CreateClientInput!) { createClient(input: $input) { secret } }',
        token,
        { input },
      );
      expect(answer.refusal).toBe(refusal);
    }
  });
});

describe('an account whose role is not configured any more', () => {
  it('is changed by who may do everything alone: the role may come back', async () => {
    const gatehouse = await startInstance({ env: { ROLES: JSON.stringify(ROLES) } });
    try {
      const { username } = await createUser(gatehouse, { role: 'auditor' });
      const { auditor: _, ...fewer } = ROLES;
      const replica = await gatehouse.replica({ ROLES: JSON.stringify(fewer) });
      try {
        const { body } = await replica.client.form('/token', { ...gatehouse.admin, scope: 'users:write account' });
        const setPassword = async (token: string) =>
          (
            await replica.client.ask(
              `mutation ($n: String!) { setUserPassword(username: $n, newPassword: "${PASSWORD}") { username } }`,
              { token, variables: { n: username } },
            )
          ).refusal;
        expect(await setPassword(body.access_token)).toBe('FORBIDDEN');
        expect(await setPassword(await adminToken(replica))).toBeUndefined();
      } finally {
        await replica.stop();
      }
    } finally {
      await gatehouse.close();
    }
  });
});

describe('a role with scopes of admins', () => {
  let gatehouse: Instance;
  let token: string;
  beforeAll(async () => {
    const roles = { ...ROLES, root: ['*'] };
    gatehouse = await startInstance({ env: { ROLES: JSON.stringify(roles) } });
    const { username, password } = await createUser(gatehouse, { role: 'clerk' });
    token = (await gatehouse.client.login(username, password)).accessToken;
  });
  afterAll(() => gatehouse.close());

  const refusalOf = async (query: string, as = token) => (await gatehouse.client.ask(query, { token: as })).refusal;

  it('may do what the scopes allow, without the role admin', async () => {
    const { username } = await createUser(gatehouse);
    expect(await refusalOf('{ users { totalCount } }')).toBeUndefined();
    expect(await refusalOf(`{ user(username: "${username}") { email } }`)).toBeUndefined();
    expect(
      await refusalOf(`mutation { setUserDisabled(username: "${username}", disabled: true) { id } }`),
    ).toBeUndefined();
    expect(await refusalOf('{ auditEvents { edges { cursor } } }')).toBe('FORBIDDEN');
    expect(await refusalOf('{ signingKeys { kid } }')).toBe('FORBIDDEN');
  });

  it('changes no account that has more scopes', async () => {
    const { username } = gatehouse.admin;
    expect(await refusalOf(`mutation { setUserDisabled(username: "${username}", disabled: true) { id } }`)).toBe(
      'FORBIDDEN',
    );
  });

  it('lets the last admin go only to a role with the same scopes', async () => {
    const { username } = gatehouse.admin;
    const admin = await adminToken(gatehouse);
    const setRole = (role: string) =>
      refusalOf(`mutation { setUserRole(username: "${username}", role: "${role}") { id } }`, admin);
    expect(await setRole('clerk')).toBe('CONFLICT');
    expect(await setRole('root')).toBeUndefined();
    expect(await setRole('user')).toBe('CONFLICT');
    expect(await setRole('admin')).toBeUndefined();
  });
});
