import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { LinkPath, NewMail } from '../../../src/mail/mail.ts';
import { createOutbox } from '../../../src/mail/outbox.ts';
import { createMailPayloads } from '../../../src/mail/payload.ts';
import { rewrapMails } from '../../../src/mail/rewrap.ts';
import { type Db, query } from '../../../src/store/database/database.ts';
import { createDatabaseTime } from '../../../src/store/database/database_time.ts';
import { type OpenStores, openStores, SECRET } from '../../support/open_stores.ts';

let stores: OpenStores;
const now = Date.now();
const outbox = createOutbox(
  createMailPayloads([SECRET]),
  createDatabaseTime(() => now),
);

beforeAll(async () => {
  stores = await openStores();
});
afterAll(() => stores.close());

const fresh = () => `${randomUUID()}@example.com`;
const expiresAt = new Date('2026-12-01T12:00:00Z');

function reset(to: string, more: Partial<NewMail> = {}): NewMail {
  const data = { username: 'ada', path: '/account/reset#token=abc' as LinkPath, code: 'ABCD-2345', expiresAt };
  return { to, userId: null, template: 'reset-password', data, ...more } as NewMail;
}

function notice(to: string): NewMail {
  const data = {
    kind: 'password-changed',
    username: 'ada',
    at: new Date(now),
    address: null,
    userAgent: null,
  } as const;
  return { to, userId: null, template: 'notice', data };
}

const add = (mail: NewMail) => stores.database.transaction((db) => outbox.add(db, mail, new Date(now)));
const rowsTo = (to: string) =>
  stores.database.run((db) => query<any>(db, 'select * from mails where recipient = ? order by created_at', [to]));

describe('the outbox', () => {
  it('keeps a mail with the change that causes it, and neither without the other', async () => {
    const to = fresh();
    await expect(
      stores.database.transaction(async (db) => {
        await outbox.add(db, reset(to), new Date(now));
        throw new Error('the change failed');
      }),
    ).rejects.toThrow('the change failed');
    expect(await rowsTo(to)).toEqual([]);
    expect(await add(reset(to))).toBe('added');
    expect(await rowsTo(to)).toMatchObject([{ state: 'waiting', template: 'reset-password', attempts: 0 }]);
  });

  it('seals the values and the address, so that a stolen database opens no link', async () => {
    const to = fresh();
    await add(reset(to));
    const [row] = await rowsTo(to);
    const text = Buffer.from(row.payload).toString('latin1');
    expect(text).not.toContain('abc');
    expect(text).not.toContain(to);
    expect(createMailPayloads(['another secret, with 32 bytes or more', SECRET]).open(row.id, row.payload)).toEqual({
      id: row.id,
      to,
      content: { template: 'reset-password', data: reset(to).data },
    });
    expect(() => createMailPayloads(['another secret, with 32 bytes or more']).open(row.id, row.payload)).toThrow(
      'another JWT_SECRET_KEY',
    );
  });

  it('is sealed anew for a new secret, and stays as it is where no secret opens it', async () => {
    const [to, lost] = [fresh(), fresh()];
    await add(reset(to));
    const other = createOutbox(
      createMailPayloads(['a secret that is lost, 32 bytes or more']),
      createDatabaseTime(() => now),
    );
    await stores.database.transaction((db) => other.add(db, reset(lost), new Date(now)));
    const [before] = await rowsTo(lost);
    const renewed = 'the new secret of the tests, 32 bytes or more';
    await rewrapMails(stores.database, [renewed, SECRET]);
    const [row] = await rowsTo(to);
    expect(createMailPayloads([renewed]).open(row.id, row.payload).to).toBe(to);
    expect((await rowsTo(lost))[0].payload).toEqual(before.payload);
  });

  it('refuses a payload that was moved to another row', async () => {
    const to = fresh();
    await add(reset(to));
    const [row] = await rowsTo(to);
    expect(() => createMailPayloads([SECRET]).open(randomUUID(), row.payload)).toThrow('another mail');
  });

  it('adds a mail once by its key', async () => {
    const [to, once] = [fresh(), `new-device:${randomUUID()}`];
    expect(await add({ ...notice(to), once })).toBe('added');
    expect(await add({ ...notice(to), once })).toBe('repeated');
    expect(await rowsTo(to)).toHaveLength(1);
  });

  it('adds three mails an hour to one address, in any spelling', async () => {
    const name = randomUUID();
    for (const spelling of [`${name}@example.com`, `${name.toUpperCase()}@example.com`, `${name}@EXAMPLE.com`]) {
      expect(await add(reset(spelling))).toBe('added');
    }
    expect(await add(reset(`${name}@example.com`))).toBe('limited');
    expect(await add({ ...reset(`${name}@example.com`), template: 'verify-email' } as NewMail)).toBe('limited');
    expect(await add(reset(fresh()))).toBe('added');
  });

  it('lets a notice wait where other mails are dropped, and bounds how many wait', async () => {
    const to = fresh();
    for (let i = 0; i < 20; i += 1) expect(await add(notice(to))).toBe('added');
    expect(await add(reset(to))).toBe('limited');
    expect(await add(notice(to))).toBe('limited');
  });

  it('counts sent mails for an hour', async () => {
    const to = fresh();
    const sent = (db: Db, ago: string) =>
      query(db, `update mails set state = 'sent', tried_at = ?::timestamptz - ?::interval where recipient = ?`, [
        new Date(now),
        ago,
        to,
      ]);
    for (let i = 0; i < 3; i += 1) await add(reset(to));
    await stores.database.run((db) => sent(db, '59 minutes'));
    expect(await add(reset(to))).toBe('limited');
    await stores.database.run((db) => sent(db, '61 minutes'));
    expect(await add(reset(to))).toBe('added');
  });

  it.each([
    'ada',
    'ada@example.com, eve@example.com',
    '"eve@evil.example x"@example.com',
    'ada@example.com(x)evil.example',
  ])('refuses the address %s', async (to) => {
    await expect(add(reset(to))).rejects.toThrow('no valid address');
  });

  it('refuses an address with a line break, which would add a header', async () => {
    await expect(add(reset('ada@example.com\r\nBcc: eve@example.com'))).rejects.toThrow('no valid address');
  });

  it('refuses an address of thousands of groups', async () => {
    await expect(add(reset(`${'a:'.repeat(9_000)}ada@example.com`))).rejects.toThrow('no valid address');
  });

  it.each(['//evil.example/reset', '/\\evil.example/reset', 'https://evil.example/reset'])(
    'refuses a link to another server: %s',
    async (path) => {
      const { data } = reset(fresh());
      await expect(add(reset(fresh(), { data: { ...data, path } } as Partial<NewMail>))).rejects.toThrow(
        'must be a path on this server',
      );
    },
  );

  it('forgets the mails of a deleted account', async () => {
    const to = fresh();
    const userId = randomUUID();
    await stores.database.run((db) =>
      query(
        db,
        `insert into users (id, username, role, disabled, created_at, deleted_at) values (?, 'gone', 'user', false, now(), now())`,
        [userId],
      ),
    );
    await add({ ...notice(to), userId });
    await stores.database.transaction((db) => outbox.erase(db, userId));
    expect(await rowsTo(to)).toEqual([]);
  });
});
