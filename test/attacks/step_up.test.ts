import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  getNamedType,
} from 'graphql';
import { decodeJwt } from 'jose';
import {
  ReauthenticateDocument,
  RemovePasswordDocument,
  type ReauthenticateMutationVariables,
} from '../../schema/documents.ts';
import { permissions } from '../../src/graphql/rules/permissions.ts';
import { emitSchema } from '../../src/graphql/schema/schema.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { type Authenticator, createAuthenticator } from '../support/authenticator.ts';
import { describeOnStores, type Instance, startInstance } from '../support/instance.ts';
import { basic, createBrowserOf, exchange, registerClient } from '../support/oauth_client.ts';
import { type Passkeys, passkeysOf } from '../support/passkeys.ts';
import { complete, type Enrolled, enrol, enrolTotp, ticketOf } from '../support/totp_app.ts';

const STALE_MS = 15 * 60_000 + 1_000;
const PROTECTED = Object.entries(permissions['Mutation']!)
  .filter(([, access]) => /, (fresh|mfa)\b/.test(access))
  .map(([field]) => field);
const mutations = buildSchema(emitSchema()).getMutationType()!.getFields();

/** Returns an operation with arguments that are valid by their types alone: the rule refuses before any is read. */
function operationOf(field: string): string {
  const { args, type } = mutations[field]!;
  const given = required(args).map((arg) => `${arg.name}: ${literal(arg.type)}`);
  const selection = isCompositeType(getNamedType(type)) ? '{ __typename }' : '';
  return `mutation { ${field}${given.length > 0 ? `(${given.join(', ')})` : ''} ${selection} }`;
}

const required = <T extends GraphQLArgument | GraphQLInputField>(inputs: readonly T[]) =>
  inputs.filter(({ type }) => isNonNullType(type));

function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type)) {
    const fields = required(Object.values(type.getFields())).map((field) => `${field.name}: ${literal(field.type)}`);
    return `{ ${fields.join(', ')} }`;
  }
  return type.name === 'Boolean' ? 'true' : type.name === 'Int' ? '1' : '"x"';
}

