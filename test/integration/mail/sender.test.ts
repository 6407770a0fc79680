import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../../src/kernel/log.ts';
import { createMetrics } from '../../../src/kernel/metrics.ts';
import { createFileTransport } from '../../../src/mail/files.ts';
import type { NewMail } from '../../../src/mail/mail.ts';
import { type MailServer, parseMailUrl } from '../../../src/mail/mail_url.ts';
import { createMailMetrics } from '../../../src/mail/metrics.ts';
import { createOutbox } from '../../../src/mail/outbox.ts';
import { createMailPayloads } from '../../../src/mail/payload.ts';
import { createMailSender, type MailSender } from '../../../src/mail/sender.ts';
import { createSmtpTransport } from '../../../src/mail/smtp.ts';
import { createRenderer } from '../../../src/mail/templates/render.ts';
import { MailFault, type MailTransport } from '../../../src/mail/transport.ts';
import { query } from '../../../src/store/database/database.ts';
import { createDatabaseTime } from '../../../src/store/database/database_time.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { AVAILABLE_STORES } from '../../support/instance.ts';
import { logFile } from '../../support/log_file.ts';
import { type MailServerUnderTest, Reply, startMailServer } from '../../support/mail_server.ts';
import { type OpenStores, openStores, SECRET } from '../../support/open_stores.ts';
import { until } from '../../support/until.ts';

const certificate = makeCertificate();
let stores: OpenStores;
let elapsedMs = 0;
const time = createDatabaseTime(() => Date.now() + elapsedMs);
const payloads = createMailPayloads([SECRET]);
const outbox = createOutbox(payloads, time);
const senders: MailSender[] = [];
let server: MailServerUnderTest;

beforeAll(async () => {
  stores = await openStores(AVAILABLE_STORES);
});
beforeEach(async () => {
  elapsedMs = 0;
  server = await startMailServer();
});
afterEach(async () => {
  await Promise.all(senders.splice(0).map((sender) => sender.stop()));
  await server.close();
  await stores.database.run((db) => query(db, 'delete from mails'));
});
afterAll(() => stores.close());

const mailUrl = (text: string): MailServer => parseMailUrl(text)!;
const smtp = () => createSmtpTransport(mailUrl(`smtp://127.0.0.1:${server.port}?tls=off`));

function startSender(transport: MailTransport = smtp(), lines: string[] = []): MailSender {
  const sender = createMailSender({
    database: stores.database,
    time,
    payloads,
    render: createRenderer(undefined, 'https://auth.example'),
    from: { name: 'Example', address: 'no-reply@auth.example' },
    transport,
    metrics: createMailMetrics(createMetrics()),
    log: createLog('trace', {
      write: (line) => {
        lines.push(line);
        logFile().write(line);
      },
    }),
  });
  senders.push(sender);
  return sender;
}

const fresh = () => `${randomUUID()}@example.com`;

function reset(to: string, more: object = {}): NewMail {
  const data = {
    username: 'ada',
    path: '/account/reset#token=the-token-of-a-mail' as const,
    code: 'ABCD-2345',
    expiresAt: new Date(Date.now() + 3_600_000),
    ...more,
  };
  return { to, userId: null, template: 'reset-password', data };
}

function notice(to: string): NewMail {
  const data = { kind: 'password-changed', username: 'ada', at: new Date(), address: null, userAgent: null } as const;
  return { to, userId: null, template: 'notice', data };
}

const add = (mail: NewMail) => stores.database.transaction((db) => outbox.add(db, mail, new Date()));
const rows = () => stores.database.run((db) => query<any>(db, 'select * from mails order by created_at, id'));
const row = async (state: string) => until(rows, ([mail]) => mail?.state === state).then(([mail]) => mail);

