import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AcceptInvitationDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  UndoEmailChangeDocument,
  VerifyEmailDocument,
} from '../../schema/documents.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { type Mailboxes, startMailboxes } from '../support/mailbox.ts';

describe('an attack on mailed links', () => {
  let mailboxes: Mailboxes;
  let gatehouse: Instance;
  let kandi: Person;
  let email: string;
  let next: string;
  beforeAll(async () => {
    mailboxes = await startMailboxes();
    gatehouse = await startInstance({ env: { ...mailboxes.env, TRUST_PROXY: '127.0.0.1', REGISTRATION: 'open' } });
  });
  afterAll(async () => {
    await gatehouse.close();
    await mailboxes.close();
  });
  beforeEach(async () => {
    kandi = await createUser(gatehouse, { fullName: '<img src=x onerror=alert(1)> & "Kandi"' });
    email = `${kandi.username}@example.com`;
    next = `the next password of ${kandi.username}`;
    noteSecrets(next);
  });

  const from = () => ({ 'x-forwarded-for': `2001:db8:${randomBytes(2).toString('hex')}::1` });
  const ask = (account: string, headers: Record<string, string> = from()) =>
    gatehouse.client.send(RequestPasswordResetDocument, { account }, { headers });
  const mailed = async () => {
    await ask(kandi.username);
    return mailboxes.next(email, 'reset-password');
  };
  const reset = async (token: string) =>
    (await gatehouse.client.send(ResetPasswordDocument, { token, newPassword: next }, { headers: from() })).refusal;
  const login = async (password = next) => (await gatehouse.client.tryLogin(kandi.username, password, from())).refusal;
  const addPasskey = (daysAgo: number) =>
    gatehouse.sql(`insert into passkeys
      (id, user_id, credential_id, public_key, counter, transports, device_type, backed_up, name, created_at)
      select gen_random_uuid(), id, decode('${randomBytes(16).toString('hex')}', 'hex'), '\\x00', 0, '', 'singleDevice', false,
        'a key', now() - interval '${daysAgo} days' from users where username = '${kandi.username}'`);
  const verify = () =>
    gatehouse.sql(
      `update users set email_verified_at = now() - interval '99 days' where username = '${kandi.username}'`,
    );

  it('by an altered Host leaves the link on PUBLIC_URL', async () => {
    await ask(kandi.username, { ...from(), 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' });
    const { text, html, link } = await mailboxes.next(email, 'reset-password');
    expect(link.startsWith(`${gatehouse.url}/reset?token=`)).toBe(true);
    expect(text + html).not.toContain('evil.example');
  });

  it('by HTML in names puts none into mails and pages', async () => {
    const { html } = await mailed();
    expect(html).not.toContain('<img');
    const page = await fetch(`${gatehouse.url}/reset?token=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(await page.text()).not.toContain('<script');
  });

  it('by a token of one purpose at the endpoints of the others fails', async () => {
    const { token } = await mailed();
    const options = { headers: from() };
    const refusals = await Promise.all([
      gatehouse.client.send(VerifyEmailDocument, { token }, options),
      gatehouse.client.send(UndoEmailChangeDocument, { token }, options),
      gatehouse.client.send(AcceptInvitationDocument, { token, password: next }, options),
    ]);
    expect(refusals.map(({ refusal }) => refusal)).toEqual(Array(3).fill('BAD_USER_INPUT'));
    expect(await reset(token)).toBeUndefined();
  });

  it('by a code of one account at another fails', async () => {
    const { code } = await mailed();
    const other = await createUser(gatehouse);
    await ask(other.username);
    await mailboxes.next(`${other.username}@example.com`, 'reset-password');
    const { refusal } = await gatehouse.client.send(
      ResetPasswordDocument,
      { code, account: other.username, newPassword: next },
      { headers: from() },
    );
    expect(refusal).toBe('BAD_USER_INPUT');
  });

  it('by a link that another browser opens gives the opener nothing without the code', async () => {
    const { link, token } = await mailed();
    const page = link.split('?')[0]!;
    const body = new URLSearchParams({ token, code: '0000-0000', password: next, repeat: next });
    const refused = await fetch(page, { method: 'POST', body, headers: from() });
    expect(refused.status).toBe(400);
    expect(await login(kandi.password)).toBeUndefined();
  });

  it('by a mail bomb reaches an address three times an hour, and a network soon waits', async () => {
    const headers = from();
    const refusals = [];
    for (let n = 0; n < 35; n += 1) refusals.push((await ask(email, headers)).refusal);
    expect(refusals.slice(0, 30)).toEqual(Array(30).fill(undefined));
    expect(refusals.slice(30)).toEqual(Array(5).fill('RATE_LIMITED'));
    for (let n = 0; n < 5; n += 1) await ask(kandi.username);
    const other = await createUser(gatehouse);
    await ask(other.username);
    await mailboxes.next(`${other.username}@example.com`, 'reset-password');
    expect(mailboxes.of(email)).toHaveLength(3);
    // The quota of the account, too, is hidden: its links would be rows without end.
    const [{ count }] = (await gatehouse.sql(
      `select count(*)::int as count from proofs p join users u on u.id = p.user_id where u.username = '${kandi.username}'`,
    )) as [{ count: number }];
    expect(count).toBe(3);
  });

  it('leaves no row for a name without an account', async () => {
    const rows = () => gatehouse.sql('select (select count(*) from proofs) + (select count(*) from mails) as rows');
    const name = `nobody.${randomUUID()}`;
    await mailed();
    const before = await rows();
    for (let n = 0; n < 5; n += 1) await ask(`${name}@example.com`);
    const other = await createUser(gatehouse);
    await ask(other.username);
    await mailboxes.next(`${other.username}@example.com`, 'reset-password');
    // One link and one mail of the other account, and the notice of the new device of the admin.
    const [after] = await rows();
    expect(Number(after!['rows']) - Number(before[0]!['rows'])).toBeLessThanOrEqual(3);
  });

  describe('from before the reset of the password by the owner', () => {
    it('loses its factors of the last days, and its sessions', async () => {
      await verify();
      const thief = await gatehouse.client.login(kandi.username, kandi.password);
      await addPasskey(1);
      const { token } = await mailed();
      expect(await reset(token)).toBeUndefined();
      expect((await gatehouse.client.me(thief.accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
      expect((await gatehouse.client.refresh(thief.refreshToken)).refusal).toBe('UNAUTHENTICATED');
      // No factor is left to ask for.
      expect(await login()).toBeUndefined();
    });

    it('does not lose the account its older factors: the next sign-in asks for one', async () => {
      await verify();
      await addPasskey(10);
      await addPasskey(1);
      const { token } = await mailed();
      expect(await reset(token)).toBeUndefined();
      expect(await login()).toBe('SECOND_FACTOR_REQUIRED');
      const rows = await gatehouse.sql(
        `select count(*)::int as keys from passkeys p join users u on u.id = p.user_id where u.username = '${kandi.username}'`,
      );
      expect(rows).toEqual([{ keys: 1 }]);
    });

    it('loses every factor if the address was never proven', async () => {
      await addPasskey(400);
      const { token } = await mailed();
      expect(await reset(token)).toBeUndefined();
      expect(await login()).toBeUndefined();
    });
  });
});
