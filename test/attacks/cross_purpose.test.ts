import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createProofs, digestOf } from '../../src/proofs/proofs.ts';
import { SEALED, type SealedPurpose, STORED, type StoredPurpose } from '../../src/proofs/purposes.ts';
import { createDatabaseTime } from '../../src/store/database/database_time.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { callOf, MUTATIONS, textArguments, valuesFor } from '../support/mutations.ts';
import { createBrowserOf, pkce, type Registered, registerClient } from '../support/oauth_client.ts';
import { SECOND_FACTOR } from '../../src/oauth/token.ts';
import { type Enrolled, enrolTotp } from '../support/second_factor.ts';
import { enrol } from '../support/totp_app.ts';

type Purpose = StoredPurpose | SealedPurpose;

interface ShownProof {
  readonly purpose: Purpose;
  readonly token: string;
}

/** The browser and the client that a proof is made for, as its row has them. */
interface StoredPresenter {
  readonly binding: unknown;
  readonly client_id: string | null;
}

/** The one-time arguments of mutations, and the purposes that each accepts. */
const ACCEPTED: Readonly<Record<string, readonly Purpose[]>> = {
  'acceptInvitation.code': [],
  'acceptInvitation.token': ['invitation'],
  'addPasskey.challenge': ['passkey-registration'],
  'completeLogin.ticket': ['sign-in'],
  'completeLogin.totp': [],
  'completeLogin.recoveryCode': [],
  'confirmTotp.code': [],
  'loginWithPasskey.challenge': ['passkey-assertion'],
  'logout.refreshToken': [],
  'reauthenticate.recoveryCode': [],
  'reauthenticate.totp': [],
  'refresh.refreshToken': [],
  'resetPassword.code': [],
  'resetPassword.token': ['password-reset'],
  'startPasskeyLogin.ticket': ['sign-in'],
  'undoEmailChange.code': [],
  'undoEmailChange.token': ['email-undo'],
  'verifyEmail.code': [],
  'verifyEmail.token': ['email-verification', 'email-change'],
};

/** The forms of the REST door, with the parameter that carries the proof. */
const FORMS: readonly [form: string, parameter: string, accepts: readonly Purpose[], rest: Record<string, string>][] = [
  ['/token', 'auth_session', ['sign-in'], { grant_type: SECOND_FACTOR }],
  ['/token', 'code', ['authorization-code'], { grant_type: 'authorization_code', code_verifier: 'v'.repeat(43) }],
  ['/token', 'refresh_token', [], { grant_type: 'refresh_token' }],
  ['/token', 'otp', [], { grant_type: SECOND_FACTOR, auth_session: 'A'.repeat(43) }],
  ['/token', 'recovery_code', [], { grant_type: SECOND_FACTOR, auth_session: 'A'.repeat(43) }],
  ['/token/refresh', 'refresh_token', [], {}],
  ['/revoke', 'token', [], {}],
  ['/introspect', 'token', [], {}],
];

