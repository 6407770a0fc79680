import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AdminDashboardDocument,
  CreateUserDocument,
  GatehouseDocument,
  ProtectedDataDocument,
  RegisterDocument,
  RevokeUserSessionsDocument,
  SetUserDisabledDocument,
  SetUserPasswordDocument,
  SetUserRoleDocument,
  UnlockUserDocument,
  UserDocument,
  UsersDocument,
} from '../../../schema/documents.ts';
import type { Client } from '../../support/http_client.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

describeOnStores('an admin', (stores) => {
  let gatehouse: Instance;
  let client: Client;
  let token: string;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores });
    client = gatehouse.client;
    token = await adminToken(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const login = ({ username, password }: Person) => client.login(username, password);
  const as = (bearer: string) => ({ token: bearer });
  const refusalOf = async (bearer: string) => (await client.me(bearer)).refusal;

  it('sees the dashboard', async () => {
    const kandi = await createUser(gatehouse);
    const before = (await client.send(AdminDashboardDocument, {}, as(token))).data!.adminDashboard;
    await login(kandi);
    const after = (await client.send(AdminDashboardDocument, {}, as(token))).data!.adminDashboard;
    expect(after).toMatchObject({
      message: 'Welcome to the admin dashboard',
      user: 'admin',
      totalUsers: before.totalUsers,
    });
    // The session that `createUser` opened belongs to the admin and existed before.
    expect(after.activeSessions).toBe(before.activeSessions + 1);
  });

  it('creates an account, and a greeting uses its full name where there is one', async () => {
    const [named, nameless] = [await createUser(gatehouse, { fullName: 'Kandi Brian' }), await createUser(gatehouse)];
    const greet = async (person: Person) =>
      (await client.send(ProtectedDataDocument, {}, as((await login(person)).accessToken))).data?.protectedData;
    expect(await greet(named)).toEqual({ message: 'Hello Kandi Brian', role: 'user' });
    expect(await greet(nameless)).toEqual({ message: `Hello ${nameless.username}`, role: 'user' });
  });

  it('gives names out once, whatever their case', async () => {
    const { username } = await createUser(gatehouse);
    const create = async (fields: { username: string; email: string }) =>
      (await client.send(CreateUserDocument, { input: { password: 'a long enough password', ...fields } }, as(token)))
        .errors?.[0];
    expect(await create({ username: username.toUpperCase(), email: 'new@example.com' })).toMatchObject({
      extensions: { code: 'CONFLICT', fields: [{ field: 'username', code: 'TAKEN' }] },
    });
    expect(await create({ username: `${username}.2`, email: `${username.toUpperCase()}@EXAMPLE.com` })).toMatchObject({
      extensions: { code: 'CONFLICT', fields: [{ field: 'email', code: 'TAKEN' }] },
    });
  });

  it('finds an account by name, and nothing for an unknown name', async () => {
    const { username } = await createUser(gatehouse);
    const find = async (name: string) => (await client.send(UserDocument, { username: name }, as(token))).data;
    expect(await find(username.toUpperCase())).toMatchObject({
      user: { username, role: 'user', disabled: false, email: `${username}@example.com`, lastLoginAt: null },
    });
    expect(await find('nobody-has-this')).toEqual({ user: null });
  });

  it('lists accounts by name, page after page', async () => {
    const people = await Promise.all(
      Array.from({ length: 5 }, () => createUser(gatehouse, { fullName: 'Paged%Person' })),
    );
    const names = people.map(({ username }) => username).sort();
    const page = async (after?: string | null) =>
      (await client.send(UsersDocument, { first: 2, after: after ?? null, search: 'paged%' }, as(token))).data!.users;
    const seen: string[] = [];
    let last = await page();
    expect([last.totalCount, last.pageInfo.hasPreviousPage]).toEqual([5, false]);
    for (;;) {
      seen.push(...last.edges.map(({ node }) => node.username));
      if (!last.pageInfo.hasNextPage) break;
      last = await page(last.pageInfo.endCursor);
      expect(last.pageInfo.hasPreviousPage).toBe(true);
    }
    expect(seen).toEqual(names);
    // An SQL wildcard counts as an ordinary character.
    expect((await client.send(UsersDocument, { search: 'page_%' }, as(token))).data!.users.totalCount).toBe(0);
  });

  it('changes a role, in force for the token that is out', async () => {
    const kandi = await createUser(gatehouse);
    const { accessToken } = await login(kandi);
    const dashboard = async () => (await client.send(AdminDashboardDocument, {}, as(accessToken))).refusal;
    const setRole = (role: string) => client.send(SetUserRoleDocument, { username: kandi.username, role }, as(token));
    expect(await dashboard()).toBe('FORBIDDEN');
    expect((await setRole('admin')).data?.setUserRole.role).toBe('admin');
    expect(await dashboard()).toBeUndefined();
    await setRole('user');
    expect(await dashboard()).toBe('FORBIDDEN');
    expect((await setRole('emperor')).errors?.[0]).toMatchObject({
      extensions: {
        code: 'BAD_USER_INPUT',
        fields: [{ field: 'role', code: 'UNKNOWN', allowed: expect.arrayContaining(['admin', 'user']) }],
      },
    });
  });

  it('disables an account: inactive from the next request on, its sessions ended, and back when it is enabled', async () => {
    const kandi = await createUser(gatehouse);
    const { accessToken, refreshToken } = await login(kandi);
    const setDisabled = (disabled: boolean) =>
      client.send(SetUserDisabledDocument, { username: kandi.username, disabled }, as(token));
    expect((await setDisabled(true)).data?.setUserDisabled.disabled).toBe(true);
    expect(await refusalOf(accessToken)).toBe('INACTIVE_USER');
    expect((await client.refresh(refreshToken)).refusal).toBe('UNAUTHENTICATED');
    expect((await client.tryLogin(kandi.username, kandi.password)).errors?.[0]?.message).toBe(
      'Incorrect username or password',
    );
    await setDisabled(false);
    expect(await refusalOf(accessToken)).toBeUndefined();
    expect((await client.refresh(refreshToken)).refusal).toBe('UNAUTHENTICATED');
  });

  it('sets a password and ends every session of the account', async () => {
    const kandi = await createUser(gatehouse);
    const { accessToken, refreshToken } = await login(kandi);
    const newPassword = 'another password for kandi';
    await client.send(SetUserPasswordDocument, { username: kandi.username, newPassword }, as(token));
    expect(await refusalOf(accessToken)).toBe('UNAUTHENTICATED/REVOKED');
    expect((await client.refresh(refreshToken)).refusal).toBe('UNAUTHENTICATED');
    expect((await client.tryLogin(kandi.username, kandi.password)).refusal).toBe('UNAUTHENTICATED');
    expect((await client.tryLogin(kandi.username, newPassword)).refusal).toBeUndefined();
  });

  it('revokes the sessions of an account and says how many', async () => {
    const kandi = await createUser(gatehouse);
    const tokens = [await login(kandi), await login(kandi)];
    const revoke = async () =>
      (await client.send(RevokeUserSessionsDocument, { username: kandi.username }, as(token))).data?.revokeUserSessions;
    expect(await revoke()).toBe(2);
    expect(await revoke()).toBe(0);
    for (const { accessToken } of tokens) expect(await refusalOf(accessToken)).toBe('UNAUTHENTICATED/REVOKED');
  });

  it('unlocks an account', async () => {
    const kandi = await createUser(gatehouse);
    for (const _ of [1, 2, 3, 4]) await client.tryLogin(kandi.username, 'not the password');
    expect((await client.tryLogin(kandi.username, kandi.password)).refusal).toBe('RATE_LIMITED');
    await client.send(UnlockUserDocument, { username: kandi.username }, as(token));
    expect((await client.tryLogin(kandi.username, kandi.password)).refusal).toBeUndefined();
  });

  it('cannot remove the last active admin, neither by role nor by disabling', async () => {
    const { username } = gatehouse.admin;
    for (const { errors } of [
      await client.send(SetUserRoleDocument, { username, role: 'user' }, as(token)),
      await client.send(SetUserDisabledDocument, { username, disabled: true }, as(token)),
    ]) {
      expect(errors?.[0]).toMatchObject({
        extensions: { code: 'CONFLICT', fields: [{ field: 'username', code: 'LAST_ADMIN' }] },
      });
    }
    expect(await refusalOf(token)).toBeUndefined();
  });

  it('sees that a name is unknown', async () => {
    const answer = await client.send(RevokeUserSessionsDocument, { username: 'nobody-has-this' }, as(token));
    expect([answer.refusal, answer.faults]).toEqual(['BAD_USER_INPUT', ['username NOT_FOUND']]);
  });
});

