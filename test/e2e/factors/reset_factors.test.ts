import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adminToken, createUser } from '../../support/accounts.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { enrolTotp } from '../../support/second_factor.ts';

const RESET = `mutation ($username: String!, $reason: String!) {
  resetUserFactors(username: $username, reason: $reason) { username factors { totp recoveryCodesLeft } }
}`;

describe('the reset of the factors of an account', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance({
      env: { ROLES: '{"admin":["*"],"user":["account"],"help":["users:read","users:write","account"]}' },
    });
  });
  afterAll(() => gatehouse.close());

  const reset = async (username: string, reason: string, token?: string) =>
    gatehouse.client.ask(RESET, { token: token ?? (await adminToken(gatehouse)), variables: { username, reason } });
  const noticesOf = async (username: string) =>
    (
      await gatehouse.sql(
        `select template from mails join users on users.id = mails.user_id where username = '${username}'
         order by mails.created_at, template`,
      )
    ).map(({ template }) => template);

  it('lets the user in with the password, and ends sessions, tickets and remembered devices', async () => {
    const person = await createUser(gatehouse);
    const { accessToken } = await gatehouse.client.login(person.username, person.password);
    const enrolled = await enrolTotp(gatehouse, person);
    const { errors } = await gatehouse.client.tryLogin(person.username, person.password);
    const { ticket } = errors![0]!.extensions as unknown as { ticket: string };

    const { data } = await reset(person.username, 'lost the phone; called back at the known number');
    expect(data.resetUserFactors.factors).toEqual({ totp: false, recoveryCodesLeft: 0 });
    expect((await gatehouse.client.me(accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    const completed = await gatehouse.client.ask(
      'mutation ($ticket: String!, $totp: String!) { completeLogin(ticket: $ticket, totp: $totp) { accessToken } }',
      { variables: { ticket, totp: enrolled.codeAt(Date.now()) } },
    );
    expect(completed.faults).toEqual(['ticket EXPIRED']);
    expect((await gatehouse.client.tryLogin(person.username, person.password)).refusal).toBeUndefined();

    const [event] = await gatehouse.sql(
      `select actor, detail from audit_events where subject = '${person.username}' and type = 'factors.reset'`,
    );
    expect(event).toEqual({
      actor: 'admin',
      detail: {
        reason: 'lost the phone; called back at the known number',
        sessionsEnded: 1,
        totp: true,
        passkeys: 0,
      },
    });
    expect(await noticesOf(person.username)).toContain('notice-factor-removed');
  });

  it.each<[string, string, string]>([
    ['no reason', ' ', 'reason REQUIRED'],
    ['a reason of 201 characters', 'x'.repeat(201), 'reason TOO_LONG'],
    ['a reason with a line break', 'one\ntwo', 'reason CONTROL_CHARACTERS'],
  ])('is refused with %s', async (_what, reason, fault) => {
    const { username } = await createUser(gatehouse);
    expect((await reset(username, reason)).faults).toEqual([fault]);
  });

  it('is refused for an unknown user, to users, and over a role with more scopes', async () => {
    expect((await reset('nobody.here', 'lost')).faults).toEqual(['username NOT_FOUND']);
    const [user, help] = [await createUser(gatehouse), await createUser(gatehouse, { role: 'help' })];
    const tokenOf = async ({ username, password }: typeof user) =>
      (await gatehouse.client.login(username, password)).accessToken;
    expect((await reset(user.username, 'lost', await tokenOf(user))).refusal).toBe('FORBIDDEN');
    expect((await reset('admin', 'lost', await tokenOf(help))).refusal).toBe('FORBIDDEN');
    expect((await reset(user.username, 'lost', await tokenOf(help))).refusal).toBeUndefined();
  });
});

describe('the notice of a sign-in from a new device', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance();
  });
  afterAll(() => gatehouse.close());

  it('is mailed once for each program, not for the first sign-in and not for a known device', async () => {
    const { username, password } = await createUser(gatehouse);
    const login = (agent: string, device?: string) =>
      gatehouse.client.tryLogin(username, password, {
        'user-agent': agent,
        ...(device === undefined ? {} : { 'gatehouse-device': device }),
      });
    const notices = async () =>
      Number(
        (
          await gatehouse.sql(
            `select count(*) as count from mails join users on users.id = mails.user_id
             where username = '${username}' and template = 'notice-new-device'`,
          )
        )[0]!['count'],
      );
    const { headers } = await login('one');
    expect(await notices()).toBe(0);
    await login('two', headers.get('gatehouse-device')!);
    expect(await notices()).toBe(0);
    await login('two');
    expect(await notices()).toBe(1);
    await login('two');
    expect(await notices()).toBe(1);
    await login('three');
    expect(await notices()).toBe(2);
  });
});

describe('the notice of a changed password', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance();
  });
  afterAll(() => gatehouse.close());

  it('is mailed after a change by the user, and after one by an admin', async () => {
    const { username, password } = await createUser(gatehouse);
    const notices = async () =>
      (
        await gatehouse.sql(
          `select template from mails join users on users.id = mails.user_id
           where username = '${username}' and template = 'notice-password-changed'`,
        )
      ).length;
    const { accessToken: token } = await gatehouse.client.login(username, password);
    const changed = await gatehouse.client.ask(
      'mutation ($old: String!, $new: String!) { changePassword(currentPassword: $old, newPassword: $new) }',
      { token, variables: { old: password, new: `${password}, changed` } },
    );
    expect(changed.refusal).toBeUndefined();
    expect(await notices()).toBe(1);
    const set = await gatehouse.client.ask(
      'mutation ($username: String!, $new: String!) { setUserPassword(username: $username, newPassword: $new) { id } }',
      { token: await adminToken(gatehouse), variables: { username, new: `${password}, set` } },
    );
    expect(set.refusal).toBeUndefined();
    expect(await notices()).toBe(2);
  });
});
