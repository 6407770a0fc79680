import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lookAtAddresses } from '../../../src/cli/doctor/addresses.ts';
import { type Database, openDatabase, query } from '../../../src/store/database/database.ts';

describe('the keys of e-mail addresses', () => {
  let pglite: PGlite;
  let database: Database;
  const open = () => openDatabase({ url: undefined, dataDir: 'memory', entities: [], pglite: async () => pglite });
  const insert = (username: string, email: string, createdAt: string) =>
    pglite.query(
      `insert into users (id, username, email, role, password_hash, created_at)
       values (gen_random_uuid(), $1, $2, 'user', '', $3)`,
      [username, email, createdAt],
    );
  const keyOf = async (username: string) =>
    (
      await database.run((db) =>
        query<{ key: string }>(db, 'select email_key as key from users where username = ?', [username]),
      )
    )[0]!.key;

  beforeAll(async () => {
    pglite = await PGlite.create();
    await open();
    // The database as the release before left it.
    await pglite.exec(`
      drop trigger users_email_changed on users;
      drop function users_email_changed();
      drop index users_email;
      create unique index users_email_unique on users (lower(email));
      alter table users drop column email_key, drop column email_verified_at;
      delete from mikro_orm_migrations where name = '20261129_email_keys'`);
    await insert('ascii', 'Kandi@Example.COM', '2026-01-03');
    await insert('older', 'a@münchen.example', '2026-01-01');
    await insert('younger', 'ａ@MÜNCHEN.example', '2026-01-02');
    await insert('twin', 'b@xn--mnchen-3ya.example', '2026-01-02');
    await insert('earlier-twin', 'b@münchen.example', '2026-01-01');
    await insert('wide', 'ｋａｎｄｉ@example.com', '2026-01-01');
    await insert('cyrillic', 'Почта@пример.рф', '2026-01-01');
    database = await open();
  });
  afterAll(() => database.close());

  it.each([
    ['ascii', 'kandi@example.com'],
    ['older', 'a@xn--mnchen-3ya.example'],
    ['twin', 'b@xn--mnchen-3ya.example'],
    ['cyrillic', 'почта@xn--e1afmkfd.xn--p1ai'],
  ])('are added to the rows of earlier releases: %s', async (username, key) => {
    expect(await keyOf(username)).toBe(key);
  });

  it.each(['younger', 'earlier-twin', 'wide'])(
    'are missing where another account has the key: %s',
    async (username) => {
      expect(await keyOf(username)).toBeNull();
    },
  );

  it('are what doctor names accounts without', async () => {
    expect(await lookAtAddresses(database)).toMatchObject([
      { state: 'warn', says: expect.stringMatching(/^earlier-twin, wide, younger: /) },
    ]);
  });

  it('follow an address that the release before changes, which is then not verified', async () => {
    await pglite.query(`update users set email_verified_at = now() where username = 'ascii'`);
    await pglite.query(`update users set email = 'New@Example.com' where username = 'ascii'`);
    const { rows } = await pglite.query(`select email_key, email_verified_at from users where username = 'ascii'`);
    expect(rows).toEqual([{ email_key: 'new@example.com', email_verified_at: null }]);
    await pglite.query(`update users set email = 'neu@münchen.example' where username = 'ascii'`);
    expect(await keyOf('ascii')).toBeNull();
  });
});