describe('the sender', () => {
  it('sends a mail right after the commit, and wipes what it said', async () => {
    outbox.watch(startSender().nudge);
    const to = fresh();
    await add(reset(to));
    const [mail] = await until(
      () => server.received,
      (mails) => mails.length > 0,
      { patienceMs: 1_000 },
    );
    expect(mail).toMatchObject({ from: 'no-reply@auth.example', to: [to] });
    expect(mail!.parsed.text).toContain('https://auth.example/account/reset#token=the-token-of-a-mail');
    expect(mail!.parsed.text).toContain('ABCD-2345');
    expect(mail!.parsed.html).toContain('href="https://auth.example/account/reset#token=the-token-of-a-mail"');
    const sent = await row('sent');
    expect(sent).toMatchObject({ payload: null, lease: null, error: null });
    expect(mail!.messageId).toBe(`<${sent.id}@auth.example>`);
  });

  it('sends no mail for a change that was rolled back', async () => {
    const sender = startSender();
    outbox.watch(sender.nudge);
    await expect(
      stores.database.transaction(async (db) => {
        await outbox.add(db, reset(fresh()), new Date());
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await sender.drain();
    expect(server.connections()).toBe(0);
  });

  it('writes no address, link or code into the log', async () => {
    const lines: string[] = [];
    const to = fresh();
    await add(reset(to));
    await startSender(smtp(), lines).drain();
    expect(lines.join('')).toContain('sent a mail');
    for (const text of [to, 'the-token-of-a-mail', 'ABCD-2345']) expect(lines.join('')).not.toContain(text);
  });

  it('sends each mail once from several replicas', async () => {
    for (let i = 0; i < 20; i += 1) await add(reset(fresh()));
    const replicas = [startSender(), startSender(), startSender()];
    await Promise.all(replicas.map((sender) => sender.drain()));
    expect(server.received).toHaveLength(20);
    expect(new Set(server.received.map(({ messageId }) => messageId)).size).toBe(20);
  });

  it('tries again after a temporary refusal, with the same id, and later each time', async () => {
    server.behaviour.recipient = () => new Reply(451);
    await add(reset(fresh()));
    const sender = startSender();
    const pauses: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      await sender.drain();
      const [mail] = await rows();
      expect(mail).toMatchObject({ state: 'waiting', attempts: i + 1, error: expect.stringContaining('451') });
      const pause = new Date(mail.due_at).getTime() - Date.now() - elapsedMs;
      pauses.push(pause);
      elapsedMs += pause + 1;
    }
    expect(pauses[0]).toBeGreaterThan(3_000);
    expect(pauses[1]).toBeGreaterThan(1.4 * pauses[0]!);
    expect(pauses[2]).toBeGreaterThan(1.4 * pauses[1]!);
    server.behaviour.recipient = undefined;
    await sender.drain();
    expect(server.received).toHaveLength(1);
    expect(server.received[0]!.messageId).toContain((await row('sent')).id);
  });

  it('gives up at once after a permanent refusal, and keeps the mail for another try', async () => {
    server.behaviour.recipient = () => new Reply(550, 'no such mailbox');
    await add(reset(fresh()));
    await startSender().drain();
    const failed = await row('failed');
    expect(failed.error).toContain('550 no such mailbox');
    expect(failed.payload).not.toBeNull();
  });

  it('takes a refusal of the whole message as one of the mail', async () => {
    server.behaviour.whole = () => new Reply(452, 'mailbox full');
    await add(reset(fresh()));
    await startSender().drain();
    expect((await row('waiting')).error).toContain('452 mailbox full');
    server.behaviour.whole = () => new Reply(554, 'spam');
    elapsedMs += 60_000;
    await senders[0]!.drain();
    expect((await row('failed')).error).toContain('554 spam');
    expect(server.received).toEqual([]);
  });

  it('loses and doubles no mail when the server dies in the middle of it', async () => {
    server.behaviour.begun = (drop) => drop();
    await add(reset(fresh()));
    const sender = startSender();
    await sender.drain();
    expect(await row('waiting')).toMatchObject({ attempts: 1 });
    server.behaviour.begun = undefined;
    elapsedMs += 60_000;
    await sender.drain();
    expect(server.received).toHaveLength(1);
    await row('sent');
  });

  it('sends the same message again where the server dies without an answer, as RFC 5321 asks', async () => {
    const ids: string[] = [];
    server.behaviour.whole = ({ messageId }, drop) => {
      ids.push(messageId);
      if (ids.length === 1) drop();
    };
    await add(reset(fresh()));
    const sender = startSender();
    await sender.drain();
    expect(await row('waiting')).toMatchObject({ attempts: 1 });
    elapsedMs += 60_000;
    await sender.drain();
    const { id } = await row('sent');
    expect(ids).toEqual([`<${id}@auth.example>`, `<${id}@auth.example>`]);
  });

  it('asks a server that is away for one mail of each lane, and for all of them when it is back', async () => {
    const { port } = server;
    await server.close();
    for (let i = 0; i < 12; i += 1) await add(reset(fresh()));
    const sender = startSender(createSmtpTransport(mailUrl(`smtp://127.0.0.1:${port}?tls=off`)));
    await sender.drain();
    const tried = (await rows()).filter(({ attempts }) => attempts > 0);
    expect(tried.length).toBeGreaterThanOrEqual(1);
    expect(tried.length).toBeLessThanOrEqual(4);
    server = await startMailServer({ port });
    elapsedMs += 60_000;
    await sender.drain();
    expect(server.received).toHaveLength(12);
  });

  it('lets three mails an hour leave for an address, and the fourth notice an hour later', async () => {
    const to = fresh();
    for (let i = 0; i < 5; i += 1) await add(notice(i % 2 ? to : to.toUpperCase()));
    await Promise.all([startSender(), startSender()].map((sender) => sender.drain()));
    expect(server.received).toHaveLength(3);
    elapsedMs += 3_590_000;
    await senders[0]!.drain();
    expect(server.received).toHaveLength(3);
    elapsedMs += 20_000;
    await senders[0]!.drain();
    expect(server.received).toHaveLength(5);
  });

  it('lets three mails leave of a hundred that are asked for at once, at two replicas', async () => {
    const to = fresh();
    const replicas = [startSender(), startSender()];
    replicas.forEach((sender) => outbox.watch(sender.nudge));
    const added = await Promise.all(Array.from({ length: 100 }, (_, i) => add(i % 2 ? reset(to) : notice(to))));
    expect(added).toContain('limited');
    await Promise.all(replicas.map((sender) => sender.drain()));
    expect(server.received).toHaveLength(3);
  });

  it('does not send a link that is over', async () => {
    await add(reset(fresh(), { expiresAt: new Date(Date.now() + 1_000) }));
    elapsedMs += 2_000;
    await startSender().drain();
    expect(await row('failed')).toMatchObject({ payload: null, error: expect.stringContaining('expired') });
    expect(server.connections()).toBe(0);
  });

  it('does not end a message whose lease another replica took', async () => {
    await add(reset(fresh()));
    const sender = startSender();
    server.behaviour.recipient = (): undefined => {
      // The replica hung for a minute, and another one took the mail over.
      void stores.database.run((db) => query(db, `update mails set lease = ?`, [randomUUID()]));
    };
    await sender.drain();
    expect(server.received).toEqual([]);
    expect(await row('sending')).toMatchObject({ attempts: 0 });
  });

  it('takes up a mail whose replica was killed before its end, and none whose replica was killed after it', async () => {
    const [before, after] = [reset(fresh()), reset(fresh())];
    await add(before);
    await add(after);
    await stores.database.run((db) =>
      query(
        db,
        `update mails set state = case when recipient = ? then 'sending' else 'handed' end, lease = ?, leased_until = ?`,
        [before.to, randomUUID(), new Date(Date.now() + 30_000)],
      ),
    );
    const sender = startSender();
    await sender.drain();
    expect(server.received).toEqual([]);
    elapsedMs += 31_000;
    await sender.drain();
    expect(server.received.map(({ to }) => to)).toEqual([[before.to]]);
    expect((await rows()).map(({ state }) => state)).toEqual(['sent', 'unconfirmed']);
  });

  it('gives up a delivery at a stop, and another replica sends it at once', async () => {
    let connected: () => void;
    const isConnected = new Promise<void>((resolve) => (connected = resolve));
    await add(reset(fresh()));
    const sender = startSender({
      deliver: async (_message, { stopping }) => {
        connected();
        await new Promise((_, reject) =>
          stopping.addEventListener('abort', () => reject(new MailFault('stopped', 'a stop'))),
        );
      },
      close: async () => undefined,
    });
    const draining = sender.drain();
    await isConnected;
    await sender.stop();
    await draining;
    await startSender().drain();
    expect(server.received).toHaveLength(1);
  });
});

describe('the mail server', () => {
  (certificate ? it : it.skip)('gets the password and the mail only after STARTTLS', async () => {
    await server.close();
    const users: string[] = [];
    server = await startMailServer({
      ...certificate!,
      authOptional: false,
      onAuth({ username = '', password = '' }, session, done) {
        users.push(`${username}:${password}:${session.secure}`);
        done(password === 'p@ss word' ? null : new Reply(535, 'wrong password'), { user: username });
      },
    });
    const transport = (password: string) =>
      createSmtpTransport(mailUrl(`smtp://mailer:${encodeURIComponent(password)}@localhost:${server.port}`), {
        ca: certificate!.cert,
      });
    await add(reset(fresh()));
    await startSender(transport('wrong')).drain();
    // A wrong password is a fault of the settings, and not of the mail.
    expect(await row('waiting')).toMatchObject({ attempts: 1 });
    elapsedMs += 60_000;
    await startSender(transport('p@ss word')).drain();
    expect(users).toEqual(['mailer:wrong:true', 'mailer:p@ss word:true']);
    expect(server.received).toMatchObject([{ encrypted: true, user: 'mailer' }]);
  });

  (certificate ? it : it.skip)('is refused with a certificate that is not trusted', async () => {
    await server.close();
    server = await startMailServer({ ...certificate! });
    await add(reset(fresh()));
    await startSender(createSmtpTransport(mailUrl(`smtp://localhost:${server.port}`))).drain();
    expect((await row('waiting')).error).toMatch(/self-signed/);
    expect(server.received).toEqual([]);
  });

  it('is refused without STARTTLS: an attacker on the path could take the offer away', async () => {
    await add(reset(fresh()));
    await startSender(createSmtpTransport(mailUrl(`smtp://127.0.0.1:${server.port}`))).drain();
    expect((await row('waiting')).error).toMatch(/STARTTLS|TLS/);
    expect(server.received).toEqual([]);
  });

  (certificate ? it : it.skip)('may speak TLS from the start', async () => {
    await server.close();
    server = await startMailServer({ ...certificate!, secure: true });
    const url = mailUrl(`smtps://localhost:${server.port}`);
    await add(reset(fresh()));
    await startSender(createSmtpTransport(url, { ca: certificate!.cert })).drain();
    expect(server.received).toMatchObject([{ encrypted: true }]);
  });

  it('may take as long as it wants', async () => {
    let answer: () => void;
    server.behaviour.whole = () => new Promise<void>((resolve) => (answer = resolve));
    await add(reset(fresh()));
    const draining = startSender().drain();
    await row('handed');
    // Long after the first lease: another replica leaves the mail alone, because the lease is renewed.
    await startSender().drain();
    expect(await rows()).toMatchObject([{ state: 'handed' }]);
    answer!();
    await draining;
    await row('sent');
    expect(server.received).toHaveLength(1);
  });
});

describe('a server without MAIL_URL', () => {
  it('writes each mail once into a file that only its user can read, and logs its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mails-'));
    try {
      const lines: string[] = [];
      const transport = () =>
        createFileTransport(folder, createLog('info', { write: (line) => void lines.push(line) }));
      const to = fresh();
      await add(reset(to));
      await startSender(transport()).drain();
      const [file, ...more] = readdirSync(join(folder, 'mail'));
      expect(more).toEqual([]);
      const path = join(folder, 'mail', file!);
      expect(file).toMatch(/^\d{8}T\d{6}Z-reset-password-[\da-f-]{36}\.eml$/);
      expect(readFileSync(path, 'utf8')).toContain(`To: ${to}`);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(folder, 'mail')).mode & 0o777).toBe(0o700);
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ file: path, template: 'reset-password' }]);
      await row('sent');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('removes the files with the server if it keeps nothing', async () => {
    const lines: string[] = [];
    await add(reset(fresh()));
    const sender = startSender(
      createFileTransport('memory', createLog('info', { write: (line) => void lines.push(line) })),
    );
    await sender.drain();
    const { file } = JSON.parse(lines[0]!) as { file: string };
    expect(readFileSync(file, 'utf8')).toContain('Message-ID');
    await sender.stop();
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });
});