describe('a proof of one purpose', () => {
  let now = Date.now();
  let gatehouse: Instance;
  let app: Registered;
  let kandi: Person;
  let enrolled: Enrolled;
  let userId: string;
  let shown: readonly ShownProof[];
  beforeAll(async () => {
    gatehouse = await startInstance({ clock: () => now, env: { LOGIN_LIMIT_PER_IP: '100000' } });
    app = await registerClient(gatehouse, { grantTypes: ['authorization_code', 'refresh_token', 'password'] });
  });
  afterAll(() => gatehouse.close());
  beforeEach(async () => {
    now += 120_000;
    kandi = await createUser(gatehouse);
    enrolled = await enrolTotp(gatehouse, kandi);
    const [row] = await gatehouse.sql(`select id from users where username = '${kandi.username}'`);
    userId = row!['id'] as string;
    await gatehouse.client.tryLogin(kandi.username, kandi.password);
    const presenters = [{ binding: null, client_id: null }, await presenterOf(), { binding: null, client_id: app.id }];
    const { username, password } = kandi;
    await gatehouse.client.form('/token', { grant_type: 'password', username, password, ...credentials() });
    presenters.push(await presenterOf());
    shown = (await Promise.all(presenters.map(everyProof))).flat();
  });

  const credentials = () => ({ client_id: app.id, client_secret: app.secret! });

  /** Returns the presenter of the last ticket. */
  async function presenterOf(): Promise<StoredPresenter> {
    const [row] = await gatehouse.sql(
      `select encode(binding, 'hex') as binding, client_id from proofs
       where user_id = '${userId}' and purpose = 'sign-in' order by created_at desc, attempts limit 1`,
    );
    await gatehouse.sql(`delete from proofs where user_id = '${userId}'`);
    return row as unknown as StoredPresenter;
  }

  /** Makes a proof of each purpose, which is open for this presenter. */
  async function everyProof({ binding, client_id }: StoredPresenter): Promise<ShownProof[]> {
    const [at, end] = [new Date(now).toISOString(), new Date(now + 60_000).toISOString()];
    const bound = binding === null ? 'null' : `'\\x${binding as string}'`;
    const client = client_id === null ? 'null' : `'${client_id}'`;
    const made: ShownProof[] = [];
    for (const purpose of Object.keys(STORED) as StoredPurpose[]) {
      const token = randomBytes(32).toString('base64url');
      const digest = digestOf(purpose, token).toString('hex');
      await gatehouse.sql(
        `insert into proofs (digest, purpose, user_id, client_id, binding, data, created_at, expires_at, kept_until)
         values ('\\x${digest}', '${purpose}', '${userId}', ${client}, ${bound}, '{}', '${at}', '${end}', '${end}')`,
      );
      made.push({ purpose, token });
    }
    const proofs = createProofs(
      [gatehouse.env['JWT_SECRET_KEY']!],
      createDatabaseTime(() => now),
    );
    for (const purpose of Object.keys(SEALED) as SealedPurpose[]) {
      made.push({ purpose, token: proofs.seal(purpose, { data: { userId } }, now) });
    }
    noteSecrets(...made.map(({ token }) => token));
    return made;
  }

  /** Everything that a use would change: the proofs, the sessions and the row of the account. */
  async function traces(): Promise<unknown[]> {
    return [
      await gatehouse.sql(
        `select purpose, attempts, used_at from proofs where user_id = '${userId}' order by purpose, digest`,
      ),
      await gatehouse.sql(`select count(*)::int as redeemed from proofs where user_id is null`),
      await gatehouse.sql(`select id from sessions where user_id = '${userId}'`),
      await gatehouse.sql(
        `select email, password_hash, role, disabled, device_epoch, email_verified_at from users where id = '${userId}'`,
      ),
      await gatehouse.sql(`select count(*)::int as codes from recovery_codes where user_id = '${userId}'`),
    ];
  }

  const mutate = (name: string, variables: Record<string, unknown>) =>
    gatehouse.client.ask(
      callOf(
        MUTATIONS.find((field) => field.name === name)!,
        variables,
      ),
      { variables },
    );

  const foreignTo = (accepts: readonly Purpose[]) => shown.filter(({ purpose }) => !accepts.includes(purpose));

  it('is tried at every argument that could carry one', () => {
    const carriers = MUTATIONS.flatMap((field) => textArguments(field).map((name) => `${field.name}.${name}`));
    expect(carriers.length).toBeGreaterThan(4);
    expect(carriers.sort()).toEqual(Object.keys(ACCEPTED).sort());
  });

  it.each(Object.entries(ACCEPTED))('means nothing at %s unless it is its own', async (carrier, accepts) => {
    const [name, argument] = carrier.split('.') as [string, string];
    const field = MUTATIONS.find((each) => each.name === name)!;
    const before = await traces();
    for (const { token } of foreignTo(accepts)) {
      const variables = {
        ...valuesFor(field, kandi, 'A'.repeat(43)),
        totp: undefined,
        recoveryCode: undefined,
        passkey: undefined,
      };
      if (argument === 'ticket') Object.assign(variables, { totp: enrolled.codeAt(now) });
      const { errors } = await mutate(name, { ...variables, [argument]: token });
      expect(JSON.stringify(errors ?? [])).not.toContain(token);
    }
    expect(await traces()).toEqual(before);
  });

  it.each(FORMS)('means nothing at %s as %s unless it is its own', async (path, parameter, accepts, rest) => {
    const before = await traces();
    for (const { token } of foreignTo(accepts)) {
      const factor = parameter === 'auth_session' ? { otp: enrolled.codeAt(now) } : {};
      const { body } = await gatehouse.client.form(path, { ...rest, ...credentials(), ...factor, [parameter]: token });
      expect(body?.active ?? false).toBe(false);
      expect(JSON.stringify(body ?? {})).not.toContain(token);
    }
    expect(await traces()).toEqual(before);
  });

  it('means nothing on the consent page unless it is its own', async () => {
    const browser = createBrowserOf(gatehouse);
    const page = await browser.open(browser.parametersOf(app, pkce().challenge));
    const { headers } = await browser.send(page, { decision: 'sign-in', ...kandi });
    const cookie = [page.cookie, ...headers.getSetCookie().map((each) => each.split(';')[0]!)].join('; ');
    shown = await everyProof(await presenterOf());
    const before = await traces();
    for (const { token } of foreignTo(['sign-in'])) {
      const form = { decision: 'second-factor', auth_session: token, methods: 'TOTP', otp: enrolled.codeAt(now) };
      const answer = await browser.send(page, form, { cookie });
      expect([answer.status, answer.html.includes('Sign in again')]).toEqual([400, true]);
      expect((await browser.send({ ...page, transaction: token }, { decision: 'allow' }, { cookie })).status).toBe(400);
    }
    expect(await traces()).toEqual(before);
  });

  it('is taken by its own door, which this test would notice', async () => {
    const before = await traces();
    for (const { token } of shown.filter(({ purpose }) => purpose === 'sign-in')) {
      await mutate('completeLogin', { ticket: token, totp: '000000' });
      const fields = { grant_type: SECOND_FACTOR, auth_session: token, otp: '000000', ...credentials() };
      await gatehouse.client.form('/token', fields);
    }
    const after = await traces();
    const tried = (rows: unknown) => (rows as { attempts: number }[]).filter(({ attempts }) => attempts > 0);
    expect([tried(before[0]), tried(after[0])]).toEqual([[], [expect.anything(), expect.anything()]]);
  });

  it('means nothing as a bearer token, a device or a cookie', async () => {
    const before = await traces();
    for (const { token } of shown) {
      expect((await gatehouse.client.me(token)).refusal).toBe('UNAUTHENTICATED/INVALID');
      const { refusal } = await gatehouse.client.tryLogin(kandi.username, 'not the password', {
        'gatehouse-device': token,
        cookie: `gatehouse_refresh=${token}; gatehouse_signed_in=${token}; gatehouse_device=${token}`,
      });
      expect(refusal).toMatch(/^(?:UNAUTHENTICATED|RATE_LIMITED)$/);
    }
    expect(await traces()).toEqual(before);
  });

  it('means nothing in the address of any page', async () => {
    const before = await traces();
    for (const { token } of shown) {
      for (const path of ['/', '/sign-in', '/account', '/graphql', '/authorize', '/docs/oauth2-redirect']) {
        const query = new URLSearchParams({ token, code: token, ticket: token });
        const answer = await fetch(`${gatehouse.url}${path}?${query.toString()}`, { redirect: 'manual' });
        expect(answer.status).toBeLessThan(500);
        expect(await answer.text()).not.toContain(token);
      }
    }
    expect(await traces()).toEqual(before);
  });
});

