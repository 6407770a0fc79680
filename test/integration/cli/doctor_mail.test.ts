import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookAtAll } from '../../../src/cli/doctor/finding.ts';
import { lookAtMail } from '../../../src/cli/doctor/mail.ts';
import { readConfig } from '../../../src/config/config.ts';
import { freePort } from '../../support/free_port.ts';
import { type MailServerUnderTest, Reply, startMailServer } from '../../support/mail_server.ts';

let server: MailServerUnderTest;
beforeAll(async () => {
  server = await startMailServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: false,
    onAuth: ({ password }, _session, done) =>
      done(password === 'right' ? null : new Reply(535, 'wrong password'), { user: 'mailer' }),
  });
});
afterAll(() => server.close());

const look = (env: Record<string, string>) => lookAtAll(lookAtMail(readConfig(env)), new Set());
const mailUrl = (url: string) => ({ MAIL_URL: url, MAIL_FROM: 'no-reply@auth.example' });

it('tries the mail server and its password, and sends nothing', async () => {
  expect(await look(mailUrl(`smtp://mailer:right@127.0.0.1:${server.port}?tls=off`))).toEqual([
    { check: 'mail', state: 'ok', says: `127.0.0.1:${server.port} responds, and accepts the password` },
  ]);
  expect(server.received).toEqual([]);
});

it.each([
  ['a wrong password', () => `smtp://mailer:wrong@127.0.0.1:${server.port}?tls=off`, /535 wrong password/],
  ['a server without STARTTLS', () => `smtp://127.0.0.1:${server.port}`, /STARTTLS/],
])('reports %s', async (_what, url, says) => {
  const [finding] = await look(mailUrl(url()));
  expect(finding).toMatchObject({ state: 'fail', todo: expect.stringContaining('Correct MAIL_URL') });
  expect(finding!.says).toMatch(says);
});

it('reports a server that is away', async () => {
  const [finding] = await look(mailUrl(`smtp://127.0.0.1:${await freePort()}?tls=off`));
  expect(finding).toMatchObject({ state: 'fail', says: expect.stringContaining('ECONNREFUSED') });
});

it('warns about files in production alone', async () => {
  expect(await look({})).toMatchObject([{ state: 'ok' }]);
  expect(await look({ NODE_ENV: 'production', ALLOW_EMBEDDED: 'true' })).toMatchObject([{ state: 'warn' }]);
});

it('reads the templates', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-templates-'));
  try {
    writeFileSync(join(folder, 'invitation.txt'), 'Welcome, {{username}}: {{link}}');
    expect(await look({ MAIL_TEMPLATES: folder })).toMatchObject([{ state: 'ok' }, { state: 'ok' }]);
    writeFileSync(join(folder, 'invitation.txt'), '{{nothing}}');
    expect((await look({ MAIL_TEMPLATES: folder }))[1]).toMatchObject({
      state: 'fail',
      says: expect.stringContaining('{{nothing}} is not a value'),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
