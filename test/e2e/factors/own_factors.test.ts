import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ConfirmTotpDocument,
  OwnFactorsDocument,
  RemoveTotpDocument,
  RenewRecoveryCodesDocument,
  StartTotpDocument,
} from '../../../schema/documents.ts';
import { adminToken, createUser } from '../../support/accounts.ts';
import { complete, createTotpApp, enrol, enrolTotp, ticketOf } from '../../support/totp_app.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';

describe('the factors of a user', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance();
  });
  afterAll(() => gatehouse.close());

  const signedIn = async () => {
    const person = await createUser(gatehouse);
    return { ...person, token: (await gatehouse.client.login(person.username, person.password)).accessToken };
  };
  const factorsOf = async (token: string) =>
    (await gatehouse.client.send(OwnFactorsDocument, {}, { token })).data!.me.factors;
  const eventsOf = (username: string) =>
    gatehouse.sql(
      `select type, actor, detail from audit_events where subject = '${username}'
       and (type like 'factor.%' or type like 'recovery%') order by at, type`,
    );
  const accountOf = async (username: string) =>
    (await gatehouse.sql(`select device_epoch, second_factor from users where username = '${username}'`))[0]!;
  const noticesOf = async (username: string) =>
    (
      await gatehouse.sql(
        `select template from mails join users on users.id = mails.user_id where username = '${username}' and template <> 'notice-new-device' order by mails.created_at`,
      )
    ).map(({ template }) => template);

  it('are a password alone at first', async () => {
    const { token } = await signedIn();
    expect(await factorsOf(token)).toEqual({ password: true, totp: false, recoveryCodesLeft: 0 });
  });

  it('gain an authenticator app by its first code, and ten recovery codes', async () => {
    const { username, token } = await signedIn();
    const before = await accountOf(username);
    const started = await gatehouse.client.send(StartTotpDocument, {}, { token });
    const { secret, uri, qrCode } = started.data!.startTotp;
    noteSecrets(secret);
    const { hostname } = new URL(gatehouse.url);
    expect(uri).toBe(
      `otpauth://totp/${hostname}:${username}?issuer=${hostname}&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    );
    expect(qrCode).toMatch(/^<svg /);
    expect(await factorsOf(token)).toMatchObject({ totp: false });
    expect(await eventsOf(username)).toEqual([]);

    const authenticator = createTotpApp(secret);
    const wrong = await gatehouse.client.send(ConfirmTotpDocument, { code: authenticator.wrong() }, { token });
    expect(wrong.faults).toEqual(['code WRONG']);
    const confirmed = await gatehouse.client.send(ConfirmTotpDocument, { code: authenticator.next() }, { token });
    expect(new Set(confirmed.data!.confirmTotp).size).toBe(10);
    expect(await factorsOf(token)).toEqual({ password: true, totp: true, recoveryCodesLeft: 10 });
    expect(await eventsOf(username)).toEqual([{ type: 'factor.added', actor: username, detail: { factor: 'totp' } }]);
    expect(await noticesOf(username)).toEqual(['notice-factor-added']);
    const after = await accountOf(username);
    expect(after).toEqual({ second_factor: true, device_epoch: (before['device_epoch'] as number) + 1 });
  });

  it('are confirmed in the session that began', async () => {
    const { username, password, token } = await signedIn();
    const { accessToken: other } = await gatehouse.client.login(username, password);
    const { secret } = (await gatehouse.client.send(StartTotpDocument, {}, { token })).data!.startTotp;
    noteSecrets(secret);
    const authenticator = createTotpApp(secret);
    const foreign = await gatehouse.client.send(ConfirmTotpDocument, { code: authenticator.next() }, { token: other });
    expect(foreign.faults).toEqual(['code WRONG']);
    const own = await gatehouse.client.send(ConfirmTotpDocument, { code: authenticator.next() }, { token });
    expect(own.errors).toBeUndefined();
  });

  it('are replaced by a recovery code, which is counted, audited and mailed', async () => {
    const person = await createUser(gatehouse);
    const { recoveryCodes } = await enrol(gatehouse, person);
    const { token } = await complete(gatehouse, person, { recoveryCode: recoveryCodes[0] });
    expect(await factorsOf(token!)).toEqual({ password: true, totp: true, recoveryCodesLeft: 9 });
    expect((await eventsOf(person.username)).at(-1)).toEqual({
      type: 'recovery_code.used',
      actor: person.username,
      detail: { left: 9 },
    });
    expect(await noticesOf(person.username)).toEqual(['notice-factor-added', 'notice-recovery-code-used']);
  });

  it('renew their recovery codes, so that the earlier ones are void', async () => {
    const person = await createUser(gatehouse);
    const { authenticator, recoveryCodes } = await enrol(gatehouse, person);
    const { token } = await complete(gatehouse, person, { totp: authenticator.next() });
    const { data } = await gatehouse.client.send(RenewRecoveryCodesDocument, {}, { token: token! });
    noteSecrets(...data!.renewRecoveryCodes);
    expect(new Set([...data!.renewRecoveryCodes, ...recoveryCodes]).size).toBe(20);
    expect((await complete(gatehouse, person, { recoveryCode: recoveryCodes[0] })).faults).toEqual([
      'recoveryCode WRONG',
    ]);
    expect((await complete(gatehouse, person, { recoveryCode: data!.renewRecoveryCodes[0] })).faults).toEqual([]);
    expect((await eventsOf(person.username)).map(({ type }) => type)).toEqual([
      'factor.added',
      'recovery_codes.renewed',
      'recovery_code.used',
    ]);
  });

  it('lose the authenticator, the recovery codes with it, and tickets from before', async () => {
    const person = await createUser(gatehouse);
    const { authenticator } = await enrol(gatehouse, person);
    const { token } = await complete(gatehouse, person, { totp: authenticator.next() });
    const open = await ticketOf(gatehouse, person);
    const { data } = await gatehouse.client.send(RemoveTotpDocument, {}, { token: token! });
    expect(data?.removeTotp).toBe(true);
    expect(await factorsOf(token!)).toEqual({ password: true, totp: false, recoveryCodesLeft: 0 });
    expect(await accountOf(person.username)).toMatchObject({ second_factor: false });
    expect((await eventsOf(person.username)).at(-1)).toMatchObject({
      type: 'factor.removed',
      detail: { factor: 'totp' },
    });
    expect((await noticesOf(person.username)).at(-1)).toBe('notice-factor-removed');
    const late = await complete(gatehouse, person, { totp: authenticator.next() }, open);
    expect(late.faults).toEqual(['ticket EXPIRED']);
    // The password alone is enough again.
    expect((await gatehouse.client.tryLogin(person.username, person.password)).refusal).toBeUndefined();
  });

  it('void what was proven with them before: tickets and devices', async () => {
    const person = await createUser(gatehouse);
    const { authenticator, token: first } = await enrol(gatehouse, person);
    const open = await ticketOf(gatehouse, person);
    const { token } = await complete(gatehouse, person, { totp: authenticator.next() });
    const before = await accountOf(person.username);
    const replaced = await enrolTotp(gatehouse, token!);
    expect(await accountOf(person.username)).toEqual({
      second_factor: true,
      device_epoch: (before['device_epoch'] as number) + 1,
    });
    const late = await complete(gatehouse, person, { totp: replaced.authenticator.next() }, open);
    expect(late.faults).toEqual(['ticket EXPIRED']);
    expect((await gatehouse.client.me(first)).refusal).toBeUndefined();
  });

  it('are visible to their user and to admins alone', async () => {
    const { username } = await signedIn();
    const query = `{ user(username: "${username}") { factors { password totp recoveryCodesLeft } } }`;
    const { data } = await gatehouse.client.ask(query, { token: await adminToken(gatehouse) });
    expect(data.user.factors).toEqual({ password: true, totp: false, recoveryCodesLeft: 0 });
    const { token } = await signedIn();
    expect((await gatehouse.client.ask(query, { token })).refusal).toBe('FORBIDDEN');
  });

  it('are listed for a page of accounts by one query for each kind', async () => {
    const { errors, data } = await gatehouse.client.ask(
      '{ users(first: 100) { edges { node { username factors { totp } } } } }',
      {
        token: await adminToken(gatehouse),
      },
    );
    expect(errors).toBeUndefined();
    expect(data.users.edges.length).toBeGreaterThan(1);
  });

  it('cannot be changed by a registered client, even with the scope of the account', async () => {
    const { username, password } = await signedIn();
    const admin = await adminToken(gatehouse);
    const { data } = await gatehouse.client.ask(
      `mutation { createClient(input: { name: "App", redirectUris: [], grantTypes: ["password"], scopes: ["account"] }) { client { id } secret } }`,
      { token: admin },
    );
    const { client, secret } = data.createClient;
    noteSecrets(secret);
    const { body } = await gatehouse.client.form('/token', {
      grant_type: 'password',
      username,
      password,
      client_id: client.id,
      client_secret: secret,
    });
    noteSecrets(body.access_token, body.refresh_token);
    expect((await gatehouse.client.me(body.access_token)).refusal).toBeUndefined();
    const refusals = [
      await gatehouse.client.send(StartTotpDocument, {}, { token: body.access_token }),
      await gatehouse.client.send(ConfirmTotpDocument, { code: '123456' }, { token: body.access_token }),
    ];
    expect(refusals.map(({ refusal }) => refusal)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  });

  it('are erased with the account', async () => {
    const person = await createUser(gatehouse);
    await enrol(gatehouse, person);
    await gatehouse.client.ask(`mutation { deleteUser(username: "${person.username}") }`, {
      token: await adminToken(gatehouse),
    });
    const left = await gatehouse.sql(
      `select u.id from users u where u.username = '${person.username}' and (
         exists (select 1 from totp_secrets t where t.user_id = u.id) or
         exists (select 1 from recovery_codes c where c.user_id = u.id))`,
    );
    expect(left).toEqual([]);
  });

  it('cannot gain an authenticator while SECOND_FACTOR is off', async () => {
    const off = await gatehouse.replica({ SECOND_FACTOR: 'off', JWT_ISSUER: gatehouse.url });
    try {
      const { username, password } = await createUser(off);
      const { accessToken: token } = await off.client.login(username, password);
      expect((await off.client.send(StartTotpDocument, {}, { token })).refusal).toBe('FORBIDDEN');
      expect((await off.client.send(ConfirmTotpDocument, { code: '123456' }, { token })).refusal).toBe('FORBIDDEN');
    } finally {
      await off.stop();
    }
  });

  it('are set up by a user who must have a second one, and who can do nothing else before', async () => {
    const strict = await gatehouse.replica({ SECOND_FACTOR: 'required', JWT_ISSUER: gatehouse.url });
    try {
      const person = await createUser(gatehouse);
      const { accessToken: token } = await strict.client.login(person.username, person.password);
      expect((await strict.client.me(token)).refusal).toBe('SECOND_FACTOR_ENROLMENT_REQUIRED');
      const { authenticator } = await enrolTotp(strict, token);
      expect((await strict.client.me(token)).refusal).toBeUndefined();

      const strong = (await complete(strict, person, { totp: authenticator.next() })).token!;
      expect((await strict.client.send(RemoveTotpDocument, {}, { token: strong })).data?.removeTotp).toBe(true);
      expect((await strict.client.me(strong)).refusal).toBe('SECOND_FACTOR_ENROLMENT_REQUIRED');
    } finally {
      await strict.stop();
    }
  });

  it('begin with at most thirty authenticators in a quarter of an hour', async () => {
    const { token } = await signedIn();
    const refusals = new Set<string | undefined>();
    for (let n = 0; n < 30; n += 1) {
      refusals.add((await gatehouse.client.ask('mutation { startTotp { uri } }', { token })).refusal);
    }
    expect([...refusals]).toEqual([undefined]);
    expect((await gatehouse.client.ask('mutation { startTotp { uri } }', { token })).refusal).toBe('RATE_LIMITED');
  });

  it('need a second factor for what asks for two', async () => {
    const { token } = await signedIn();
    const renewed = await gatehouse.client.send(RenewRecoveryCodesDocument, {}, { token });
    const removed = await gatehouse.client.send(RemoveTotpDocument, {}, { token });
    expect([renewed.refusal, removed.refusal]).toEqual(Array(2).fill('SECOND_FACTOR_ENROLMENT_REQUIRED'));
  });
});
