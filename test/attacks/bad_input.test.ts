import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AskOptions, GraphqlAnswer } from '../support/http_client.ts';
import { expectClosed } from '../support/error_table.ts';
import { describeOnStores, type Instance, startInstance } from '../support/instance.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { describeOnRoutes } from '../support/both_routes.ts';

const NUL = '\0';
const LONE = '\ud800';
const HUGE = 'x'.repeat(1_048_576);
const LONG = 'x'.repeat(90_000);

const CREATE = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { username email fullName role } }';
const REGISTER = 'mutation ($input: RegisterInput!) { register(input: $input) { username } }';
const LOGIN =
  'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { tokenType } }';
const CHANGE =
  'mutation ($current: String!, $next: String!) { changePassword(currentPassword: $current, newPassword: $next) }';
const RESET =
  'mutation ($username: String!, $password: String!) { setUserPassword(username: $username, newPassword: $password) { id } }';
const ROLE = 'mutation ($username: String!, $role: String!) { setUserRole(username: $username, role: $role) { role } }';
const DISABLE = 'mutation ($username: String!) { setUserDisabled(username: $username, disabled: true) { disabled } }';
const UPDATE =
  'mutation ($username: String!, $input: UpdateUserInput!) { updateUser(username: $username, input: $input) { id } }';
const CHANGE_EMAIL = 'mutation ($email: String!) { changeEmail(email: $email) }';
const UPDATE_ME = 'mutation ($input: UpdateMeInput!) { updateMe(input: $input) { id } }';
const USERS =
  'query ($first: Int, $after: String, $search: String) { users(first: $first, after: $after, search: $search) { totalCount edges { node { username } } pageInfo { hasNextPage } } }';

let gatehouse: Instance;
let token: string;
beforeAll(async () => {
  gatehouse = await startInstance({ env: { REGISTRATION: 'open', LOGIN_LIMIT_PER_IP: '10000' } });
  token = await adminToken(gatehouse);
});
afterAll(() => gatehouse.close());
const place = { get: () => gatehouse, set: (instance: Instance) => (gatehouse = instance) };

// The server runs on, whatever it received.
afterEach(async () => {
  expect(await gatehouse.client.ask('{ __typename }')).toMatchObject({ status: 200, data: { __typename: 'Query' } });
});

/** Asks as an admin by default. Checks that the errors are in the closed table. */
async function ask(
  query: string,
  variables: Record<string, unknown> = {},
  options: AskOptions = { token },
): Promise<GraphqlAnswer> {
  const answer = await gatehouse.client.ask(query, { ...options, variables });
  expectClosed(answer.errors);
  return answer;
}

/** Returns the code of the refusal with the fields and their codes, or with the message; `ok` without a refusal. */
async function outcome(...asked: Parameters<typeof ask>): Promise<string> {
  return describeRefusal(await ask(...asked));
}

function describeRefusal({ errors, refusal, faults }: GraphqlAnswer): string {
  if (!errors) return 'ok';
  return [refusal, ...(faults.length > 0 ? faults : [errors[0]!.message])].join(' ');
}

const signedIn = async ({ username, password }: Person) => ({
  token: (await gatehouse.client.login(username, password)).accessToken,
});
/** Returns the outcome of the query `user`. */
async function found(username: string): Promise<string> {
  const { data, errors } = await ask('query ($username: String!) { user(username: $username) { id } }', { username });
  return errors ? errors[0]!.message : data.user ? 'somebody' : 'nobody';
}
const unique = () => `fresh.${randomBytes(6).toString('hex')}`;
function newAccount(fields: Record<string, unknown> = {}) {
  const username = unique();
  return { username, email: `${username}@example.com`, password: `a password of ${username}`, ...fields };
}

