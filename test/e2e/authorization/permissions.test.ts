import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getNamedType, type GraphQLObjectType, isCompositeType } from 'graphql';
import { LogoutDocument, SetUserDisabledDocument } from '../../../schema/documents.ts';
import { permissions } from '../../../src/graphql/rules/permissions.ts';
import type { Access } from '../../../src/graphql/rules/rules.ts';
import { buildShieldedSchema } from '../../../src/graphql/schema/schema.ts';
import { expectCommitted } from '../../support/expect_committed.ts';
import type { UseCases } from '../../../src/application/use_cases.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { type Enrolled, enrolTotp } from '../../support/second_factor.ts';

const ROUTER_SECRET = 'the-secret-of-the-router-of-the-tests';

/** The callers whom the account and its scopes distinguish. */
const STANDINGS = [
  'anonymous',
  'router',
  'expired',
  'revoked',
  'inactive',
  'wrong role',
  'wrong scope',
  'right role',
] as const;
type Standing = (typeof STANDINGS)[number];

/** Callers with the right role whom the authentication distinguishes. */
const ASSURED = ['stale', 'one factor of two', 'two factors'] as const;
type Assured = (typeof ASSURED)[number];

const CALLERS = [...STANDINGS, ...ASSURED] as const;
type Caller = (typeof CALLERS)[number];

const isAssured = (caller: Caller): caller is Assured => (ASSURED as readonly string[]).includes(caller);

/** The meaning of a rule without its words of assurance. A rule without an entry has the meaning of its first word. */
const MEANING: Record<string, Record<Standing, string>> = {
  public: meaning('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'),
  registration: meaning('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'),
  'password reset': meaning('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'),
  authenticated: meaning('MISSING', 'MISSING', 'EXPIRED', 'REVOKED', 'ok', 'ok', 'FORBIDDEN', 'ok'),
  'active, account': meaning('MISSING', 'MISSING', 'EXPIRED', 'REVOKED', 'INACTIVE_USER', 'ok', 'FORBIDDEN', 'ok'),
  active: meaning('MISSING', 'MISSING', 'EXPIRED', 'REVOKED', 'INACTIVE_USER', 'FORBIDDEN', 'FORBIDDEN', 'ok'),
  enrolling: meaning('MISSING', 'MISSING', 'EXPIRED', 'REVOKED', 'INACTIVE_USER', 'ok', 'FORBIDDEN', 'ok'),
  'own or users:write': meaning('MISSING', 'MISSING', 'EXPIRED', 'REVOKED', 'INACTIVE_USER', 'ok', 'FORBIDDEN', 'ok'),
  'self or users:read': meaning(
    'MISSING',
    'MISSING',
    'EXPIRED',
    'REVOKED',
    'INACTIVE_USER',
    'FORBIDDEN',
    'FORBIDDEN',
    'ok',
  ),
  router: meaning('FORBIDDEN', 'ok', ...Array<string>(6).fill('FORBIDDEN')),
};

