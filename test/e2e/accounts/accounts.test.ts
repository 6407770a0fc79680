import { domainToASCII } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DeleteUserDocument,
  SetUserRoleDocument,
  UpdateMeDocument,
  UpdateUserDocument,
  type UpdateUserInput,
  UserDocument,
  UsersDocument,
} from '../../../schema/documents.ts';
import type { Client } from '../../support/http_client.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { enrolTotp } from '../../support/second_factor.ts';

describeOnStores('an account', (stores) => {
  let gatehouse: Instance;
  let client: Client;
  let admin: string;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({
      stores,
      env: { TRUST_PROXY: '127.0.0.1', LOGIN_LIMIT_PER_IP: '20' },
    });
    client = gatehouse.client;
    admin = await adminToken(gatehouse);
  });
  afterAll(() => gatehouse.close());
  beforeEach(async () => {
    kandi = await createUser(gatehouse, { fullName: 'Kandi Brian' });
  });

  const tokenOf = async ({ username, password }: Person) => (await client.login(username, password)).accessToken;
  const emailOf = ({ username }: Person) => `${username}@example.com`;
  const find = async ({ username }: Person) =>
    (await client.send(UserDocument, { username }, { token: admin })).data!.user;
  const eventsOf = async ({ username }: Person, type: string) =>
    gatehouse.sql(`select actor, detail::text from audit_events where subject = '${username}' and type = '${type}'`);
  const scoped = async ({ username, password }: Person, scope: string) =>
    (await client.form('/token', { username, password, scope })).body.access_token as string;
  const disable = ({ username }: Person) =>
    gatehouse.client.ask(
      'mutation ($username: String!) { setUserDisabled(username: $username, disabled: true) { id } }',
      {
        token: admin,
        variables: { username },
      },
    );

  type Update = (input: UpdateUserInput, who?: Person) => ReturnType<typeof updateByAdmin>;
  const updateByAdmin = async (input: UpdateUserInput, { username }: Person = kandi) => {
    const { data, faults, refusal } = await client.send(UpdateUserDocument, { username, input }, { token: admin });
    return { user: data?.updateUser, faults, refusal };
  };
  const updateOwn: Update = async ({ fullName }, who = kandi) => {
    const input = fullName === undefined ? {} : { fullName };
    const { data, faults, refusal } = await client.send(UpdateMeDocument, { input }, { token: await tokenOf(who) });
    return { user: data?.updateMe, faults, refusal };
  };

  /** A value of each type of the nullable columns. */
  const VALUES: Readonly<Record<string, string>> = {
    text: "'something personal'",
    'character varying': "'something personal'",
    'timestamp with time zone': 'now()',
  };

  /** Tags (UTS #51): invisible letters that some flags consist of. */
  const TAGS = String.fromCodePoint(...[...'gbsct'].map((letter) => 0xe0000 + letter.charCodeAt(0)), 0xe007f);
  const SCOTLAND = `\u{1f3f4}${TAGS}`;

  describe.each<[string, Update]>([
    ['by its owner', updateOwn],
    ['by an admin', updateByAdmin],
  ])('changed %s', (_by, update) => {
    it.each<[string, UpdateUserInput, { fullName?: string | null; email?: string }]>([
      ['the full name', { fullName: 'Kandi B.' }, { fullName: 'Kandi B.' }],
      ['spaces around it', { fullName: '  Kandi B. ' }, { fullName: 'Kandi B.' }],
      ['a flag of tags', { fullName: `Kandi ${SCOTLAND}` }, { fullName: `Kandi ${SCOTLAND}` }],
      ['none', { fullName: null }, { fullName: null }],
      ['an empty one', { fullName: ' ' }, { fullName: null }],
      ['nothing', {}, {}],
      ['what it is already', { fullName: 'Kandi Brian' }, {}],
    ])('has %s', async (_what, input, expected) => {
      const before = { fullName: 'Kandi Brian', email: emailOf(kandi) };
      const token = await tokenOf(kandi);
      // From here on the account is cached.
      expect((await client.me(token)).data?.me).toMatchObject(before);
      expect((await update(input)).user).toMatchObject({ username: kandi.username, ...before, ...expected });
      expect((await client.me(token)).data?.me).toMatchObject({ ...before, ...expected });
      expect(await eventsOf(kandi, 'user.updated')).toHaveLength(Object.keys(expected).length);
    });

    it('may have a name that is spelt with joiners', async () => {
      const fullName = 'علی\u200cرضا क्\u200dष';
      expect((await update({ fullName })).user).toMatchObject({ fullName });
    });

    it.each<[string, UpdateUserInput, string]>([
      ['an endless name', { fullName: 'x'.repeat(201) }, 'fullName TOO_LONG'],
      ['a name that turns', { fullName: 'Kandi \u202enimda' }, 'fullName CONTROL_CHARACTERS'],
      ['a name in a frame', { fullName: '\u2066Kandi\u2069' }, 'fullName CONTROL_CHARACTERS'],
      ['a name with a gap', { fullName: 'Kan\u200bdi' }, 'fullName CONTROL_CHARACTERS'],
      ['tags without a flag', { fullName: `Kandi${TAGS}` }, 'fullName CONTROL_CHARACTERS'],
      ['a message in tags behind a flag', { fullName: `Kandi ${SCOTLAND}${TAGS}` }, 'fullName CONTROL_CHARACTERS'],
      ['a name of two lines', { fullName: 'Kandi\nadmin' }, 'fullName CONTROL_CHARACTERS'],
    ])('is not given %s', async (_what, input, fault) => {
      expect(await update(input)).toMatchObject({
        refusal: 'BAD_USER_INPUT',
        faults: [fault],
      });
    });
  });

  describe('whose address an admin changes', () => {
    it('has another address, which somebody else may not have, in any case', async () => {
      const other = await createUser(gatehouse);
      expect(await updateByAdmin({ email: emailOf(other).toUpperCase(), fullName: 'Changed' })).toMatchObject({
        faults: ['email TAKEN'],
        refusal: 'CONFLICT',
      });
      // A change with a fault changes nothing.
      expect(await find(kandi)).toMatchObject({ fullName: 'Kandi Brian', email: emailOf(kandi) });
      expect(await eventsOf(kandi, 'user.updated')).toEqual([]);
      const email = `new.${emailOf(kandi)}`;
      expect((await updateByAdmin({ email })).user).toMatchObject({ email, fullName: 'Kandi Brian' });
      // Another account may take an address that became free.
      expect((await updateByAdmin({ email: emailOf(kandi) }, other)).user).toMatchObject({ email: emailOf(kandi) });
      const [event] = await eventsOf(kandi, 'user.updated');
      expect(event!['detail']).not.toContain('@');
    });

    it('may write its address in other letters', async () => {
      const email = emailOf(kandi).toUpperCase();
      expect((await updateByAdmin({ email })).user).toMatchObject({ email });
    });

    it('has an address that is unique in every spelling, and is found by each', async () => {
      const other = await createUser(gatehouse);
      const { username } = kandi;
      const email = `${username}@MÜNCHEN-${username.slice(6)}.example`;
      expect((await updateByAdmin({ email })).user).toMatchObject({ email });
      const ascii = `${username}@${domainToASCII(email.split('@')[1]!)}`;
      expect((await updateByAdmin({ email: ascii }, other)).faults).toEqual(['email TAKEN']);
      const found = await client.send(UsersDocument, { search: ascii.slice(3, -3) }, { token: admin });
      expect(found.data!.users.edges.map(({ node }) => node.username)).toEqual([username]);
      const lower = email.toLowerCase();
      expect((await updateByAdmin({ email: lower })).user).toMatchObject({ email: lower });
      expect((await updateByAdmin({ email: `ｋ${ascii.slice(1)}` }, other)).faults).toEqual(['email TAKEN']);
    });

    it.each<[string, UpdateUserInput, string]>([
      ['no address', { email: null }, 'email REQUIRED'],
      ['an empty address', { email: '' }, 'email MALFORMED'],
      ['an address that is none', { email: 'kandi' }, 'email MALFORMED'],
      ['an address with another at sign', { email: 'kandi\uff20example.com' }, 'email MALFORMED'],
      ['an address of two hosts', { email: 'kandi@evil.example@example.com' }, 'email MALFORMED'],
    ])('is not given %s', async (_what, input, fault) => {
      expect(await updateByAdmin(input)).toMatchObject({ refusal: 'BAD_USER_INPUT', faults: [fault] });
    });
  });

  it('has every fault of a change in one refusal', async () => {
    const { faults } = await updateByAdmin({ email: 'x', fullName: '\0' });
    expect(faults).toEqual(['email MALFORMED', 'fullName CONTROL_CHARACTERS']);
  });

  it('keeps what two people change of it at the same moment', async () => {
    const changes = await Promise.all([
      updateByAdmin({ email: `new.${emailOf(kandi)}` }),
      updateOwn({ fullName: 'By its owner' }),
    ]);
    expect(changes.map(({ refusal }) => refusal)).toEqual([undefined, undefined]);
    expect(await find(kandi)).toMatchObject({ fullName: 'By its owner', email: `new.${emailOf(kandi)}` });
  });

  it('is the only one of two that take an address at the same moment', async () => {
    const other = await createUser(gatehouse);
    const email = `wanted.${emailOf(kandi)}`;
    const taken = await Promise.all([updateByAdmin({ email }, kandi), updateByAdmin({ email }, other)]);
    expect(taken.map(({ refusal }) => refusal ?? 'ok').sort()).toEqual(['CONFLICT', 'ok']);
  });

  it('is changed by its owner alone', async () => {
    const update = async (token: string | undefined) =>
      (await client.send(UpdateMeDocument, { input: { fullName: 'Mallory' } }, { token })).refusal;
    const token = await tokenOf(kandi);
    expect(await update(undefined)).toBe('UNAUTHENTICATED/MISSING');
    expect(await update(await scoped(gatehouse.admin, 'users:write'))).toBe('FORBIDDEN');
    await disable(kandi);
    expect(await update(token)).toBe('INACTIVE_USER');
    expect(await find(kandi)).toMatchObject({ fullName: 'Kandi Brian' });
  });

  it.each<[string, () => Promise<string | undefined>, string]>([
    ['a stranger', async () => undefined, 'UNAUTHENTICATED/MISSING'],
    ['its owner', () => tokenOf(kandi), 'FORBIDDEN'],
    ["an app of an admin's that may read", () => scoped(gatehouse.admin, 'users:read account'), 'FORBIDDEN'],
  ])('is neither changed nor deleted among others by %s', async (_who, token, refusal) => {
    const { username } = kandi;
    const options = { token: await token() };
    const input = { fullName: 'Mallory' };
    expect((await client.send(UpdateUserDocument, { username, input }, options)).refusal).toBe(refusal);
    expect((await client.send(DeleteUserDocument, { username }, options)).refusal).toBe(refusal);
    expect(await find(kandi)).toMatchObject({ fullName: 'Kandi Brian' });
  });

  describe('deleted', () => {
    const remove = async ({ username }: Pick<Person, 'username'>, token = admin) => {
      const { data, faults, refusal } = await client.send(DeleteUserDocument, { username }, { token });
      return { removed: data?.deleteUser, faults, refusal };
    };
    const makeAdmin = ({ username }: Person) =>
      client.send(SetUserRoleDocument, { username, role: 'admin' }, { token: admin });

    it('is gone: its password and its tokens are refused, and no list has it', async () => {
      const { accessToken, refreshToken } = await client.login(kandi.username, kandi.password);
      expect(await remove({ username: kandi.username.toUpperCase() })).toMatchObject({ removed: true });
      expect((await client.me(accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
      expect((await client.refresh(refreshToken)).errors?.[0]?.message).toBe('Invalid or expired refresh token');
      expect((await client.tryLogin(kandi.username, kandi.password)).errors?.[0]?.message).toBe(
        'Incorrect username or password',
      );
      expect(await find(kandi)).toBeNull();
      const { data } = await client.ask('query ($search: String) { users(search: $search) { totalCount } }', {
        token: admin,
        variables: { search: kandi.username },
      });
      expect(data.users.totalCount).toBe(0);
      // The second deletion reports that there was no account.
      expect(await remove(kandi)).toEqual({ removed: false, faults: [], refusal: undefined });
    });

    it('leaves no row in a table that refers to accounts but its sessions, which end with it', async () => {
      const { username, password } = kandi;
      const tables = (await gatehouse.sql(
        `select distinct conrelid::regclass::text as name from pg_constraint
          where contype = 'f' and confrelid = 'users'::regclass
        union select table_name from information_schema.columns
          where table_schema = 'public' and column_name in ('user_id', 'username', 'email') and table_name <> 'users'`,
      )) as { name: string }[];
      const id = `(select id from users where username = '${username}')`;
      const counts = async () =>
        Object.fromEntries(
          await Promise.all(
            tables.map(async ({ name }) => {
              const [row] = await gatehouse.sql(`select count(*)::int as count from ${name} where user_id = ${id}`);
              return [name, row!['count']] as const;
            }),
          ),
        );
      await client.login(username, password);
      // From another device, which is mailed.
      await client.tryLogin(username, password, { 'user-agent': 'another' });
      await enrolTotp(gatehouse, kandi);
      await client.tryLogin(username, password);
      await gatehouse.sql(
        `insert into passkeys values (gen_random_uuid(), ${id}, '\\x01', '\\x02', 0, '', 'singleDevice', false, 'key', now());
         insert into passkey_handles values (${id}, decode(repeat('00', 64), 'hex'))`,
      );
      // A new table fails here until this test fills it, and below until `deleteUser` empties it.
      for (const [table, count] of Object.entries(await counts())) expect([table, count]).not.toEqual([table, 0]);
      await remove(kandi);
      const { sessions, ...others } = await counts();
      expect(sessions).toBe(2);
      expect(Object.values(others).every((count) => count === 0)).toBe(true);
    });

    it('keeps its name reserved, and leaves no other data', async () => {
      // Includes every column that an account can have, also future ones.
      const columns = (await gatehouse.sql(
        `select column_name as name, data_type as type from information_schema.columns
          where table_schema = 'public' and table_name = 'users' and is_nullable = 'YES' and column_name <> 'deleted_at'`,
      )) as { name: string; type: string }[];
      const filled = columns.map(({ name, type }) => `${name} = coalesce(${name}, ${VALUES[type]!})`).join(', ');
      await gatehouse.sql(`update users set ${filled} where username = '${kandi.username}'`);
      await remove(kandi);
      const [{ row }] = (await gatehouse.sql(
        `select row_to_json(users) as row from users where username = '${kandi.username}'`,
      )) as [{ row: Record<string, unknown> }];
      const left = Object.keys(row).filter((name) => row[name] !== null);
      expect(left.sort()).toEqual(
        ['created_at', 'deleted_at', 'device_epoch', 'disabled', 'id', 'role', 'second_factor', 'username'].sort(),
      );
      const create = (username: string) =>
        client.ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
          token: admin,
          variables: { input: { username, email: emailOf(kandi), password: 'a long enough password' } },
        });
      expect((await create(kandi.username)).faults).toEqual(['username TAKEN']);
      expect((await create(`${kandi.username}.2`)).refusal).toBeUndefined();
      expect(await eventsOf(kandi, 'user.deleted')).toMatchObject([{ actor: 'admin' }]);
    });

    it('is not changed any more', async () => {
      await remove(kandi);
      expect(await updateByAdmin({ fullName: 'Nobody' })).toMatchObject({ faults: ['username NOT_FOUND'] });
    });

    it("is never the requester's own: another admin can delete it", async () => {
      for (const username of ['admin', 'ADMIN']) {
        expect(await remove({ username })).toMatchObject({
          refusal: 'BAD_USER_INPUT',
          faults: ['username OWN_ACCOUNT'],
        });
      }
      expect((await client.me(admin)).data?.me.username).toBe('admin');
    });

    it('may be an admin, while there is another', async () => {
      await makeAdmin(kandi);
      expect(await remove(kandi)).toMatchObject({ removed: true });
    });

    it('is never the last admin, in whatever order the requests come', async () => {
      const other = await createUser(gatehouse);
      await Promise.all([makeAdmin(kandi), makeAdmin(other)]);
      const [one, two] = [await tokenOf(kandi), await tokenOf(other)];
      await gatehouse.sql("update users set disabled = true where username = 'admin'");
      try {
        const outcomes = await Promise.all([remove(other, one), remove(kandi, two)]);
        expect(outcomes.filter(({ removed }) => removed === true)).toHaveLength(1);
        // A request that is too late to delete, or too late to be allowed.
        expect(outcomes.map(({ refusal }) => refusal ?? 'ok')).toContainEqual(
          expect.stringMatching(/^(CONFLICT|UNAUTHENTICATED\/(REVOKED|INVALID))$/),
        );
        const admins = await gatehouse.sql(
          "select username from users where role = 'admin' and not disabled and deleted_at is null",
        );
        expect(admins).toHaveLength(1);
      } finally {
        await gatehouse.sql("update users set disabled = false where username = 'admin'");
      }
    });
  });
});
