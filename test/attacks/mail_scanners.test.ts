import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ChangeEmailDocument,
  InviteUserDocument,
  RequestEmailVerificationDocument,
  RequestPasswordResetDocument,
  VerifyEmailDocument,
} from '../../schema/documents.ts';
import { adminToken, createUser } from '../support/accounts.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { type LetterReceived, type Mailboxes, startMailboxes } from '../support/mailbox.ts';

/**
 * Threat: scanners of mail gateways open every link, run the scripts of the page and press its buttons, before the
 * person does. A link that such a visit used up would lock the person out, or confirm what the person never saw.
 */
describe('a mail scanner', () => {
  let mailboxes: Mailboxes;
  let gatehouse: Instance;
  let admin: string;
  beforeAll(async () => {
    mailboxes = await startMailboxes();
    gatehouse = await startInstance({ env: { ...mailboxes.env, TRUST_PROXY: '127.0.0.1' } });
    admin = await adminToken(gatehouse);
  });
  afterAll(async () => {
    await gatehouse.close();
    await mailboxes.close();
  });

  /** Makes a new mail with a link of each kind. */
  const MAILS: Record<string, () => Promise<LetterReceived>> = {
    async reset() {
      const { username } = await createUser(gatehouse);
      await gatehouse.client.send(RequestPasswordResetDocument, { account: username }, { headers: from() });
      return mailboxes.next(`${username}@example.com`, 'reset-password');
    },
    async confirmation() {
      const { username, password } = await createUser(gatehouse);
      const { accessToken: token } = await gatehouse.client.login(username, password);
      await gatehouse.client.send(RequestEmailVerificationDocument, {}, { token });
      return mailboxes.next(`${username}@example.com`, 'verify-email');
    },
    change: async () => (await changing()).confirmation,
    async undoing() {
      const { confirmation, username } = await changing();
      await gatehouse.client.send(VerifyEmailDocument, { token: confirmation.token }, { headers: from() });
      return mailboxes.next(`${username}@example.com`, 'email-changed');
    },
    async invitation() {
      const username = `guest.${randomBytes(5).toString('hex')}`;
      const input = { username, email: `${username}@example.com` };
      await gatehouse.client.send(InviteUserDocument, { input }, { token: admin });
      return mailboxes.next(input.email, 'invitation');
    },
  };
  async function changing() {
    const { username, password } = await createUser(gatehouse);
    const { accessToken: token } = await gatehouse.client.login(username, password);
    const email = `new.${username}@example.com`;
    await gatehouse.client.send(ChangeEmailDocument, { email }, { token });
    return { username, confirmation: await mailboxes.next(email, 'confirm-email-change') };
  }
  const from = () => ({ 'x-forwarded-for': `2001:db8:${randomBytes(2).toString('hex')}::1` });

  const visit = (url: string, init: RequestInit = {}) =>
    fetch(url, { ...init, headers: { ...from(), ...(init.headers as Record<string, string> | undefined) } });
  const post = (url: string, fields: Record<string, string>) =>
    visit(url.split('?')[0]!, { method: 'POST', body: new URLSearchParams(fields) });
  /** Returns the fields of the form of a page, with the values that the page gives them. */
  const fieldsOf = (page: string) =>
    Object.fromEntries(
      [...page.matchAll(/<input[^>]*\bname="(\w+)"[^>]*>/g)].map(([input, name]) => [
        name!,
        /\bvalue="([^"]*)"/.exec(input)?.[1] ?? '',
      ]),
    );
  const filled = (page: string, value: string) =>
    Object.fromEntries(Object.entries(fieldsOf(page)).map(([name, given]) => [name, given || value]));
  const read = async (url: string) => (await visit(url)).text();

  const BEHAVIOURS: Record<string, (mail: LetterReceived) => Promise<unknown>> = {
    'opens the link': ({ link }) => visit(link),
    'asks for the headers alone': ({ link }) => visit(link, { method: 'HEAD' }),
    'opens the link again and again': async ({ link }) => {
      for (let n = 0; n < 20; n += 1) await visit(link);
    },
    'opens the link many times at once': ({ link }) => Promise.all(Array.from({ length: 20 }, () => visit(link))),
    'prefetches the link': ({ link }) =>
      visit(link, { headers: { 'sec-purpose': 'prefetch;prerender', purpose: 'prefetch' } }),
    'opens the link as a browser of another country': ({ link }) =>
      visit(link, { headers: { 'user-agent': 'Mozilla/5.0 (compatible; LinkScanner/1.0)', 'accept-language': 'zz' } }),
    'adds parameters of its own': ({ link }) => visit(`${link}&utm_source=mail&confirm=1&submit=true`),
    'changes the letters of the link': ({ link }) => visit(link.toLowerCase()),
    'asks for the options, and tries other methods': async ({ link }) => {
      for (const method of ['OPTIONS', 'PUT', 'DELETE', 'PATCH']) await visit(link, { method });
    },
    'posts to the link': ({ link }) => visit(link, { method: 'POST' }),
    'presses the button of the form': async ({ link }) => post(link, fieldsOf(await read(link))),
    'fills every field of the form and presses the button': async ({ link }) => {
      const page = await read(link);
      for (const value of ['test', 'Aa1!Aa1!Aa1!Aa1!', '12345678', 'ABCD-1234', 'person@example.com', '0000-0000'])
        await post(link, filled(page, value));
    },
  };

  it.each(Object.keys(MAILS).flatMap((kind) => Object.keys(BEHAVIOURS).map((behaviour) => [kind, behaviour] as const)))(
    'does not use up the link of a mail for a %s when it %s',
    async (kind, behaviour) => {
      const mail = await MAILS[kind]!();
      await BEHAVIOURS[behaviour]!(mail);
      // The person opens the link, types the code of the mail, and is served.
      const page = await read(mail.link);
      const password = `the password of ${randomBytes(8).toString('hex')}`;
      noteSecrets(password);
      const answer = await post(mail.link, { ...filled(page, password), code: mail.code });
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('role="status"')]);
    },
  );

  it('finds pages that keep the link to themselves', async () => {
    const mail = await MAILS['reset']!();
    const { headers } = await visit(mail.link);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('content-security-policy')).not.toContain('script-src');
    expect(await read(mail.link)).not.toMatch(/<script|<img|https?:\/\//);
  });
});
