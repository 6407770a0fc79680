import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { MailsDocument, RetryMailDocument } from '../../../schema/documents.ts';
import { adminToken, createUser } from '../../support/accounts.ts';
import { freePort } from '../../support/free_port.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { until } from '../../support/until.ts';

let gatehouse: Instance;
let token: string;

beforeAll(async () => {
  gatehouse = await startInstance();
  token = await adminToken(gatehouse);
});
afterAll(() => gatehouse.close());

/** Adds a mail to the table. Its payload cannot be decrypted, so that the sender gives it up. */
async function addMail(recipient: string, state: string, more = { payload: `'x'`, validUntil: 'null', age: 0 }) {
  const id = randomUUID();
  await gatehouse.sql(`
    insert into mails
      (id, template, recipient, recipient_key, payload, state, created_at, due_at, finished_at, valid_until, error)
    values ('${id}', 'reset-password', '${recipient}', lower('${recipient}'), ${more.payload}, '${state}',
      now() - interval '${more.age} seconds', now() + interval '1 day', now(), ${more.validUntil}, 'a reason')`);
  return id;
}

const list = async (variables: object) => {
  const { data, errors } = await gatehouse.client.send(MailsDocument, variables, { token });
  expect(errors).toBeUndefined();
  return data!.mails;
};
const retry = (id: string, as = token) => gatehouse.client.send(RetryMailDocument, { id }, { token: as });

describe('a mail server that is away', () => {
  it('fails no health check and no request', async () => {
    const port = await freePort();
    const lonely = await startInstance({
      env: { MAIL_URL: `smtp://127.0.0.1:${port}?tls=off`, MAIL_FROM: 'no-reply@auth.example' },
    });
    try {
      const id = randomUUID();
      await lonely.sql(`
        insert into mails (id, template, recipient, recipient_key, payload, state, created_at, due_at)
        values ('${id}', 'invitation', 'a@example.com', 'a@example.com', 'x', 'waiting', now(), now())`);
      for (const path of ['live', 'ready']) expect((await fetch(`${lonely.url}/health/${path}`)).status).toBe(200);
      const { accessToken } = await lonely.client.login(lonely.admin.username, lonely.admin.password);
      expect(accessToken).toEqual(expect.any(String));
    } finally {
      await lonely.close();
    }
  });
});

describe('the outbox, for admins', () => {
  it('shows mails newest first, by pages, by state and by address', async () => {
    const name = randomUUID();
    const oldest = await addMail(`${name}@example.com`, 'failed', { payload: `'x'`, validUntil: 'null', age: 30 });
    const middle = await addMail(`${name}@example.com`, 'sent', { payload: 'null', validUntil: 'null', age: 20 });
    const newest = await addMail(`${name}@example.com`, 'waiting', { payload: `'x'`, validUntil: 'null', age: 10 });
    const recipient = `${name.toUpperCase()}@EXAMPLE.com`;

    const page = await list({ first: 2, recipient });
    expect(page.edges.map(({ node }) => node.id)).toEqual([newest, middle]);
    expect(page.pageInfo.hasNextPage).toBe(true);
    const rest = await list({ first: 2, recipient, after: page.pageInfo.endCursor! });
    expect(rest.edges.map(({ node }) => node.id)).toEqual([oldest]);
    expect(rest.pageInfo.hasNextPage).toBe(false);

    const failed = await list({ recipient, state: 'FAILED' });
    expect(failed.edges.map(({ node }) => node)).toEqual([
      {
        id: oldest,
        template: 'reset-password',
        recipient: `${name}@example.com`,
        state: 'FAILED',
        attempts: 0,
        createdAt: expect.any(String),
        dueAt: null,
        finishedAt: expect.any(String),
        error: 'a reason',
      },
    ]);
  });

  it('sends a mail again, and records who asked for it', async () => {
    const id = await addMail(`${randomUUID()}@example.com`, 'failed');
    const { data } = await retry(id);
    expect(data!.retryMail).toMatchObject({ id, state: 'WAITING', attempts: 0, finishedAt: null, error: null });
    // At once, although it was due tomorrow.
    const [tried] = await until(
      () => gatehouse.sql(`select state, error from mails where id = '${id}'`),
      ([row]) => row?.['state'] === 'failed',
    );
    expect(tried!['error']).toContain('cannot be decrypted');
    const [event] = await gatehouse.sql(`select * from audit_events where subject = 'mail:${id}'`);
    expect(event).toMatchObject({ type: 'mail.retried', actor: 'admin', detail: { template: 'reset-password' } });
  });

  it.each([
    ['that was sent', 'sent', { payload: 'null', validUntil: 'null', age: 0 }],
    ['that is being sent', 'sending', { payload: `'x'`, validUntil: 'null', age: 0 }],
    ['whose link is over', 'failed', { payload: `'x'`, validUntil: 'now()', age: 0 }],
  ])('does not send a mail again %s', async (_title, state, more) => {
    const { errors } = await retry(await addMail(`${randomUUID()}@example.com`, state, more));
    expect(errors![0]!.extensions).toMatchObject({ code: 'CONFLICT', fields: [{ field: 'id', code: 'TOO_LATE' }] });
  });

  it.each([randomUUID(), 'no id'])('knows no mail %s', async (id) => {
    const { errors } = await retry(id);
    expect(errors![0]!.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ field: 'id', code: 'NOT_FOUND' }],
    });
  });

  it('is closed to others', async () => {
    const person = await createUser(gatehouse);
    const { accessToken } = await gatehouse.client.login(person.username, person.password);
    const { errors } = await retry(await addMail('a@example.com', 'failed'), accessToken);
    expect(errors![0]!.extensions).toMatchObject({ code: 'FORBIDDEN' });
  });
});
