import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ChangePasswordDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  type ResetPasswordMutationVariables,
  SendPasswordResetDocument,
  SetUserDisabledDocument,
  SetUserPasswordDocument,
  UpdateUserDocument,
  UserDocument,
} from '../../../schema/documents.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { type LetterReceived, type Mailboxes, startMailboxes } from '../../support/mailbox.ts';

const REFUSED = 'The link or the code is wrong, used or expired: ask for a new one';

describeOnStores('a password reset', (stores) => {
  let mailboxes: Mailboxes;
  let gatehouse: Instance;
  let admin: string;
  let kandi: Person;
  let email: string;
  let next: string;
  beforeAll(async () => {
    mailboxes = await startMailboxes();
    gatehouse = await startInstance({ stores, env: { ...mailboxes.env, TRUST_PROXY: '127.0.0.1' } });
    admin = await adminToken(gatehouse);
  });
  afterAll(async () => {
    await gatehouse.close();
    await mailboxes.close();
  });
  beforeEach(async () => {
    kandi = await createUser(gatehouse);
    email = `${kandi.username}@example.com`;
    next = `the next password ${randomBytes(8).toString('hex')}`;
    noteSecrets(next);
  });

  const from = () => ({ 'x-forwarded-for': `2001:db8:${randomBytes(2).toString('hex')}::1` });
  const ask = (account: string) =>
    gatehouse.client.send(RequestPasswordResetDocument, { account }, { headers: from() });
  async function mailed(nth = 1): Promise<LetterReceived> {
    await ask(kandi.username);
    return mailboxes.next(email, 'reset-password', nth);
  }
  async function reset(variables: Omit<ResetPasswordMutationVariables, 'newPassword'>, newPassword = next) {
    const { data, errors, refusal } = await gatehouse.client.send(
      ResetPasswordDocument,
      { ...variables, newPassword },
      { headers: from() },
    );
    return data?.resetPassword === true ? 'done' : refusal === 'BAD_USER_INPUT' ? errors![0]!.message : refusal;
  }
  const signIn = async (password: string) =>
    (await gatehouse.client.tryLogin(kandi.username, password, from())).refusal ?? 'signed in';

  it('sets the password by the link, and ends every session', async () => {
    const { accessToken, refreshToken } = await gatehouse.client.login(kandi.username, kandi.password);
    const { token } = await mailed();
    expect(await reset({ token })).toBe('done');
    expect(await signIn(next)).toBe('signed in');
    expect(await signIn(kandi.password)).toBe('UNAUTHENTICATED');
    expect((await gatehouse.client.me(accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    expect((await gatehouse.client.refresh(refreshToken)).refusal).toBe('UNAUTHENTICATED');
  });

  it.each([
    ['as it is printed', (code: string) => code],
    ['in small letters', (code: string) => code.toLowerCase()],
    ['without the hyphen', (code: string) => code.replace('-', '')],
  ])('sets the password by the code %s, and the account', async (_how, typed) => {
    const { code } = await mailed();
    expect(await reset({ code: typed(code), account: email.toUpperCase() })).toBe('done');
    expect(await signIn(next)).toBe('signed in');
  });

  it('is asked for by the address too, in any spelling', async () => {
    await ask(` ${email.toUpperCase()} `);
    expect((await mailboxes.next(email, 'reset-password')).text).toContain(kandi.username);
  });

  it('works once', async () => {
    const { token, code } = await mailed();
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => reset({ token })));
    expect(outcomes.toSorted()).toEqual([REFUSED, REFUSED, REFUSED, 'done'].toSorted());
    expect(await reset({ code, account: email })).toBe(REFUSED);
  });

  it('verifies the address, which can sign in from then on', async () => {
    const verified = async () =>
      (await gatehouse.client.send(UserDocument, { username: kandi.username }, { token: admin })).data!.user!
        .emailVerified;
    expect(await verified()).toBe(false);
    const { token } = await mailed();
    await reset({ token });
    expect(await verified()).toBe(true);
    expect((await gatehouse.client.tryLogin(email, next)).refusal).toBeUndefined();
  });

  it('causes a notice by mail, and is recorded without a secret', async () => {
    const { token } = await mailed();
    await reset({ token });
    expect((await mailboxes.next(email, 'notice-password-reset')).text).toContain(kandi.username);
    const events = await gatehouse.sql(
      `select type, actor, detail::text from audit_events where subject = '${kandi.username}' and type like 'password.reset%'`,
    );
    expect(events.map(({ type }) => type).toSorted()).toEqual(['password.reset', 'password.reset_requested']);
    expect(JSON.stringify(events)).not.toContain('@');
  });

  it('lets an account in that failed sign-ins had locked', async () => {
    for (let n = 0; n < 4; n += 1) await signIn('a wrong password');
    expect(await signIn(kandi.password)).toBe('RATE_LIMITED');
    const { token } = await mailed();
    await reset({ token });
    expect(await signIn(next)).toBe('signed in');
  });

  it('is refused with a password that breaks the rules, and the link still works', async () => {
    const { token } = await mailed();
    expect(await reset({ token }, 'short')).toMatch(/^newPassword: must be at least 12/);
    expect(await reset({ token }, email)).toMatch(/^newPassword: must not be the/);
    expect(await reset({ token })).toBe('done');
  });

  it('allows five tries at the code, and the link after them', async () => {
    const { token, code } = await mailed();
    for (let n = 0; n < 5; n += 1) expect(await reset({ code: '0000-0000', account: email })).toBe(REFUSED);
    expect(await reset({ code, account: email })).toBe(REFUSED);
    expect(await reset({ token })).toBe('done');
  });

  it('needs a token, or a code with its account', async () => {
    const { code } = await mailed();
    expect(await reset({})).toBe('token: is required');
    expect(await reset({ code })).toBe('token: is required');
    expect(await reset({ account: email })).toBe('token: is required');
  });

  it('compares a code that is sent beside the token, without counting a try', async () => {
    const { token, code } = await mailed();
    for (let n = 0; n < 9; n += 1) expect(await reset({ token, code: '0000-0000' })).toBe(REFUSED);
    expect(await reset({ token, code })).toBe('done');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['another reset', async () => reset({ token: (await mailed(2)).token })],
    [
      'a change of the address by an admin',
      () =>
        gatehouse.client.send(
          UpdateUserDocument,
          { username: kandi.username, input: { email: `new.${email}` } },
          { token: admin },
        ),
    ],
    [
      'a password that an admin set',
      () =>
        gatehouse.client.send(
          SetUserPasswordDocument,
          { username: kandi.username, newPassword: next },
          { token: admin },
        ),
    ],
    [
      'a changed password',
      async () => {
        const { accessToken: token } = await gatehouse.client.login(kandi.username, kandi.password);
        await gatehouse.client.send(
          ChangePasswordDocument,
          { currentPassword: kandi.password, newPassword: next },
          { token },
        );
      },
    ],
    [
      'a disabling, also if the account is enabled again',
      async () => {
        for (const disabled of [true, false])
          await gatehouse.client.send(
            SetUserDisabledDocument,
            { username: kandi.username, disabled },
            { token: admin },
          );
      },
    ],
    ['an hour', () => gatehouse.sql(`update proofs set expires_at = now() where purpose = 'password-reset'`)],
  ])('is void after %s', async (_what, happens) => {
    const { token, code } = await mailed();
    await happens();
    expect(await reset({ token }, 'another new password')).toBe(REFUSED);
    expect(await reset({ code, account: kandi.username }, 'another new password')).toBe(REFUSED);
  });

  it('is void while the account is disabled', async () => {
    const { token } = await mailed();
    await gatehouse.sql(`update users set disabled = true where username = '${kandi.username}'`);
    expect(await reset({ token })).toBe(REFUSED);
  });

  it('mails an address three times an hour at most', async () => {
    for (let n = 0; n < 8; n += 1) await ask(n % 2 ? email : kandi.username);
    await mailboxes.next(email, 'reset-password', 3);
    // The line of work is in order: the last one of another account comes after all of them.
    const other = await createUser(gatehouse);
    await ask(other.username);
    await mailboxes.next(`${other.username}@example.com`, 'reset-password');
    expect(mailboxes.of(email)).toHaveLength(3);
  });

  it('is sent by an admin', async () => {
    const variables = { username: kandi.username };
    const { data } = await gatehouse.client.send(SendPasswordResetDocument, variables, { token: admin });
    expect(data!.sendPasswordReset).toMatchObject({ link: null, code: null });
    const { token } = await mailboxes.next(email, 'reset-password');
    expect(await reset({ token })).toBe('done');
  });

  it('says nothing about accounts, and mails none that is disabled', async () => {
    await gatehouse.client.send(
      SetUserDisabledDocument,
      { username: kandi.username, disabled: true },
      { token: admin },
    );
    const answers = await Promise.all(
      [kandi.username, email, 'nobody', 'nobody@example.com', '', '\0', 'x'.repeat(9999)].map(ask),
    );
    for (const { status, data, errors } of answers) {
      expect({ status, data, errors }).toEqual({
        status: 200,
        data: { requestPasswordReset: true },
        errors: undefined,
      });
    }
    const other = await createUser(gatehouse);
    await ask(other.username);
    await mailboxes.next(`${other.username}@example.com`, 'reset-password');
    expect(mailboxes.of(email)).toEqual([]);
  });
});

describe('a password reset without a mail server', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance();
  });
  afterAll(() => gatehouse.close());

  it('is a link and a code that an admin hands over, and proves no address', async () => {
    const { username } = await createUser(gatehouse);
    const options = { token: await adminToken(gatehouse) };
    const { data } = await gatehouse.client.send(SendPasswordResetDocument, { username }, options);
    const { link, code } = data!.sendPasswordReset;
    expect(link).toMatch(new RegExp(`^${gatehouse.url}/reset\\?token=[\\w-]{43}$`));
    const token = new URL(link!).searchParams.get('token')!;
    const newPassword = `the next password of ${username}`;
    noteSecrets(token, newPassword);
    const done = await gatehouse.client.send(ResetPasswordDocument, { token, code, newPassword });
    expect(done.data).toEqual({ resetPassword: true });
    await gatehouse.client.login(username, newPassword);
    const rows = await gatehouse.sql(`select email_verified_at from users where username = '${username}'`);
    expect(rows).toEqual([{ email_verified_at: null }]);
  });
});

it('cannot be asked for if PASSWORD_RESET is off, while links of admins work', async () => {
  const gatehouse = await startInstance({ env: { PASSWORD_RESET: 'off' } });
  try {
    const { username } = await createUser(gatehouse);
    const options = { token: await adminToken(gatehouse) };
    expect((await gatehouse.client.send(RequestPasswordResetDocument, { account: username })).refusal).toBe(
      'FORBIDDEN',
    );
    expect((await fetch(`${gatehouse.url}/forgot`)).status).toBe(404);
    const { data } = await gatehouse.client.send(SendPasswordResetDocument, { username }, options);
    const token = new URL(data!.sendPasswordReset.link!).searchParams.get('token')!;
    const newPassword = `the next password of ${username}`;
    noteSecrets(token, newPassword);
    const done = await gatehouse.client.send(ResetPasswordDocument, { token, newPassword });
    expect(done.data).toEqual({ resetPassword: true });
  } finally {
    await gatehouse.close();
  }
});