describeOnStores('a stolen access token', (stores) => {
  let now = Math.floor(Date.now() / 1000) * 1000;
  let gatehouse: Instance;
  let replica: Instance;
  let kandi: Person;
  beforeAll(async () => {
    const env = { LOGIN_LIMIT_PER_IP: '100000', INTROSPECTION: 'role' };
    gatehouse = await startInstance({ stores, clock: () => now, env });
    replica = stores === 'embedded' ? gatehouse : await gatehouse.replica({ JWT_ISSUER: gatehouse.url });
  });
  afterAll(async () => {
    if (replica !== gatehouse) await replica.stop();
    await gatehouse.close();
  });
  beforeEach(async () => {
    now += 3_600_000;
    kandi = await createUser(gatehouse);
  });

  const login = async ({ username, password }: Person = kandi) => gatehouse.client.login(username, password);
  const enrolled = () => enrol(gatehouse, kandi, () => now);
  const reauthenticate = (
    token: string,
    variables: ReauthenticateMutationVariables,
    { at = gatehouse }: { at?: Instance } = {},
  ) => at.client.send(ReauthenticateDocument, variables, { token });
  /** Returns the refusal of a field that asks for a fresh authentication, and changes nothing. */
  const startTotp = (token: string) => gatehouse.client.ask(operationOf('startTotp'), { token });
  const eventsOf = (type: string) =>
    gatehouse.sql(
      `select detail from audit_events where subject = '${kandi.username}' and type = '${type}' order by at`,
    );

  it.each([
    'startTotp',
    'removeTotp',
    'renewRecoveryCodes',
    'startPasskey',
    'removePasskey',
    'removePassword',
    'resetUserFactors',
    'createUser',
    'updateUser',
    'setUserRole',
    'setUserPassword',
    'setUserDisabled',
    'deleteUser',
    'createClient',
    'rotateSigningKeys',
    'retireSigningKey',
  ])('must not reach %s', (field) => expect(PROTECTED).toContain(field));

  it.each(PROTECTED)('is refused by %s after fifteen minutes', async (field) => {
    const token = await adminToken(gatehouse);
    now += STALE_MS;
    const accept = { accept: 'application/graphql-response+json' };
    const answer = await gatehouse.client.ask(operationOf(field), { token, headers: accept });
    const isTwoFactors = permissions['Mutation']![field]!.endsWith('fresh, mfa');
    expect(answer.status).toBe(401);
    expect(answer.errors![0]).toMatchObject({
      message: 'Confirm that it is you',
      extensions: {
        code: 'REAUTHENTICATION_REQUIRED',
        maxAge: 900,
        acr: 'urn:gatehouse:acr:1',
        methods: ['PASSWORD'],
      },
    });
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="urn:gatehouse:acr:1", max_age="900"',
    );
    const fresh = await gatehouse.client.ask(operationOf(field), { token: await adminToken(gatehouse) });
    const expected = isTwoFactors ? 'SECOND_FACTOR_ENROLMENT_REQUIRED' : expect.not.stringMatching(/^REAUTH/);
    if (fresh.refusal !== undefined) expect(fresh.refusal).toEqual(expected);
  });

  it('does not become fresh by a refresh', async () => {
    const { refreshToken } = await login();
    now += STALE_MS;
    const { data } = await gatehouse.client.refresh(refreshToken);
    expect((await startTotp(data!.refresh.accessToken)).refusal).toBe('REAUTHENTICATION_REQUIRED');
  });

  it('still shows the protected fields to introspection', async () => {
    const token = await adminToken(gatehouse);
    now += STALE_MS;
    const { data } = await gatehouse.client.ask('{ __type(name: "Mutation") { fields { name } } }', { token });
    const names = data.__type.fields.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(PROTECTED));
  });

  describe('becomes fresh', () => {
    it('by the password, in the same session, with its claims kept by refreshes', async () => {
      const { accessToken, refreshToken } = await login();
      now += STALE_MS;
      const { data } = await reauthenticate(accessToken, { password: kandi.password });
      expect(data!.reauthenticate).toMatchObject({ tokenType: 'bearer', refreshToken: null, expiresIn: 1800 });
      const claims = decodeJwt(data!.reauthenticate.accessToken);
      const { sid } = decodeJwt(accessToken);
      expect(claims).toMatchObject({ sid, auth_time: now / 1000, amr: ['pwd'], acr: 'urn:gatehouse:acr:1' });
      expect((await startTotp(data!.reauthenticate.accessToken)).refusal).toBeUndefined();
      expect((await startTotp(accessToken)).refusal).toBe('REAUTHENTICATION_REQUIRED');
      now += 60_000;
      const refreshed = (await gatehouse.client.refresh(refreshToken)).data!.refresh.accessToken;
      expect(decodeJwt(refreshed)['auth_time']).toBe(now / 1000 - 60);
      expect(await eventsOf('login.reauthenticated')).toEqual([{ detail: { session: sid, methods: 'pwd' } }]);
    });

    it('and its new token ends with the session', async () => {
      const { accessToken, refreshToken } = await login();
      now += STALE_MS;
      const { data } = await reauthenticate(accessToken, { password: kandi.password });
      await gatehouse.client.ask('mutation ($refreshToken: String) { logout(refreshToken: $refreshToken) }', {
        variables: { refreshToken },
      });
      // The first token is over by now; the denial of the session has to outlive the second one.
      now += 20 * 60_000;
      expect((await gatehouse.client.me(data!.reauthenticate.accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    });
  });

  describe('cannot become fresh', () => {
    it.each<[string, ReauthenticateMutationVariables, string]>([
      ['nothing', {}, 'password ONE_OF'],
      ['a wrong password', { password: 'not the password of anybody' }, 'password WRONG'],
      ['two factors', { totp: '123456', recoveryCode: 'AAAA-BBBB-CCCC-DDDD' }, 'totp ONE_OF'],
      ['a code that no authenticator shows', { totp: '123456' }, 'totp WRONG'],
    ])('by %s', async (_what, proofs, fault) => {
      const { accessToken } = await login();
      expect((await reauthenticate(accessToken, proofs)).faults).toEqual([fault]);
    });

    it('by the password of another account', async () => {
      const { accessToken } = await login();
      const boris = await createUser(gatehouse);
      const { faults } = await reauthenticate(accessToken, { password: boris.password });
      expect(faults).toEqual(['password WRONG']);
      expect(await eventsOf('password.refused')).toHaveLength(1);
    });

    it('by guessing passwords: they count as failed sign-ins', async () => {
      const { accessToken } = await login();
      for (let guess = 1; guess <= 4; guess++) await reauthenticate(accessToken, { password: `guess ${guess}` });
      expect((await reauthenticate(accessToken, { password: kandi.password })).refusal).toBe('RATE_LIMITED');
      const { refusal } = await gatehouse.client.tryLogin(kandi.username, kandi.password);
      expect(refusal).toBe('RATE_LIMITED');
    });

    it('after its session ended, or its account was disabled', async () => {
      const { accessToken } = await login();
      await gatehouse.client.ask('mutation { logout }', { token: accessToken });
      const ended = await reauthenticate(accessToken, { password: kandi.password });
      expect(ended.refusal).toBe('UNAUTHENTICATED/REVOKED');
      const { accessToken: other } = await login();
      const disable = 'mutation ($username: String!) { setUserDisabled(username: $username, disabled: true) { id } }';
      const { username } = kandi;
      await gatehouse.client.ask(disable, { variables: { username }, token: await adminToken(gatehouse) });
      const disabled = await reauthenticate(other, { password: kandi.password });
      expect(disabled.refusal).toBe('INACTIVE_USER');
    });

    it('twice in one document', async () => {
      const { accessToken: token } = await login();
      const { refusal } = await gatehouse.client.ask(
        'mutation { a: reauthenticate(password: "a") { accessToken } b: reauthenticate(password: "b") { accessToken } }',
        { token },
      );
      expect(refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    });
  });

  describe('to an account with an authenticator app', () => {
    let app: Enrolled & { readonly token: string };
    beforeEach(async () => {
      app = await enrolled();
    });

    const signedIn = async () => (await complete(gatehouse, kandi, { totp: app.authenticator.next() })).token!;

    it('from before the enrolment is refused, with the methods of the account', async () => {
      const { errors } = await startTotp(app.token);
      expect(errors![0]!.extensions).toMatchObject({
        code: 'REAUTHENTICATION_REQUIRED',
        acr: 'urn:gatehouse:acr:2',
        methods: ['PASSWORD', 'TOTP', 'RECOVERY_CODE'],
      });
    });

    it.each<[string, () => ReauthenticateMutationVariables]>([
      ['a code', () => ({ totp: app.authenticator.next() })],
      ['a code and the password', () => ({ totp: app.authenticator.next(), password: kandi.password })],
      ['a recovery code', () => ({ recoveryCode: app.recoveryCodes[0]! })],
    ])('becomes fresh by %s', async (_what, proofs) => {
      const { data } = await reauthenticate(app.token, proofs());
      const token = data!.reauthenticate.accessToken;
      expect(decodeJwt(token)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'urn:gatehouse:acr:2' });
      expect((await startTotp(token)).refusal).toBeUndefined();
    });

    it('does not become fresh by the password alone, which is not looked at', async () => {
      for (const password of [kandi.password, 'not the password of anybody']) {
        expect((await reauthenticate(app.token, { password })).faults).toEqual(['totp ONE_OF']);
      }
      expect(await eventsOf('password.refused')).toEqual([]);
    });

    it('does not become fresh by a right code with a wrong password', async () => {
      const totp = app.authenticator.next();
      const { faults } = await reauthenticate(app.token, { totp, password: 'not the password of anybody' });
      expect(faults).toEqual(['password WRONG']);
    });

    it("does not become fresh by another account's factor", async () => {
      const boris = await createUser(gatehouse);
      const { authenticator, recoveryCodes } = await enrol(gatehouse, boris, () => now);
      const totp = await reauthenticate(app.token, { totp: authenticator.next() });
      const recovery = await reauthenticate(app.token, { recoveryCode: recoveryCodes[0]! });
      expect([totp.faults, recovery.faults]).toEqual([['totp WRONG'], ['recoveryCode WRONG']]);
      expect(await eventsOf('login.failed')).toHaveLength(2);
    });

    it('does not become fresh by a code that a sign-in used, and neither the other way round', async () => {
      const first = app.authenticator.next();
      const { token } = await complete(gatehouse, kandi, { totp: first });
      expect((await reauthenticate(token!, { totp: first })).faults).toEqual(['totp WRONG']);
      const second = app.authenticator.next();
      expect((await reauthenticate(token!, { totp: second })).faults).toEqual([]);
      expect((await complete(gatehouse, kandi, { totp: second })).faults).toEqual(['totp WRONG']);
    });

    it('becomes fresh once for a code, however many requests show it at two replicas', async () => {
      const token = await signedIn();
      const ticket = await ticketOf(gatehouse, kandi);
      const totp = app.authenticator.next();
      const answers = await Promise.all([
        ...Array.from({ length: 8 }, (_, n) => reauthenticate(token, { totp }, { at: n % 2 ? replica : gatehouse })),
        complete(replica, kandi, { totp }, ticket),
      ]);
      expect(answers.filter(({ faults }) => faults.length === 0)).toHaveLength(1);
    });

    it('has the guesses of sign-ins, and no others', async () => {
      const token = await signedIn();
      for (let guess = 0; guess < 20; guess++) await reauthenticate(token, { totp: app.authenticator.wrong() });
      const { refusal } = await reauthenticate(token, { totp: app.authenticator.next() });
      expect(refusal).toBe('RATE_LIMITED');
    });

    it('needs the password beside a code if its session did not begin with it', async () => {
      const token = await signedIn();
      await gatehouse.sql(`update sessions set amr = 'hwk user mfa' where id = '${decodeJwt(token)['sid']}'`);
      const totp = app.authenticator.next();
      expect((await reauthenticate(token, { totp })).faults).toEqual(['password REQUIRED']);
      expect((await reauthenticate(token, { totp, password: kandi.password })).faults).toEqual([]);
    });
  });

  describe('to an account with passkeys', () => {
    const held = createAuthenticator();
    let passkeys: Passkeys;
    let token: string;
    beforeEach(async () => {
      passkeys = passkeysOf(gatehouse);
      await passkeys.enrol((await login()).accessToken, held);
      token = await passkeys.tokenOf(held);
    });

    const signedBy = async (authenticator: Authenticator) =>
      authenticator.get(await passkeys.requestOptions(), passkeys.origin);

    it('becomes fresh by a passkey alone, once for a response', async () => {
      now += STALE_MS;
      expect((await startTotp(token)).errors![0]!.extensions).toMatchObject({ methods: ['PASSWORD', 'PASSKEY'] });
      const passkey = await signedBy(held);
      const { data } = await reauthenticate(token, { passkey });
      expect(decodeJwt(data!.reauthenticate.accessToken)).toMatchObject({
        amr: [expect.stringMatching(/^[hs]wk$/), 'user', 'mfa'],
        acr: 'urn:gatehouse:acr:2',
      });
      expect((await startTotp(data!.reauthenticate.accessToken)).refusal).toBeUndefined();
      expect((await reauthenticate(token, { passkey })).faults).toEqual(['passkey WRONG']);
      const { challenge } = JSON.parse(
        Buffer.from(
          (passkey as { response: { clientDataJSON: string } }).response.clientDataJSON,
          'base64url',
        ).toString(),
      ) as { challenge: string };
      expect((await passkeys.login(passkey, challenge)).refusal).toBe('UNAUTHENTICATED');
    });

    it("does not become fresh by a thief's own passkey", async () => {
      const own = createAuthenticator();
      const thief = await login(await createUser(gatehouse));
      await passkeys.enrol(thief.accessToken, own);
      expect((await reauthenticate(token, { passkey: await signedBy(own) })).faults).toEqual(['passkey WRONG']);
    });

    it('does not become fresh by a code, once the account gave up its password', async () => {
      await passkeys.enrol(token, createAuthenticator());
      const { authenticator } = await enrolTotp(gatehouse, token, () => now);
      const { token: byPassword } = await complete(gatehouse, kandi, { totp: authenticator.next() });
      const given = await gatehouse.client.send(RemovePasswordDocument, {}, { token: await passkeys.tokenOf(held) });
      expect(given.data).toEqual({ removePassword: true });
      const { faults, refusal } = await reauthenticate(byPassword!, { totp: authenticator.next() });
      expect([faults, refusal]).toEqual([['password REQUIRED'], 'BAD_USER_INPUT']);
    });
  });

  describe('from a program', () => {
    it('is refused: an app sends its user to sign in again', async () => {
      const registered = await registerClient(gatehouse, { scopes: ['account'] });
      const code = await createBrowserOf(gatehouse).allow(registered, kandi);
      const token = (await exchange(gatehouse, registered, code)).body.access_token as string;
      expect((await reauthenticate(token, { password: kandi.password })).refusal).toBe('FORBIDDEN');
      const machine = await registerClient(gatehouse, { grantTypes: ['client_credentials'], scopes: ['account'] });
      const { body } = await gatehouse.client.form('/token', { grant_type: 'client_credentials' }, basic(machine));
      expect((await reauthenticate(body.access_token, { password: kandi.password })).refusal).toBe('FORBIDDEN');
      expect((await startTotp(body.access_token)).refusal).toBe('FORBIDDEN');
    });

    it('keeps its scopes when a script signs in with few of them', async () => {
      const form = { ...gatehouse.admin, scope: 'account users:read' };
      const { body } = await gatehouse.client.form('/token', form);
      const { data } = await reauthenticate(body.access_token, { password: gatehouse.admin.password });
      const token = data!.reauthenticate.accessToken;
      expect(decodeJwt(token)['scope']).toBe('account users:read');
      const { refusal } = await gatehouse.client.ask(operationOf('createUser'), { token });
      expect(refusal).toBe('FORBIDDEN');
    });
  });

  it('with a session that can only enrol has to be fresh for that too', async () => {
    const strict = await gatehouse.replica({ SECOND_FACTOR: 'required', JWT_ISSUER: gatehouse.url });
    try {
      const { accessToken: token } = await strict.client.login(kandi.username, kandi.password);
      now += STALE_MS;
      const ask = (field: string, by: string) => strict.client.ask(operationOf(field), { token: by });
      expect((await ask('startTotp', token)).refusal).toBe('REAUTHENTICATION_REQUIRED');
      const { data } = await reauthenticate(token, { password: kandi.password }, { at: strict });
      const fresh = data!.reauthenticate.accessToken;
      expect((await ask('startTotp', fresh)).refusal).toBeUndefined();
      expect((await ask('removeTotp', fresh)).refusal).toBe('SECOND_FACTOR_ENROLMENT_REQUIRED');
    } finally {
      await strict.stop();
    }
  });
});