describe('a second factor', () => {
  it('cannot be removed in a session from before it', async () => {
    let now = Date.now();
    const clock = () => now;
    const gatehouse = await startInstance({ clock });
    const kandi = await createUser(gatehouse);
    const { accessToken: token } = await gatehouse.client.login(kandi.username, kandi.password);
    await enrol(gatehouse, kandi, clock);
    now += 1_000;
    for (const field of ['removeTotp', 'renewRecoveryCodes', 'startTotp { secret }']) {
      const { refusal } = await gatehouse.client.ask(`mutation { ${field} }`, { token });
      expect([field, refusal]).toEqual([field, 'REAUTHENTICATION_REQUIRED']);
    }
    await gatehouse.close();
  });
});

describe('secrets of second factors', () => {
  it('are in no row, as they are', async () => {
    const gatehouse = await startInstance();
    const kandi = await createUser(gatehouse);
    const { recoveryCodes } = await enrolTotp(gatehouse, kandi);
    const { errors } = await gatehouse.client.tryLogin(kandi.username, kandi.password);
    const { ticket } = errors![0]!.extensions as unknown as { ticket: string };
    const complete = `mutation ($ticket: String!, $code: String) {
      completeLogin(ticket: $ticket, recoveryCode: $code) { accessToken refreshToken } }`;
    const wrong = await gatehouse.client.ask(complete, { variables: { ticket, code: '0000-0000-0000-0000' } });
    expect(wrong.faults).toEqual(['recoveryCode WRONG']);
    const { data } = await gatehouse.client.ask(complete, { variables: { ticket, code: recoveryCodes[0] } });
    const { accessToken, refreshToken } = data.completeLogin as Record<string, string>;
    const tables = await gatehouse.sql(
      `select table_name from information_schema.tables where table_schema = 'public'`,
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { table_name: table } of tables) {
      const rows = JSON.stringify(await gatehouse.sql(`select row_to_json(t)::text as row from ${table as string} t`));
      for (const secret of [ticket, ...recoveryCodes, '0000-0000-0000-0000', accessToken!, refreshToken!]) {
        expect({ table, found: rows.includes(secret) || rows.includes(secret.replaceAll('-', '')) }).toEqual({
          table,
          found: false,
        });
      }
    }
    await gatehouse.close();
  });
});
