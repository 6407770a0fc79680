import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountRolesDocument, UsersDocument, type UsersQueryVariables } from '../../../schema/documents.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser } from '../../support/accounts.ts';

const ORDERS = ['USERNAME', 'EMAIL', 'FULL_NAME', 'ROLE', 'CREATED_AT', 'LAST_LOGIN_AT'] as const;
type Order = (typeof ORDERS)[number];

/** An account in a list. */
interface Listed {
  readonly username: string;
  readonly email?: string | null;
  readonly fullName?: string | null;
  readonly role?: string | null;
  readonly createdAt?: string | null;
  readonly lastLoginAt?: string | null;
}

const KEY: Record<Order, (user: Listed) => string> = {
  USERNAME: ({ username }) => username,
  EMAIL: ({ email }) => email!.toLowerCase(),
  FULL_NAME: ({ fullName }) => fullName?.toLowerCase() ?? '',
  ROLE: ({ role }) => role!,
  CREATED_AT: ({ createdAt }) => createdAt!,
  // The stored value, because a response has no microseconds.
  LAST_LOGIN_AT: ({ username, lastLoginAt }) =>
    PEOPLE.find((person) => person.username === username)?.lastLoginAt ?? lastLoginAt ?? '',
};
const byKey = (order: Order) => (a: Listed, b: Listed) =>
  compare(KEY[order](a), KEY[order](b)) || compare(a.username, b.username);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