describe('registration', () => {
  const input = { username: 'Kandi', email: 'kandi@example.com', password: 'a long enough password' };
  const register = (gatehouse: Instance, fields = {}) =>
    gatehouse.client.send(RegisterDocument, { input: { ...input, ...fields } });

  /** Reads the setting as the sign-in page of a visitor does. */
  const isOpen = async ({ client }: Instance) =>
    (await client.send(GatehouseDocument, {})).data!.gatehouse.registrationOpen;

  let closed: Instance;
  beforeAll(async () => {
    closed = await startInstance();
  });
  afterAll(() => closed.close());

  it('is closed unless opened', async () => {
    expect((await register(closed)).refusal).toBe('FORBIDDEN');
    expect(await isOpen(closed)).toBe(false);
  });

  it('makes an account of the plain role, and counts every try of an address', async () => {
    const gatehouse = await closed.replica({ REGISTRATION: 'open', LOGIN_LIMIT_PER_IP: '3' });
    try {
      expect(await isOpen(gatehouse)).toBe(true);
      expect((await register(gatehouse)).data?.register).toMatchObject({ username: 'kandi', fullName: null });
      expect((await register(gatehouse)).refusal).toBe('CONFLICT');
      expect((await register(gatehouse, { username: 'x' })).refusal).toBe('BAD_USER_INPUT');
      expect((await register(gatehouse)).errors?.[0]?.extensions).toMatchObject({
        code: 'RATE_LIMITED',
        retryAfter: expect.any(Number),
      });
    } finally {
      await gatehouse.stop();
    }
  });
});

describe('the demand for second factors', () => {
  it.each([
    ['off', 'OFF'],
    ['optional', 'OPTIONAL'],
    ['required', 'REQUIRED'],
    ['admin', 'BY_ROLE'],
  ])('is public: SECOND_FACTOR=%s is %s', async (setting, policy) => {
    const gatehouse = await startInstance({ env: { SECOND_FACTOR: setting } });
    try {
      const { data } = await gatehouse.client.ask('{ gatehouse { secondFactor } }');
      expect(data).toEqual({ gatehouse: { secondFactor: policy } });
    } finally {
      await gatehouse.close();
    }
  });
});
