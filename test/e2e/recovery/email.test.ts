import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import {
  ChangeEmailDocument,
  CreateUserDocument,
  RegisterDocument,
  RequestEmailVerificationDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  UndoEmailChangeDocument,
  UserDocument,
  VerifyEmailDocument,
  type VerifyEmailMutationVariables,
} from '../../../schema/documents.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { type Mailboxes, startMailboxes } from '../../support/mailbox.ts';

const REFUSED = 'The link or the code is wrong, used or expired: ask for a new one';

describeOnStores('an e-mail address', (stores) => {
  let mailboxes: Mailboxes;
  let gatehouse: Instance;
  let admin: string;
  let kandi: Person;
  let email: string;
  let wanted: string;
  beforeAll(async () => {
    mailboxes = await startMailboxes();
    const env = { ...mailboxes.env, TRUST_PROXY: '127.0.0.1', REGISTRATION: 'open' };
    gatehouse = await startInstance({ stores, env });
    admin = await adminToken(gatehouse);
  });
  afterAll(async () => {
    await gatehouse.close();
    await mailboxes.close();
  });
  beforeEach(async () => {
    kandi = await createUser(gatehouse);
    email = `${kandi.username}@example.com`;
    wanted = `new.${email}`;
  });

  const from = () => ({ 'x-forwarded-for': `2001:db8:${randomBytes(2).toString('hex')}::1` });
  const tokenOf = async ({ username, password }: Person = kandi) =>
    (await gatehouse.client.login(username, password, from())).accessToken;
  const stateOf = async ({ username }: Person = kandi) => {
    const { data } = await gatehouse.client.send(UserDocument, { username }, { token: admin });
    return { email: data!.user!.email, emailVerified: data!.user!.emailVerified };
  };
  const outcome = ({
    errors,
    refusal,
  }: {
    errors?: readonly { message: string }[] | undefined;
    refusal: string | undefined;
  }) => (refusal === undefined ? 'done' : refusal === 'BAD_USER_INPUT' ? errors![0]!.message : refusal);
  const verify = async (variables: VerifyEmailMutationVariables, token?: string) =>
    outcome(await gatehouse.client.send(VerifyEmailDocument, variables, { token, headers: from() }));
  const askToVerify = async (person: Person = kandi) =>
    outcome(await gatehouse.client.send(RequestEmailVerificationDocument, {}, { token: await tokenOf(person) }));
  const change = async (address: string, person: Person = kandi) =>
    outcome(await gatehouse.client.send(ChangeEmailDocument, { email: address }, { token: await tokenOf(person) }));
  const undo = async (token: string, code?: string) =>
    outcome(await gatehouse.client.send(UndoEmailChangeDocument, { token, code: code ?? null }, { headers: from() }));
  const register = async (address: string) => {
    const username = `reg.${randomBytes(5).toString('hex')}`;
    const password = `the password of ${username}`;
    const input = { username, password, email: address };
    const { data, errors } = await gatehouse.client.send(RegisterDocument, { input }, { headers: from() });
    expect(errors).toBeUndefined();
    return { username, password, data: data!.register };
  };
  async function verified(person: Person = kandi, address = email): Promise<void> {
    await askToVerify(person);
    const { token } = await mailboxes.next(address, 'verify-email');
    expect(await verify({ token })).toBe('done');
  }

  it('is verified by the link, once', async () => {
    await askToVerify();
    const { token } = await mailboxes.next(email, 'verify-email');
    expect(await stateOf()).toEqual({ email, emailVerified: false });
    expect(await verify({ token })).toBe('done');
    expect(await stateOf()).toEqual({ email, emailVerified: true });
    expect(await verify({ token })).toBe(REFUSED);
    // A second request has nothing to mail.
    expect(await askToVerify()).toBe('done');
    expect(mailboxes.of(email).filter(({ token }) => token !== '')).toHaveLength(1);
  });

  it('is verified by the code, by its user or with the name of the account', async () => {
    await askToVerify();
    const { code } = await mailboxes.next(email, 'verify-email');
    expect(await verify({ code })).toBe('UNAUTHENTICATED/MISSING');
    const other = await createUser(gatehouse);
    expect(await verify({ code }, await tokenOf(other))).toBe(REFUSED);
    expect(await verify({ code }, await tokenOf())).toBe('done');
    const second = await createUser(gatehouse);
    await askToVerify(second);
    const mail = await mailboxes.next(`${second.username}@example.com`, 'verify-email');
    expect(await verify({ code: mail.code, account: second.username })).toBe('done');
  });

  it('changes when the new address confirms, which the old one can undo', async () => {
    await verified();
    expect(await change(wanted)).toBe('done');
    expect(await stateOf()).toEqual({ email, emailVerified: true });
    const confirmation = await mailboxes.next(wanted, 'confirm-email-change');
    expect(await verify({ token: confirmation.token })).toBe('done');
    expect(await stateOf()).toEqual({ email: wanted, emailVerified: true });

    const notice = await mailboxes.next(email, 'email-changed');
    expect(notice.text).toContain(wanted);
    const session = await gatehouse.client.login(kandi.username, kandi.password);
    expect(await undo(notice.token, '0000-0000')).toBe(REFUSED);
    // The address got three mails within the hour, and would wait for the next one.
    await gatehouse.sql(`update mails set tried_at = tried_at - interval '1 hour'`);
    expect(await undo(notice.token, notice.code)).toBe('done');
    expect(await stateOf()).toEqual({ email, emailVerified: true });
    expect((await gatehouse.client.me(session.accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    // The password was known to the person who changed the address.
    expect((await gatehouse.client.tryLogin(kandi.username, kandi.password)).refusal).toBe('UNAUTHENTICATED');
    const { token } = await mailboxes.next(email, 'reset-password');
    const newPassword = `another password of ${kandi.username}`;
    noteSecrets(newPassword);
    expect(outcome(await gatehouse.client.send(ResetPasswordDocument, { token, newPassword }))).toBe('done');
    await gatehouse.client.login(kandi.username, newPassword);
    expect(await undo(notice.token, notice.code)).toBe(REFUSED);
  });

  it('can be restored after two changes, and not by the address of the thief', async () => {
    await change(wanted);
    await verify({ token: (await mailboxes.next(wanted, 'confirm-email-change')).token });
    const owners = await mailboxes.next(email, 'email-changed');
    const further = `further.${email}`;
    await change(further);
    await verify({ token: (await mailboxes.next(further, 'confirm-email-change')).token });
    const thiefs = await mailboxes.next(wanted, 'email-changed');
    expect(await undo(owners.token)).toBe('done');
    expect(await stateOf()).toMatchObject({ email });
    expect(await undo(thiefs.token)).toBe(REFUSED);
    expect(await stateOf()).toMatchObject({ email });
  });

  it('does not change by a link that was made for another address', async () => {
    await change(wanted);
    await change(`further.${email}`);
    await verify({ token: (await mailboxes.next(`further.${email}`, 'confirm-email-change')).token });
    expect(await verify({ token: (await mailboxes.next(wanted, 'confirm-email-change')).token })).toBe(REFUSED);
    expect(await stateOf()).toMatchObject({ email: `further.${email}` });
  });

  it('may be another spelling of the same address', async () => {
    await verified();
    const spelt = email.toUpperCase().replace('KANDI', 'Kandi');
    expect(await change(spelt)).toBe('done');
    await verify({ token: (await mailboxes.next(spelt, 'confirm-email-change')).token });
    expect(await stateOf()).toEqual({ email: spelt, emailVerified: true });
    expect((await gatehouse.client.tryLogin(email, kandi.password)).refusal).toBeUndefined();
  });

  it('is not disclosed to another account by a change, only to its own mailbox', async () => {
    await verified();
    const other = await createUser(gatehouse);
    expect(await change(email, other)).toBe('done');
    const { text } = await mailboxes.next(email, 'registration-taken');
    expect(text).toContain(kandi.username);
    expect(await stateOf(other)).toMatchObject({ email: `${other.username}@example.com` });
  });

  it('is not disclosed by a registration', async () => {
    await verified();
    const taken = await register(email.toUpperCase());
    const free = await register(`free.${email}`);
    expect(Object.keys(taken.data)).toEqual(Object.keys(free.data));
    await mailboxes.next(email, 'registration-taken');
    await mailboxes.next(`free.${email}`, 'verify-email');
    // The account works and says nothing either.
    const token = await tokenOf(taken);
    expect((await gatehouse.client.me(token)).data!.me).toMatchObject({
      email: email.toUpperCase(),
      emailVerified: false,
    });
    // It has no claim to the address: a reset goes to the account that proved it.
    await gatehouse.client.send(RequestPasswordResetDocument, { account: email }, { headers: from() });
    expect((await mailboxes.next(email, 'reset-password')).text).toContain(kandi.username);
    await gatehouse.client.send(RequestPasswordResetDocument, { account: taken.username }, { headers: from() });
    expect((await gatehouse.client.tryLogin(email, kandi.password)).refusal).toBeUndefined();
    expect((await gatehouse.client.tryLogin(email, taken.password, from())).refusal).toBe('UNAUTHENTICATED');
  });

  it('belongs to the account that proves it, also if a stranger registered with it first', async () => {
    const address = `squatted.${email}`;
    const stranger = await register(address);
    const owner = await register(address);
    const mails = await mailboxes.next(address, 'verify-email', 2);
    expect(mails.text).toContain(owner.username);
    expect(await verify({ token: mails.token })).toBe('done');
    expect(await stateOf(owner)).toEqual({ email: address, emailVerified: true });
    expect((await gatehouse.client.tryLogin(address, owner.password)).refusal).toBeUndefined();
    // The link of the stranger went to the same mailbox. It is void.
    const strangers = await mailboxes.next(address, 'verify-email');
    expect(strangers.text).toContain(stranger.username);
    expect(await verify({ token: strangers.token })).toBe(REFUSED);
    const input = { username: `late.${kandi.username}`, email: address, password: kandi.password };
    expect((await gatehouse.client.send(CreateUserDocument, { input }, { token: admin })).faults).toEqual([
      'email TAKEN',
    ]);
  });

  it('is proven by one of two accounts that confirm it at the same moment', async () => {
    const address = `both.${email}`;
    await register(address);
    await register(address);
    const tokens = [await mailboxes.next(address, 'verify-email'), await mailboxes.next(address, 'verify-email', 2)];
    const outcomes = await Promise.all(tokens.map(({ token }) => verify({ token })));
    expect(outcomes.filter((one) => one === 'done')).toHaveLength(1);
    const rows = await gatehouse.sql(
      `select username from users where lower(email) = '${address}' and email_verified_at is not null`,
    );
    expect(rows).toHaveLength(1);
  });
});

describeOnStores('a required confirmation', (stores) => {
  let mailboxes: Mailboxes;
  let gatehouse: Instance;
  beforeAll(async () => {
    mailboxes = await startMailboxes();
    const env = { ...mailboxes.env, EMAIL_VERIFICATION: 'required', REGISTRATION: 'open' };
    gatehouse = await startInstance({ stores, env });
  });
  afterAll(async () => {
    await gatehouse.close();
    await mailboxes.close();
  });

  it('comes before the first session at every door, and the refusal confirms no password', async () => {
    const { username, password } = await createUser(gatehouse);
    const email = `${username}@example.com`;
    const wrong = await gatehouse.client.tryLogin(username, 'not the password');
    const right = await gatehouse.client.tryLogin(username, password);
    expect([right.status, right.errors![0]!.message]).toEqual([wrong.status, wrong.errors![0]!.message]);
    expect((await gatehouse.client.form('/token', { username, password })).body).toMatchObject({
      error: 'invalid_grant',
      error_description: 'Incorrect username or password',
    });
    // One link from the creation, and one from each sign-in with the right password.
    const { token } = await mailboxes.next(email, 'verify-email', 3);
    expect((await gatehouse.client.send(VerifyEmailDocument, { token })).refusal).toBeUndefined();
    await gatehouse.client.login(username, password);
  });

  it('is done by a reset too', async () => {
    const { username } = await createUser(gatehouse);
    await gatehouse.client.send(RequestPasswordResetDocument, { account: username });
    const { token } = await mailboxes.next(`${username}@example.com`, 'reset-password');
    const newPassword = `the next password of ${username}`;
    noteSecrets(newPassword);
    await gatehouse.client.send(ResetPasswordDocument, { token, newPassword });
    await gatehouse.client.login(username, newPassword);
  });
});