describeOnStores('the list of accounts', (stores) => {
  let gatehouse: Instance;
  let token: string;
  beforeAll(async () => {
    gatehouse = await startInstance({
      stores,
      env: {
        ROLES: '{"admin":["*"],"user":["account"],"clerk":["account","reports"]}',
        LOGIN_LIMIT_PER_ACCOUNT: '3',
      },
    });
    token = await adminToken(gatehouse);
    await gatehouse.sql(insert(PEOPLE));
  });
  afterAll(() => gatehouse.close());

  const ask = (variables: UsersQueryVariables, bearer = token) =>
    gatehouse.client.send(UsersDocument, variables, { token: bearer });
  const page = async (variables: UsersQueryVariables) => {
    const { data, errors } = await ask(variables);
    expect(errors).toBeUndefined();
    return data!.users;
  };
  const whole = async (variables: UsersQueryVariables) =>
    (await page({ ...variables, first: 100 })).edges.map(({ node }) => node);

  async function walk(variables: UsersQueryVariables, between: () => Promise<unknown> = async () => {}) {
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      const { edges, pageInfo } = await page({ ...variables, after });
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...edges.map(({ node }) => node.username));
      if (!pageInfo.hasNextPage) return seen;
      after = pageInfo.endCursor ?? null;
      await between();
    }
  }

  describe.each(ORDERS.flatMap((orderBy) => [false, true].map((descending) => ({ orderBy, descending }))))(
    'by $orderBy, descending: $descending',
    (order) => {
      it('is in that order, those who share it by name', async () => {
        const listed = await whole(order);
        expect(listed).toHaveLength(PEOPLE.length + 1);
        const sorted = listed.toSorted(byKey(order.orderBy));
        if (order.descending) sorted.reverse();
        expect(listed.map(({ username }) => username)).toEqual(sorted.map(({ username }) => username));
      });

      it('has everybody once, page after page', async () => {
        const all = (await whole({ ...order, search: 'paged.' })).map(({ username }) => username);
        expect(all).toHaveLength(PEOPLE.length);
        expect(await walk({ ...order, search: 'paged.', first: 2 })).toEqual(all);
      });
    },
  );

  it('shows everybody who stays as they are once, while others sign in', async () => {
    const [last, first] = [PEOPLE[0]!.username, PEOPLE[5]!.username];
    const signIn = (username: string, at: string) =>
      gatehouse.sql(`update users set last_login_at = '${at}' where username = '${username}'`);
    let at = 0;
    const times = PEOPLE.map(({ username, lastLoginAt }) => ({ username, lastLoginAt }));
    const seen = await walk({ orderBy: 'LAST_LOGIN_AT', descending: true, search: 'paged.', first: 2 }, async () => {
      at += 1;
      await signIn(last, `2027-01-01T00:00:0${at}Z`);
      await signIn(first, `2001-01-01T00:00:0${9 - at}Z`);
    });
    for (const { username } of PEOPLE.filter(({ username }) => username !== last && username !== first)) {
      expect(seen.filter((name) => name === username)).toEqual([username]);
    }
    for (const { username, lastLoginAt } of times) {
      await gatehouse.sql(
        `update users set last_login_at = ${lastLoginAt ? `'${lastLoginAt}'` : 'null'} where username = '${username}'`,
      );
    }
  });

  it('goes on behind somebody who is not there any more', async () => {
    const { username } = await createUser(gatehouse, { fullName: 'Aaa' });
    const { edges } = await page({ orderBy: 'FULL_NAME', search: username });
    const behind = { orderBy: 'FULL_NAME', search: 'paged.', first: 1, after: edges[0]!.cursor } as const;
    const before = await page(behind);
    await gatehouse.sql(`delete from users where username = '${username}'`);
    expect((await page(behind)).edges).toEqual(before.edges);
    expect(before.edges).toHaveLength(1);
  });

  describe('with a filter', () => {
    it.each<[string, UsersQueryVariables, (person: Person) => boolean]>([
      ['of a role', { role: 'clerk' }, ({ role }) => role === 'clerk'],
      ['that are disabled', { disabled: true }, ({ disabled }) => disabled],
      ['that are not disabled', { disabled: false }, ({ disabled }) => !disabled],
      ['of all that', { role: 'user', disabled: true }, ({ role, disabled }) => role === 'user' && disabled],
      ['of any', { role: null, disabled: null, orderBy: null, descending: null }, () => true],
    ])('has those %s', async (_which, filter, among) => {
      const { edges, totalCount } = await page({ ...filter, search: 'paged.', first: 100 });
      const wanted = PEOPLE.filter(among).map(({ username }) => username);
      expect(edges.map(({ node }) => node.username)).toEqual(wanted.toSorted());
      expect(totalCount).toBe(wanted.length);
    });

    it.each(['emperor', '', '*', 'Clerk', 'constructor', "' or 1=1 --"])('refuses the role %j', async (role) => {
      expect((await ask({ role })).errors?.[0]).toMatchObject({
        extensions: {
          code: 'BAD_USER_INPUT',
          fields: [{ field: 'role', code: 'UNKNOWN', allowed: expect.arrayContaining(['user']) }],
        },
      });
    });
  });

  describe('goes on behind its own cursors alone', () => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

    it.each<[string, UsersQueryVariables, UsersQueryVariables]>([
      ['another order', { orderBy: 'EMAIL' }, { orderBy: 'ROLE' }],
      ['the other way round', { orderBy: 'EMAIL' }, { orderBy: 'EMAIL', descending: true }],
      ['no order named', { orderBy: 'CREATED_AT' }, {}],
    ])('and not behind one of %s', async (_what, given, asked) => {
      const after = (await page({ ...given, first: 1 })).edges[0]!.cursor;
      expect((await ask({ ...asked, after })).refusal).toBe('BAD_USER_INPUT');
      expect((await ask({ ...given, after })).refusal).toBeUndefined();
    });

    it.each<[string, UsersQueryVariables, string]>([
      ['a name alone', {}, Buffer.from('admin').toString('base64url')],
      ['an empty list', {}, encode([])],
      ['an object', {}, encode({ 0: 'USERNAME', 1: false, 2: 'admin', 3: 'admin' })],
      ['too little', {}, encode(['USERNAME', false, 'admin'])],
      ['too much', {}, encode(['USERNAME', false, 'admin', 'admin', 1])],
      ['a key that is no text', {}, encode(['USERNAME', false, { $ne: null }, 'admin'])],
      ['a key with a NUL', {}, encode(['USERNAME', false, 'a\0', 'admin'])],
      ['half a character', {}, encode(['USERNAME', false, '\ud800', 'admin'])],
      ['an endless key', {}, encode(['USERNAME', false, 'x'.repeat(255), 'admin'])],
      ['a name that nobody can have', {}, encode(['USERNAME', false, 'admin', "' or 1=1 --"])],
      ['a time in words', { orderBy: 'CREATED_AT' }, encode(['CREATED_AT', false, '2026-01-01', 'admin'])],
      ['a time beyond all', { orderBy: 'CREATED_AT' }, encode(['CREATED_AT', false, '9'.repeat(17), 'admin'])],
      ['a time that is a number', { orderBy: 'CREATED_AT' }, encode(['CREATED_AT', false, 1, 'admin'])],
    ])('and not behind %s', async (_what, order, after) => {
      expect((await ask({ ...order, after })).refusal).toBe('BAD_USER_INPUT');
    });

    it.each<[UsersQueryVariables['orderBy'], string]>([
      ['LAST_LOGIN_AT', '9'.repeat(16)],
      ['EMAIL', '\u{10ffff}'.padEnd(254, 'z')],
    ])('also where a key is the last that there can be, of %s', async (orderBy, key) => {
      const after = encode([orderBy, false, key, 'admin']);
      expect((await page({ orderBy, after })).edges).toEqual([]);
    });
  });

  it('shows only admins until when sign-in is held back', async () => {
    const [guessed, other] = [await createUser(gatehouse), await createUser(gatehouse)];
    const lockedUntil = async (search: string) => (await page({ search })).edges[0]!.node.lockedUntil;
    const { accessToken } = await gatehouse.client.login(guessed.username, guessed.password);
    expect(await lockedUntil(guessed.username)).toBeNull();
    for (const _ of [1, 2, 3]) await gatehouse.client.tryLogin(guessed.username, 'not the right password');
    const until = Date.parse((await lockedUntil(guessed.username))!);
    // Until the window of 15 minutes ends, on this clock and on Redis's.
    expect(until - Date.now()).toBeGreaterThan(10 * 60_000);
    expect(until - Date.now()).toBeLessThan(16 * 60_000);
    expect(await lockedUntil(other.username)).toBeNull();

    const own = await gatehouse.client.ask('{ me { username lockedUntil } }', { token: accessToken });
    expect([own.data, own.refusal]).toEqual([{ me: { username: guessed.username, lockedUntil: null } }, 'FORBIDDEN']);
    const change =
      'mutation ($username: String!) { setUserDisabled(username: $username, disabled: false) { lockedUntil } unlockUser(username: $username) { lockedUntil } }';
    const { data } = await gatehouse.client.ask(change, { token, variables: { username: guessed.username } });
    expect(Date.parse(data.setUserDisabled.lockedUntil)).toBeGreaterThan(Date.now());
    expect(data.unlockUser.lockedUntil).toBeNull();
  });

  it('asks once for each account until when, however many times a document does', async () => {
    const lookUps = async () => {
      const text = await (await fetch(`${gatehouse.url}/metrics`)).text();
      return Number(/^gatehouse_store_duration_seconds_count\{store="keyvalue"\} (\d+)$/m.exec(text)![1]);
    };
    const aliases = Array.from({ length: 30 }, (_, n) => `a${n}: user(username: "admin") { lockedUntil }`);
    const before = await lookUps();
    const { data } = await gatehouse.client.ask(`{ ${aliases.join(' ')} }`, { token });
    expect(Object.keys(data)).toHaveLength(30);
    // The failures and the delay of the account, and the look-ups of the token.
    expect((await lookUps()) - before).toBeLessThan(10);
  });

  it('tells which roles there are, and what they may do', async () => {
    const { data } = await gatehouse.client.send(AccountRolesDocument, {}, { token });
    expect(data!.accountRoles).toEqual([
      { name: 'admin', scopes: ['*'] },
      { name: 'user', scopes: ['account'] },
      { name: 'clerk', scopes: ['account', 'reports'] },
    ]);
  });
});