describe('text that is not a name or a password', () => {
  const INCORRECT = 'UNAUTHENTICATED Incorrect username or password';
  const NAME = 'BAD_USER_INPUT username ';
  const PASSWORD = 'BAD_USER_INPUT password ';
  const EMAIL = 'BAD_USER_INPUT email ';
  const NO_USER = 'BAD_USER_INPUT username NOT_FOUND';
  const SEARCH = 'BAD_USER_INPUT search ';
  const FULL_NAME = 'BAD_USER_INPUT fullName ';

  let kandi: Person;
  beforeEach(async () => {
    kandi = await createUser(gatehouse);
  });

  /** The place of the text, and the beginning of the outcome. An empty text may have another meaning. */
  const places: [string, (text: string) => Promise<string>, string, string?][] = [
    ['login, username', (username) => outcome(LOGIN, { username, password: 'any' }), INCORRECT],
    ['login, password', async (password) => outcome(LOGIN, { ...(await createUser(gatehouse)), password }), INCORRECT],
    ['createUser, username', (username) => outcome(CREATE, { input: newAccount({ username }) }), NAME],
    ['createUser, password', (password) => outcome(CREATE, { input: newAccount({ password }) }), PASSWORD],
    ['createUser, email', (email) => outcome(CREATE, { input: newAccount({ email }) }), EMAIL],
    ['createUser, fullName', (fullName) => outcome(CREATE, { input: newAccount({ fullName }) }), FULL_NAME, 'ok'],
    ['createUser, role', (role) => outcome(CREATE, { input: newAccount({ role }) }), 'BAD_USER_INPUT role UNKNOWN'],
    ['register, username', (username) => outcome(REGISTER, { input: newAccount({ username }) }, {}), NAME],
    ['register, password', (password) => outcome(REGISTER, { input: newAccount({ password }) }, {}), PASSWORD],
    ['register, email', (email) => outcome(REGISTER, { input: newAccount({ email }) }, {}), EMAIL],
    ['register, fullName', (fullName) => outcome(REGISTER, { input: newAccount({ fullName }) }, {}), FULL_NAME, 'ok'],
    [
      'changePassword, current',
      async (current) =>
        outcome(CHANGE, { current, next: 'quite another one' }, await signedIn(await createUser(gatehouse))),
      'BAD_USER_INPUT currentPassword WRONG',
    ],
    [
      'changePassword, new',
      async (next) => outcome(CHANGE, { current: kandi.password, next }, await signedIn(kandi)),
      'BAD_USER_INPUT newPassword ',
    ],
    ['setUserPassword, username', (username) => outcome(RESET, { username, password: 'quite another one' }), NO_USER],
    [
      'setUserPassword, new',
      (password) => outcome(RESET, { username: kandi.username, password }),
      'BAD_USER_INPUT newPassword ',
    ],
    ['setUserRole, username', (username) => outcome(ROLE, { username, role: 'user' }), NO_USER],
    ['setUserRole, role', (role) => outcome(ROLE, { username: kandi.username, role }), 'BAD_USER_INPUT role UNKNOWN'],
    ['setUserDisabled', (username) => outcome(DISABLE, { username }), NO_USER],
    ['updateUser, username', (username) => outcome(UPDATE, { username, input: { fullName: 'Kandi' } }), NO_USER],
    ['updateUser, email', (email) => outcome(UPDATE, { username: kandi.username, input: { email } }), EMAIL],
    [
      'updateUser, fullName',
      (fullName) => outcome(UPDATE, { username: kandi.username, input: { fullName } }),
      FULL_NAME,
      'ok',
    ],
    ['changeEmail', async (email) => outcome(CHANGE_EMAIL, { email }, await signedIn(kandi)), EMAIL],
    [
      'updateMe, fullName',
      async (fullName) => outcome(UPDATE_ME, { input: { fullName } }, await signedIn(kandi)),
      FULL_NAME,
      'ok',
    ],
    [
      'deleteUser',
      (username) => outcome('mutation ($username: String!) { deleteUser(username: $username) }', { username }),
      'ok',
    ],
    [
      'retireSigningKey',
      (kid) => outcome('mutation ($kid: ID!) { retireSigningKey(kid: $kid) { kid } }', { kid }),
      'BAD_USER_INPUT kid NOT_FOUND',
    ],
    [
      'revokeUserSessions',
      (username) => outcome('mutation ($username: String!) { revokeUserSessions(username: $username) }', { username }),
      NO_USER,
    ],
    [
      'unlockUser',
      (username) => outcome('mutation ($username: String!) { unlockUser(username: $username) { id } }', { username }),
      NO_USER,
    ],
    ['user', (username) => found(username), 'nobody'],
    [
      'users, role',
      (role) => outcome('query ($role: String) { users(role: $role) { totalCount } }', { role }),
      'BAD_USER_INPUT role UNKNOWN',
    ],
    ['users, search', (search) => outcome(USERS, { search }), SEARCH, 'ok'],
    ['users, after', (after) => outcome(USERS, { after }), 'BAD_USER_INPUT after MALFORMED'],
    [
      'refresh',
      (refreshToken) =>
        outcome('mutation ($refreshToken: String) { refresh(refreshToken: $refreshToken) { tokenType } }', {
          refreshToken,
        }),
      'UNAUTHENTICATED Invalid or expired refresh token',
    ],
    [
      'logout',
      (refreshToken) =>
        outcome('mutation ($refreshToken: String) { logout(refreshToken: $refreshToken) }', { refreshToken }, {}),
      'ok',
    ],
  ];

  it.each(places)('%s', async (_name, put, refusal, ofEmpty = refusal) => {
    expect(await put('')).toMatch(startOf(ofEmpty));
    for (const text of [NUL, `kandi${NUL}`, LONE, `kan${LONE}di`, LONG])
      expect(await put(text)).toMatch(startOf(refusal));
    expect(await put(HUGE)).toMatch(/^(PAYLOAD_TOO_LARGE )?Request too large$/);
  });

  it('at /token', async () => {
    const { username, password } = kandi;
    const missing = { status: 400, body: { error: 'invalid_request' } };
    const incorrect = {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Incorrect username or password' },
    };
    for (const [fields, answer] of [
      [{ username: '', password }, missing],
      [{ username, password: '' }, missing],
      [{ username: NUL, password }, incorrect],
      [{ username, password: NUL }, incorrect],
      [{ username: LONG, password }, incorrect],
      [{ username, password: LONG }, incorrect],
      [
        { username: HUGE, password },
        { status: 413, body: { error: 'invalid_request' } },
      ],
      // A lone surrogate in an invalid form of UTF-8.
      [
        'username=%ed%a0%80&password=x',
        { status: 400, body: { error: expect.stringMatching(/^invalid_(request|grant)$/) } },
      ],
    ] as const) {
      expect(await gatehouse.client.form('/token', fields)).toMatchObject(answer);
    }
  });
});

