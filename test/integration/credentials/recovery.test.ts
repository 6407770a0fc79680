import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import {
  consumeRecoveryCode,
  countRecoveryCodes,
  removeRecoveryCodes,
  renewRecoveryCodes,
} from '../../../src/credentials/recovery/recovery_codes.ts';
import { type Database, query } from '../../../src/store/database/database.ts';
import { createUser } from '../../../src/users/users.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openStores, type OpenStores } from '../../support/open_stores.ts';

describeOnStores('recovery codes', (stores) => {
  let open: OpenStores;
  let replicas: readonly [Database, Database];
  let userId: string;
  let people = 0;

  const someone = async () => {
    const username = `recovery.${(people += 1)}`;
    const input = { username, email: `${username}@example.com`, fullName: null, role: 'user', passwordHash: 'none' };
    return (await open.database.transaction((db) => createUser(db, input, new Date()))).id;
  };
  beforeAll(async () => {
    open = await openStores(stores);
    replicas = [open.database, (await open.again()).database];
  });
  afterAll(() => open.close());
  beforeEach(async () => {
    userId = await someone();
  });

  const renew = (id = userId) => open.database.transaction((db) => renewRecoveryCodes(db, id, new Date()));
  const use = (code: string, id = userId, database = open.database) =>
    database.transaction((db) => consumeRecoveryCode(db, id, code));
  const left = () => open.database.run((db) => countRecoveryCodes(db, userId));

  it('are ten, each used once, in any spelling', async () => {
    const codes = await renew();
    expect(new Set(codes).size).toBe(10);
    expect(await left()).toBe(10);
    for (const [n, code] of codes.entries()) {
      expect(await use(code.toLowerCase().replaceAll('-', ' '))).toBe(true);
      expect(await use(code)).toBe(false);
      expect(await left()).toBe(9 - n);
    }
  });

  it('are used once by twenty requests at two replicas at the same time', async () => {
    const [code] = await renew();
    const used = await Promise.all(Array.from({ length: 20 }, (_, n) => use(code!, userId, replicas[n % 2])));
    expect(used.filter(Boolean)).toHaveLength(1);
    expect(await left()).toBe(9);
  });

  it('are not used if the transaction that they permit fails', async () => {
    const [code] = await renew();
    const failing = open.database.transaction(async (db) => {
      expect(await consumeRecoveryCode(db, userId, code!)).toBe(true);
      throw new Error('the sign-in failed');
    });
    await expect(failing).rejects.toThrow('the sign-in failed');
    expect(await use(code!)).toBe(true);
  });

  it('are void after a renewal', async () => {
    const before = await renew();
    const after = await renew();
    expect(await left()).toBe(10);
    expect(await use(before[0]!)).toBe(false);
    expect(await use(after[0]!)).toBe(true);
  });

  it('belong to one account, also if the row is copied to another', async () => {
    const [code] = await renew();
    const other = await someone();
    expect(await use(code!, other)).toBe(false);
    await open.database.run((db) =>
      query(db, 'update recovery_codes set user_id = ? where user_id = ?', [other, userId]),
    );
    expect(await use(code!, other)).toBe(false);
  });

  it('are stored as digests alone, and deleted as a whole', async () => {
    const codes = await renew();
    const rows = await open.database.run((db) => query(db, 'select * from recovery_codes where user_id = ?', [userId]));
    const stored = JSON.stringify(rows.map((row) => Object.values(row as object).map(String)));
    for (const code of codes) {
      expect(stored).not.toContain(code);
      expect(stored).not.toContain(code.replaceAll('-', ''));
    }
    await open.database.transaction((db) => removeRecoveryCodes(db, userId));
    expect(await left()).toBe(0);
  });
});