interface Person {
  readonly username: string;
  readonly email: string;
  readonly fullName: string | null;
  readonly role: string;
  readonly disabled: boolean;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
}

/** Has ties and nulls in every column, capitals, and times that differ only by microseconds. */
const PEOPLE: readonly Person[] = Array.from({ length: 11 }, (_, n) => ({
  username: `paged.${'hdkbafjcgie'[n]}`,
  email: `${n % 2 ? 'Q' : 'q'}${'cfaibkdhejg'[n]}.paged.@example.com`,
  fullName: n % 3 === 0 ? null : ['Ada', 'ada', 'Bob', 'Zoe'][n % 4]!,
  role: ['user', 'clerk', 'admin'][n % 3]!,
  disabled: n % 4 === 1,
  createdAt: `2026-01-0${1 + (n % 3)}T00:00:00.000Z`,
  lastLoginAt: n % 3 === 1 ? null : `2026-02-01T00:00:0${n % 4}.123${'456'[n % 3]}Z`,
}));

function insert(people: readonly Person[]): string {
  const text = (value: string | null) => (value === null ? 'null' : `'${value}'`);
  const rows = people.map(({ username, email, fullName, role, disabled, createdAt, lastLoginAt }) =>
    [randomUUID(), username, email, fullName, role, String(disabled), createdAt, lastLoginAt, '-'].map(text).join(', '),
  );
  return `insert into users
    (id, username, email, full_name, role, disabled, created_at, last_login_at, password_hash)
    values ${rows.map((row) => `(${row})`).join(', ')}`;
}