/** The path to a field from the root. `User` of another account comes from `register`, which has no rule itself. */
const PATHS: Record<string, (field: string) => string> = {
  Query: (field) => `Query.${field}`,
  Mutation: (field) => `Mutation.${field}`,
  TokenPayload: (field) => `Mutation.login TokenPayload.${field}`,
  User: (field) => `Mutation.register User.${field}`,
  PasswordResetLink: (field) => `Mutation.sendPasswordReset PasswordResetLink.${field}`,
  Invitation: (field) => `Mutation.inviteUser Invitation.${field}`,
  Session: (field) => `Mutation.register User.sessions Session.${field}`,
  Factors: (field) => `Mutation.register User.factors Factors.${field}`,
  Passkey: (field) => `Mutation.register User.factors Factors.passkeys Passkey.${field}`,
  PasskeyOptions: (field) => `Mutation.startPasskeyLogin PasskeyOptions.${field}`,
  TotpEnrolment: (field) => `Mutation.startTotp TotpEnrolment.${field}`,
  ProtectedData: (field) => `Query.protectedData ProtectedData.${field}`,
  AdminDashboard: (field) => `Query.adminDashboard AdminDashboard.${field}`,
  UserConnection: (field) => `Query.users UserConnection.${field}`,
  UserEdge: (field) => `Query.users UserConnection.edges UserEdge.${field}`,
  AuditEventConnection: (field) => `Query.auditEvents AuditEventConnection.${field}`,
  AuditEventEdge: (field) => `Query.auditEvents AuditEventConnection.edges AuditEventEdge.${field}`,
  AuditEvent: (field) => `Query.auditEvents AuditEventConnection.edges AuditEventEdge.node AuditEvent.${field}`,
  AuditDetail: (field) =>
    `Query.auditEvents AuditEventConnection.edges AuditEventEdge.node AuditEvent.detail AuditDetail.${field}`,
  PageInfo: (field) => `Query.users UserConnection.pageInfo PageInfo.${field}`,
  SignInActivity: (field) => `Query.signInActivity SignInActivity.${field}`,
  AccountRole: (field) => `Query.accountRoles AccountRole.${field}`,
  SigningKey: (field) => `Query.signingKeys SigningKey.${field}`,
  MailConnection: (field) => `Query.mails MailConnection.${field}`,
  MailEdge: (field) => `Query.mails MailConnection.edges MailEdge.${field}`,
  Mail: (field) => `Query.mails MailConnection.edges MailEdge.node Mail.${field}`,
  Supergraph: (field) => `Query.supergraph Supergraph.${field}`,
  Subgraph: (field) => `Query.supergraph Supergraph.subgraphs Subgraph.${field}`,
  Gatehouse: (field) => `Query.gatehouse Gatehouse.${field}`,
  Client: (field) => `Mutation.createClient CreatedClient.client Client.${field}`,
  CreatedClient: (field) => `Mutation.createClient CreatedClient.${field}`,
  _Service: (field) => `Query._service _Service.${field}`,
};

const rows = Object.entries(permissions).flatMap(([type, fields]) =>
  Object.keys(fields).map((field) => ({ type, field, path: PATHS[type]!(field).split(' ') })),
);