const startOf = (text: string) => new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`);

describeOnRoutes('arguments', place, () => {
  const INVALID = 'GRAPHQL_VALIDATION_FAILED';
  const BAD = 'BAD_USER_INPUT';
  const variable = (type: string, value: unknown, argument = 'first') =>
    [`query ($v: ${type}) { users(${argument}: $v) { totalCount } }`, { v: value }] as const;

  it.each<[string, string, Record<string, unknown> | undefined, string]>([
    ['unknown', '{ users(last: 1) { totalCount } }', undefined, INVALID],
    [
      'unknown in an input',
      'mutation { register(input: { username: "abc", isAdmin: true }) { id } }',
      undefined,
      INVALID,
    ],
    ['missing', 'mutation { setUserRole(username: "abc") { id } }', undefined, INVALID],
    ['twice', '{ users(first: 1, first: 2) { totalCount } }', undefined, INVALID],
    ['text for a number', '{ users(first: "1") { totalCount } }', undefined, INVALID],
    ['a fraction for a number', '{ users(first: 1.5) { totalCount } }', undefined, INVALID],
    ['more than 32 bits', '{ users(first: 2147483648) { totalCount } }', undefined, INVALID],
    ['a number for text', '{ users(search: 1) { totalCount } }', undefined, INVALID],
    ['a list for text', '{ user(username: ["admin"]) { id } }', undefined, INVALID],
    ['null for a name', '{ user(username: null) { id } }', undefined, INVALID],
    [
      'text for a choice',
      'mutation { login(username: "a", password: "b", delivery: "BODY") { tokenType } }',
      undefined,
      INVALID,
    ],
    [
      'text for yes or no',
      'mutation { setUserDisabled(username: "admin", disabled: "true") { id } }',
      undefined,
      INVALID,
    ],
    ['a variable of another type', ...variable('String', '1'), INVALID],
    ['a variable nobody declared', '{ users(first: $v) { totalCount } }', { v: 1 }, INVALID],
    ['by variable: text for a number', ...variable('Int', '1'), BAD],
    ['by variable: more than 32 bits', ...variable('Int', 2 ** 31), BAD],
    ['by variable: less than 32 bits', ...variable('Int', -(2 ** 31) - 1), BAD],
    ['by variable: a list for a number', ...variable('Int', [1]), BAD],
    ['by variable: true for a number', ...variable('Int', true), BAD],
    ['by variable: a number for text', ...variable('String', 1, 'search'), BAD],
    ['by variable: an object for text', ...variable('String', { $ilike: '%' }, 'search'), BAD],
    ['by variable: nothing for a name', 'query ($v: String!) { user(username: $v) { id } }', {}, BAD],
    ['by variable: null for a name', 'query ($v: String!) { user(username: $v) { id } }', { v: null }, BAD],
    ['by variable: an object for a name', LOGIN, { username: { $ne: null }, password: 'x' }, BAD],
    ['by variable: a list for a password', LOGIN, { username: 'admin', password: ['x'] }, BAD],
    ['by variable: an unknown key', CREATE, { input: newAccount({ disabled: false }) }, BAD],
    ['by variable: a missing key', CREATE, { input: newAccount({ email: undefined }) }, BAD],
    ['by variable: a list for an input', CREATE, { input: ['x'] }, BAD],
  ])('are refused before anything runs if their form is wrong: %s', async (_name, query, variables, code) => {
    const { status, data, errors } = await ask(query, variables);
    expect({ status, data, code: errors?.[0]?.extensions.code }).toEqual({ status: 400, data: undefined, code });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['first 0', { first: 0 }, 'BAD_USER_INPUT first OUT_OF_RANGE'],
    ['first 101', { first: 101 }, 'BAD_USER_INPUT first OUT_OF_RANGE'],
    ['first -1', { first: -1 }, 'BAD_USER_INPUT first OUT_OF_RANGE'],
    ['first 2^31 - 1', { first: 2 ** 31 - 1 }, 'BAD_USER_INPUT first OUT_OF_RANGE'],
    ['first 1', { first: 1 }, 'ok'],
    ['first 100', { first: 100 }, 'ok'],
    ['first null', { first: null }, 'ok'],
    [
      'a cursor of another list',
      { after: Buffer.from('{"offset":50}').toString('base64url') },
      'BAD_USER_INPUT after MALFORMED',
    ],
    [
      'a cursor with SQL in it',
      { after: Buffer.from("a' or '1'='1").toString('base64url') },
      'BAD_USER_INPUT after MALFORMED',
    ],
    ['a cursor that is no base64', { after: '%%%' }, 'BAD_USER_INPUT after MALFORMED'],
    ['a cursor in capitals', { after: Buffer.from('ADMIN').toString('base64url') }, 'BAD_USER_INPUT after MALFORMED'],
    ['a name for a cursor', { after: Buffer.from('admin').toString('base64url') }, 'BAD_USER_INPUT after MALFORMED'],
    [
      'a cursor of somebody who is not there',
      { after: Buffer.from('["USERNAME",false,"nobody","nobody"]').toString('base64url') },
      'ok',
    ],
    ['null for all', { first: null, after: null, search: null }, 'ok'],
    ['254 characters to search', { search: 'x'.repeat(254) }, 'ok'],
    ['255 characters to search', { search: 'x'.repeat(255) }, 'BAD_USER_INPUT search TOO_LONG'],
  ])('are checked in queries for users: %s', async (_name, variables, answer) => {
    expect(await outcome(USERS, variables)).toMatch(startOf(answer));
  });
});

describeOnStores('searching', (stores) => {
  let server: Instance;
  beforeAll(async () => {
    server = await startInstance({ stores });
    for (const fullName of ['100% Kandi', 'under_score', 'back\\slash', "o'Brian", 'Ünïcode ß', 'plain']) {
      await createUser(server, { fullName });
    }
  });
  afterAll(() => server.close());

  it.each([
    ['%', ['100% Kandi']],
    ['0%', ['100% Kandi']],
    ['_', ['under_score']],
    ['under_', ['under_score']],
    ['under%', []],
    ['pl_in', []],
    ['\\', ['back\\slash']],
    ['\\\\', []],
    ['\\%', []],
    ["'", ["o'Brian"]],
    ["' or '1'='1", []],
    ["'; drop table users; --", []],
    ['$1', []],
    ['?', []],
    [':name', []],
    ['ünïCODE', ['Ünïcode ß']],
    ['PLAIN', ['plain']],
  ])('takes %j for itself', async (search, names) => {
    const query = 'query ($search: String) { users(search: $search) { totalCount edges { node { fullName } } } }';
    const { data, errors } = await server.client.ask(query, { token: await adminToken(server), variables: { search } });
    expect(errors).toBeUndefined();
    expect(data.users.edges.map((edge: { node: { fullName: string } }) => edge.node.fullName)).toEqual(names);
    expect(data.users.totalCount).toBe(names.length);
  });
});

describe('a new account', () => {
  const TAKEN_NAME = 'CONFLICT username TAKEN';
  const TAKEN_EMAIL = 'CONFLICT email TAKEN';
  const doors: [string, string, string, AskOptions?][] = [
    ['createUser', CREATE, TAKEN_EMAIL],
    ['register', REGISTER, 'ok', {}],
  ];

  describe.each(doors)('by %s', (_door, document, takenEmail, options) => {
    const create = (fields: Record<string, unknown>) => outcome(document, { input: newAccount(fields) }, options);

    it('has a name and an address that are unique in any case', async () => {
      const { username, email } = newAccount();
      expect(await create({ username, email })).toBe('ok');
      expect(await create({ username: username.toUpperCase() })).toBe(TAKEN_NAME);
      expect(await create({ username })).toBe(TAKEN_NAME);
      // `register` does not tell that an address is taken; the mail does.
      expect(await create({ email: email.toUpperCase() })).toBe(takenEmail);
      expect(await create({ email: email.replace('fresh', 'Fresh') })).toBe(takenEmail);
    });

    it('is created once by many simultaneous requests', async () => {
      const { username } = newAccount();
      const answers = await Promise.all(Array.from({ length: 8 }, () => create({ username })));
      expect(answers.toSorted()).toEqual([...Array(7).fill(TAKEN_NAME), 'ok']);
    });

    it.each(['name of 3 characters', 'name of 64 characters'])('may have a %s', async (which) => {
      const length = Number(/\d+/.exec(which));
      expect(await create({ username: randomBytes(32).toString('hex').slice(0, length) })).toBe('ok');
    });

    it('may have a name of all allowed characters', async () => {
      expect(await create({ username: `${unique()}._-0` })).toBe('ok');
    });

    it('may have an address of 254 characters, and a full name of 200', async () => {
      const longest = (length: number) => unique().padEnd(length - '@example.com'.length, 'x') + '@example.com';
      expect(await create({ email: longest(254) })).toBe('ok');
      expect(await create({ email: longest(255) })).toBe('BAD_USER_INPUT email TOO_LONG');
      expect(await create({ fullName: 'x'.repeat(200) })).toBe('ok');
      // Blanks around a name do not belong to it.
      expect(await create({ fullName: ` ${'x'.repeat(200)} ` })).toBe('ok');
      expect(await create({ fullName: 'x'.repeat(201) })).toBe('BAD_USER_INPUT fullName TOO_LONG');
    });

    it.each([
      ['ab'],
      ['x'.repeat(65)],
      ['kandi '],
      [' kandi'],
      ['kan di'],
      ['kan+di'],
      ['kan/di'],
      ['kan:di'],
      ['kan@di'],
      ['kan[di'],
      ['kan`di'],
      ['kan{di'],
      ['kan,di'],
      ["kan'di"],
      ['kandi\n'],
      ['kandi/../admin'],
      ['kandi@example.com'],
      ["kandi'--"],
      // Names that look like another name, or become one in some case: Cyrillic, full width, Kelvin, long s, dotless i.
      ['\u0430dmin'],
      ['\uff41dmin'],
      ['mar\u212a'],
      ['\u017fara'],
      ['adm\u0131n'],
      ['adm\u0130n'],
      ['admin\u200b'],
      ['admi\u0301n'],
      ['\u202enimda'],
    ])('does not have the name %j', async (username) => {
      expect(await create({ username })).toMatch(/^BAD_USER_INPUT username (TOO_SHORT|TOO_LONG|INVALID_CHARACTERS)$/);
    });

    it.each([
      ['kandi'],
      ['@example.com'],
      ['kandi@'],
      ['kandi@example'],
      ['kandi@@example.com'],
      ['kandi@exam ple.com'],
      ['kandi@example.com '],
      ['kandi@example.com\r\nBcc: all@example.com'],
      ['"Kandi" <kandi@example.com>'],
      ['kandi@example..com'],
      ['kandi@-example.com'],
      [`${'x'.repeat(250)}@example.com`],
      [`kandi@${'a.'.repeat(40_000)}com`],
      [`${'a.'.repeat(40_000)}@`],
    ])('does not have the address %#', async (email) => {
      const started = performance.now();
      expect(await create({ email })).toMatch(/^BAD_USER_INPUT email (MALFORMED|TOO_LONG)$/);
      // No regular expression is slow for it.
      expect(performance.now() - started).toBeLessThan(2_000);
    });

    it.each([
      ['too short', () => 'eleven char', 'TOO_SHORT'],
      ['short once it is normalised', () => 'e\u0301'.repeat(11), 'TOO_SHORT'],
      ['too long', () => 'x'.repeat(129), 'TOO_LONG'],
      ['too long once it is normalised', () => '\ufdfa'.repeat(8), 'TOO_LONG'],
      ['common', () => 'password1234', 'COMMON'],
      ['common in capitals', () => 'PASSWORD1234', 'COMMON'],
      ['common in full width', () => 'password１２３４', 'COMMON'],
      ['the name', (name: string) => name, 'EQUALS_NAME'],
      ['the name in capitals', (name: string) => name.toUpperCase(), 'EQUALS_NAME'],
      ['the address', (name: string) => `${name}@example.com`, 'EQUALS_NAME'],
    ])('does not have a password that is %s', async (_name, passwordOf, fault) => {
      const { username } = newAccount();
      const input = { username, email: `${username}@example.com`, password: passwordOf(username) };
      expect(await outcome(document, { input }, options)).toBe(`BAD_USER_INPUT password ${fault}`);
    });

    it('may have any other password', async () => {
      expect(await create({ password: '\u{1f600}'.repeat(12) })).toBe('ok');
      expect(await create({ password: 'x y'.repeat(42) })).toBe('ok');
      expect(await create({ password: "'; drop table users; --" })).toBe('ok');
    });

    it('has every fault in one refusal', async () => {
      expect(await create({ username: 'x', email: 'y' })).toBe('BAD_USER_INPUT username TOO_SHORT email MALFORMED');
    });
  });

  it('has an existing role', async () => {
    for (const role of ['root', 'Admin', '', 'constructor', '__proto__', 'toString']) {
      expect(await outcome(CREATE, { input: newAccount({ role }) })).toBe('BAD_USER_INPUT role UNKNOWN');
    }
    const { data } = await ask(CREATE, { input: newAccount({ role: null }) });
    expect(data.createUser.role).toBe('user');
  });

  it('does not get a role by registering', async () => {
    const { status, data } = await ask(REGISTER, { input: newAccount({ role: 'admin' }) }, {});
    expect({ status, data }).toEqual({ status: 400, data: undefined });
  });
});