describe('the permission matrix', () => {
  const cells = new Map<string, string>();
  let now = Date.now();
  let gatehouse: Instance;
  let people: Record<'user' | 'idle' | 'target', Person>;
  let boss: TwoFactors | undefined;
  let expired: string;

  beforeAll(async () => {
    gatehouse = await startInstance({
      clock: () => now,
      env: {
        REGISTRATION: 'open',
        LOGIN_LIMIT_PER_IP: '100000',
        ROUTER_SECRET,
        ALGORITHM: 'ES256',
        REMEMBER_DEVICE_DAYS: '30',
      },
    });
    people = {
      user: await createUser(gatehouse),
      idle: await createUser(gatehouse),
      target: await createUser(gatehouse),
    };
    expired = (await login(people.user)).accessToken;
    now += 31 * 60_000;
  });
  afterAll(() => gatehouse.close());

  const login = ({ username, password }: Omit<Person, 'adminToken'>) => gatehouse.client.login(username, password);

  /** Returns a new token for callers with a session, because some fields end it. */
  async function tokenOf(caller: Caller): Promise<string | undefined> {
    if (caller === 'anonymous' || caller === 'router') return undefined;
    if (caller === 'expired') return expired;
    if (caller === 'revoked') return revokedToken();
    if (caller === 'right role') return adminToken(gatehouse);
    if (isAssured(caller)) return assuredToken(caller);
    if (caller === 'wrong scope') return adminWithoutScopes();
    if (caller === 'wrong role') return (await login(people.user)).accessToken;
    await setIdle(false);
    const { accessToken } = await login(people.idle);
    await setIdle(true);
    return accessToken;
  }

  async function revokedToken(): Promise<string> {
    const { accessToken } = await login(people.user);
    await gatehouse.client.send(LogoutDocument, {}, { token: accessToken });
    return accessToken;
  }

  async function assuredToken(caller: Assured): Promise<string> {
    const token = await {
      stale: () => adminToken(gatehouse),
      'one factor of two': rememberedToken,
      'two factors': async () => (await signInTwice()).token,
    }[caller]();
    if (caller === 'stale') now += 16 * 60_000;
    return token;
  }

  /** Signs an admin in by both factors. Some fields take the second one away; then another admin follows. */
  async function signInTwice(): Promise<{ token: string; device: string }> {
    // Past the step of the last code, which counts once.
    now += 120_000;
    const person = (boss ??= await adminWithFactor());
    const { errors } = await gatehouse.client.tryLogin(person.username, person.password);
    const { ticket } = (errors?.[0]?.extensions ?? {}) as { ticket?: string };
    if (ticket === undefined) {
      boss = undefined;
      return signInTwice();
    }
    const { data, headers } = await gatehouse.client.ask(
      'mutation ($ticket: String!, $totp: String!) { completeLogin(ticket: $ticket, totp: $totp) { accessToken } }',
      { variables: { ticket, totp: person.codeAt(now) } },
    );
    return { token: data.completeLogin.accessToken, device: headers.get('gatehouse-device')! };
  }

  /** Signs an admin in by the password alone, on a device that is remembered. */
  async function rememberedToken(): Promise<string> {
    const { device } = await signInTwice();
    return (await gatehouse.client.login(boss!.username, boss!.password, { 'gatehouse-device': device })).accessToken;
  }

  async function adminWithFactor(): Promise<TwoFactors> {
    const person = await createUser(gatehouse, { role: 'admin' });
    return { ...person, ...(await enrolTotp(gatehouse, person)) };
  }

  /** Returns a token of an admin's app that has no scopes. */
  async function adminWithoutScopes(): Promise<string> {
    const { username, password } = gatehouse.admin;
    const body = new URLSearchParams({ username, password, scope: 'elsewhere' });
    const response = await fetch(`${gatehouse.url}/token`, { method: 'POST', body });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  async function setIdle(disabled: boolean): Promise<void> {
    const token = await adminToken(gatehouse);
    await gatehouse.client.send(SetUserDisabledDocument, { username: people.idle.username, disabled }, { token });
  }

  const LINKS: Readonly<Record<string, string>> = {
    resetPassword: 'password-reset',
    verifyEmail: 'email-verification',
    undoEmailChange: 'email-undo',
    acceptInvitation: 'invitation',
  };

  /** Returns the token of a new mailed link for a new account, if the field redeems one. */
  async function linkFor(field: string): Promise<string> {
    const purpose = LINKS[field];
    if (purpose === undefined) return '';
    const [token, id, email] = [randomBytes(32).toString('base64url'), randomUUID(), `${randomUUID()}@example.com`];
    noteSecrets(token);
    const invitedAt = field === 'acceptInvitation' ? 'now()' : 'null';
    await gatehouse.sql(`insert into users (id, username, email, role, created_at, invited_at)
      values ('${id}', '${id}', '${email}', 'user', now(), ${invitedAt})`);
    const digest = createHash('sha256').update(`${purpose}\0${token}`).digest('hex');
    await gatehouse.sql(`insert into proofs (digest, purpose, user_id, data, created_at, expires_at, kept_until)
      values ('\\x${digest}', '${purpose}', '${id}', '{"email": "${email}"}', now(), now() + interval '1 day', now() + interval '1 day')`);
    return token;
  }

  /** Returns arguments with which the rules are all that can refuse a caller, but for the values themselves. */
  async function parameters(caller: Caller, field: string): Promise<Record<string, string>> {
    const link = `token: "${await linkFor(field)}"`;
    const own = caller === 'wrong role' ? people.user : isAssured(caller) && boss ? boss : gatehouse.admin;
    const id = randomBytes(6).toString('hex');
    const account = `username: "new.${id}", email: "new.${id}@example.com", password: "a password of ${id}"`;
    const target = `username: "${people.target.username}"`;
    return {
      user: `(${target})`,
      login: `(${target}, password: "${people.target.password}")`,
      refresh: `(refreshToken: "${(await login(people.target)).refreshToken}")`,
      register: `(input: { ${account} })`,
      createUser: `(input: { ${account} })`,
      completeLogin: `(ticket: "${id}", totp: "123456")`,
      reauthenticate: `(password: "${own.password}")`,
      confirmTotp: '(code: "123456")',
      loginWithPasskey: `(challenge: "${id}", response: {})`,
      addPasskey: `(challenge: "${id}", name: "${id}", response: {})`,
      renamePasskey: '(id: "nobody has this", name: "a name")',
      removePasskey: '(id: "nobody has this")',
      resetUserFactors: `(${target}, reason: "${id}")`,
      changePassword: `(currentPassword: "${own.password}", newPassword: "${own.password}")`,
      setUserRole: `(${target}, role: "user")`,
      setUserDisabled: `(${target}, disabled: false)`,
      setUserPassword: `(${target}, newPassword: "${people.target.password}")`,
      revokeUserSessions: `(${target})`,
      unlockUser: `(${target})`,
      updateUser: `(${target}, input: { fullName: "${id}" })`,
      requestPasswordReset: `(account: "${id}")`,
      resetPassword: `(${link}, newPassword: "a password of ${id}")`,
      verifyEmail: `(${link})`,
      undoEmailChange: `(${link})`,
      acceptInvitation: `(${link}, password: "a password of ${id}")`,
      changeEmail: `(email: "${id}@example.com")`,
      inviteUser: `(input: { username: "invited.${id}", email: "invited.${id}@example.com" })`,
      sendPasswordReset: `(${target})`,
      updateMe: `(input: { fullName: "${id}" })`,
      deleteUser: `(username: "nobody-${id}")`,
      signInActivity: '(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", step: HOUR)',
      rotateSigningKeys: '(now: true)',
      retireSigningKey: `(kid: "${await nextKey()}")`,
      revokeSession: '(id: "nobody has this")',
      retryMail: `(id: "${await failedMail()}")`,
      createClient: `(input: { name: "${id}", grantTypes: ["client_credentials"] })`,
      removeClient: `(id: "nobody-${id}")`,
      _entities: '(representations: [])',
    };
  }

  /** Returns a key that has signed nothing yet, so that retiring it ends no session. */
  async function nextKey(): Promise<string> {
    const [row] = await gatehouse.sql("select kid from signing_keys where state = 'next'");
    return String(row!['kid']);
  }

  /** Adds a mail that was given up. */
  async function failedMail(): Promise<string> {
    const [row] = await gatehouse.sql(`
      insert into mails (id, template, recipient, recipient_key, payload, state, created_at, due_at, finished_at)
      values (gen_random_uuid(), 'invitation', 'a@example.com', 'a@example.com', '', 'failed', now(), now(), now())
      returning id`);
    return String(row!['id']);
  }

  async function outcome(path: readonly string[], caller: Caller): Promise<string> {
    const token = await tokenOf(caller);
    const document = documentOf(path, await parameters(caller, path[0]!.split('.')[1]!));
    const headers = caller === 'router' ? { 'gatehouse-router': ROUTER_SECRET } : {};
    const { data, errors } = await gatehouse.client.ask(document, { token, headers });
    const [error] = errors ?? [];
    // The field looked at its values, so its rule let the caller pass.
    if (error?.extensions.fields || error?.message === 'Incorrect username or password') return 'ok';
    if (!error) return data ? 'ok' : 'nothing';
    return error.extensions.reason ?? error.extensions.code;
  }

  it.each(rows.flatMap((row) => CALLERS.map((caller) => ({ ...row, caller, name: `${row.type}.${row.field}` }))))(
    '$name for $caller',
    async ({ path, caller, name }) => {
      const refusals = path.map((step) => meaningOf(accessOf(step), caller)).filter((answer) => answer !== 'ok');
      const answer = await outcome(path, caller);
      cells.set(`${name} ${caller}`, answer);
      expect(answer).toBe(refusals[0] ?? 'ok');
    },
  );

  it("opens a user's own fields to that user", async () => {
    const { data, errors } = await gatehouse.client.ask('{ me { email disabled role createdAt lastLoginAt } }', {
      token: await tokenOf('wrong role'),
    });
    expect(errors).toBeUndefined();
    expect(data.me.email).toBe(`${people.user.username}@example.com`);
  });

  it('equals the committed matrix, without an empty cell', () => {
    const table = rows.map(({ type, field }) => [
      `\`${type}.${field}\``,
      permissions[type]![field]!,
      ...CALLERS.map((caller) => cells.get(`${type}.${field} ${caller}`) ?? ''),
    ]);
    expect(table.flat()).not.toContain('');
    expectCommitted('schema/permissions.md', render(table));
  });
});

/** An admin with an authenticator app. */
type TwoFactors = Person & Enrolled;

function meaningOf(access: Access, caller: Caller): string {
  const [state = '', scope, ...assurance] = access.split(', ');
  const meanings = MEANING[scope === undefined ? state : `${state}, ${scope}`] ?? MEANING[state]!;
  const standing = meanings[isAssured(caller) ? 'right role' : caller];
  if (standing !== 'ok') return standing;
  const isFresh = caller !== 'one factor of two' && caller !== 'stale';
  if (assurance.includes('fresh') && !isFresh) return 'REAUTHENTICATION_REQUIRED';
  if (!assurance.includes('mfa') || caller === 'two factors') return 'ok';
  return caller === 'one factor of two' ? 'REAUTHENTICATION_REQUIRED' : 'SECOND_FACTOR_ENROLMENT_REQUIRED';
}

function accessOf(step: string): Access {
  const [type, field] = step.split('.') as [string, string];
  return permissions[type]![field]!;
}

function meaning(...answers: string[]): Record<Standing, string> {
  return Object.fromEntries(STANDINGS.map((caller, at) => [caller, answers[at]!])) as Record<Standing, string>;
}

const schema = buildShieldedSchema({} as UseCases, {
  registrationOpen: false,
  passkeys: true,
  passwordReset: false,
  factors: { allowed: true, required: [] },
  supergraph: async () => null,
});

/** Returns a document that selects only the last field of a path. */
function documentOf(path: readonly string[], parameters: Readonly<Record<string, string>>): string {
  const [type, field] = path.at(-1)!.split('.') as [string, string];
  const leaf = (schema.getType(type) as GraphQLObjectType).getFields()[field]!;
  // An object needs a selection, and every caller may read `__typename`.
  const inner = isCompositeType(getNamedType(leaf.type)) ? '{ __typename }' : '';
  const selection = path
    .map((step, at) => `${step.split('.')[1]!}${at === 0 ? (parameters[step.split('.')[1]!] ?? '') : ''}`)
    .reduceRight((below, step) => `{ ${step} ${below} }`, inner);
  return path[0]!.startsWith('Mutation.') ? `mutation ${selection}` : selection;
}

function render(table: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    '# Permissions',
    '',
    'The result of a real request for each field of the schema. Generated by the tests from',
    '`src/graphql/rules/permissions.ts` (`npm run generate`); the server does not start when a field has no rule. Scopes come',
    'from `ROLES`, by default all of them for admins and `account` for users. `wrong role`: an active user with the role `user`,',
    "who requests another account's data. `wrong scope`: an admin's token without the scope. `right role`: an admin.",
    '`router`: `ROUTER_SECRET` and no token. The last columns are admins too. `stale`: authenticated 16 minutes ago.',
    '`one factor of two`: the password alone, on a remembered device, although the account has a second factor.',
    '`MISSING`, `EXPIRED` and `REVOKED` are reasons of `UNAUTHENTICATED`.',
    '',
    line(['field', 'rule', ...CALLERS]),
    line(Array(CALLERS.length + 2).fill('---')),
    ...table.map(line),
    '',
  ].join('\n');
}