describe('another password', () => {
  it.each([
    ['setUserPassword', async ({ username }: Person, password: string) => outcome(RESET, { username, password })],
    [
      'changePassword',
      async ({ username, password: current }: Person, next: string) =>
        outcome(CHANGE, { current, next }, await signedIn({ username, password: current })),
    ],
  ] as const)('keeps the same rules: %s', async (_door, change) => {
    const person = await createUser(gatehouse);
    const { username, password } = person;
    for (const [bad, fault] of [
      ['eleven char', 'TOO_SHORT'],
      ['x'.repeat(129), 'TOO_LONG'],
      ['password1234', 'COMMON'],
      [username.toUpperCase(), 'EQUALS_NAME'],
      [`${username}@example.com`, 'EQUALS_NAME'],
    ] as const) {
      expect(await change(person, bad)).toBe(`BAD_USER_INPUT newPassword ${fault}`);
    }
    expect((await gatehouse.client.tryLogin(username, password)).refusal).toBeUndefined();
    expect(await change(person, 'a password that will do')).toBe('ok');
    expect((await gatehouse.client.tryLogin(username, password)).refusal).toBe('UNAUTHENTICATED');
  });
});

describeOnStores('the last active admin', (stores) => {
  const LAST = 'CONFLICT username LAST_ADMIN';
  const change = {
    demote: (username: string) => [ROLE, { username, role: 'user' }] as const,
    disable: (username: string) => [DISABLE, { username }] as const,
  };
  let server: Instance;
  beforeAll(async () => {
    server = await startInstance({ stores, env: { LOGIN_LIMIT_PER_IP: '10000' } });
  });
  afterAll(() => server.close());

  const by = async (token: string, [query, variables]: readonly [string, Record<string, unknown>]) => {
    const answer = await server.client.ask(query, { token, variables });
    expectClosed(answer.errors);
    return describeRefusal(answer);
  };

  it.each(Object.entries(change))('does not %s themselves', async (_name, of) => {
    const token = await adminToken(server);
    expect(await by(token, of('admin'))).toBe(LAST);
    expect(await by(token, of('ADMIN'))).toBe(LAST);
    // A disabled admin is not active.
    const idle = await createUser(server, { role: 'admin' });
    expect(await by(token, change.disable(idle.username))).toBe('ok');
    expect(await by(token, of('admin'))).toBe(LAST);
    expect(await by(token, ['{ adminDashboard { message } }', {}])).toBe('ok');
  });

  it.each([
    ['demote', 'demote'],
    ['disable', 'disable'],
    ['demote', 'disable'],
  ] as const)('remains if two %s and %s each other at once', async (mine, theirs) => {
    const other = await createUser(server, { role: 'admin' });
    const { accessToken } = await server.client.login(other.username, other.password);
    const outcomes = await Promise.all([
      by(await adminToken(server), change[mine](other.username)),
      by(accessToken, change[theirs]('admin')),
    ]);
    // The later request finds the last admin, or a requester who is not an admin any more.
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1);
    expect(outcomes.find((outcome) => outcome !== 'ok')).toMatch(/^(CONFLICT|FORBIDDEN|INACTIVE_USER) /);
    if (outcomes[1] !== 'ok') return;
    // Restores the tests' admin, who lost.
    expect(await by(accessToken, [DISABLE.replace('true', 'false'), { username: 'admin' }])).toBe('ok');
    expect(await by(accessToken, [ROLE, { username: 'admin', role: 'admin' }])).toBe('ok');
    expect(await by(await adminToken(server), change.demote(other.username))).toBe('ok');
  });
});

describeOnRoutes('anything at all', place, () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
    fc.constantFrom('admin', '', NUL, LONE, '%', "'", '__proto__', 'user', 'YWRtaW4'),
  );
  const value = fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: fc.jsonValue() });
  const names = ['username', 'password', 'email', 'fullName', 'role', 'current', 'next', 'first', 'after', 'search'];
  const fields = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
  const variables = fc.tuple(fields, fc.oneof(fields, value)).map(([given, input]) => ({ ...given, input }));
  const documents = [CREATE, REGISTER, LOGIN, CHANGE, RESET, ROLE, USERS];
  const words = documents.join(' ').split(/\b/);
  const marks = [
    '{',
    '}',
    '...',
    '@include(if: $first)',
    'fragment',
    'on',
    '__schema',
    '__type',
    '"\\ud800"',
    '"""',
    '#',
  ];

  it.each([
    ['as variables', fc.tuple(fc.constantFrom(...documents), variables)],
    [
      'as a document',
      fc.tuple(fc.array(fc.oneof(fc.constantFrom(...words, ...marks), text)).map((parts) => parts.join(' '))),
    ],
  ] as [string, fc.Arbitrary<[string, Record<string, unknown>?]>][])(
    'has a response from the closed table: %s',
    async (_name, asked) => {
      const anybody = fc.boolean().map((asAdmin) => (asAdmin ? { token } : {}));
      await fc.assert(
        fc.asyncProperty(asked, anybody, async ([document, given], options) => {
          expect((await ask(document, given, options)).status).toBeLessThan(500);
        }),
        { numRuns: 300 },
      );
    },
  );
});
