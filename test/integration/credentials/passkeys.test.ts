import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  addPasskey,
  checkPasskeyName,
  findPasskeyByCredential,
  findPasskeys,
  noteUse,
  removePasskey,
  removePasskeys,
  renamePasskey,
} from '../../../src/credentials/webauthn/passkeys.ts';
import { findUserHandle, removeUserHandle, userHandle } from '../../../src/credentials/webauthn/user_handles.ts';
import { createUser } from '../../../src/users/users.ts';
import { codesOf } from '../../support/faults.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openStores, type OpenStores } from '../../support/open_stores.ts';

describeOnStores('passkeys', (stores) => {
  const now = new Date();
  let open: OpenStores;
  beforeAll(async () => {
    open = await openStores(stores);
  });
  afterAll(() => open.close());

  const account = () =>
    open.database.transaction(async (db) => {
      const name = `key.${randomUUID().slice(0, 8)}`;
      const input = { username: name, email: `${name}@example.com`, fullName: null, role: 'user', passwordHash: '-' };
      return (await createUser(db, input, now)).id;
    });
  const addition = (userId: string, changes: object = {}) => ({
    userId,
    name: 'Laptop',
    credentialId: randomBytes(32),
    publicKey: randomBytes(77),
    counter: 0,
    transports: ['internal', 'hybrid'],
    deviceType: 'multiDevice' as const,
    backedUp: true,
    ...changes,
  });
  const add = (userId: string, changes?: object) =>
    open.database.transaction((db) => addPasskey(db, addition(userId, changes), now));

  it('are found by account and by credential id', async () => {
    const [ada, bob] = [await account(), await account()];
    const added = await add(ada);
    await add(bob);
    const found = await open.database.run((db) => findPasskeys(db, ada));
    expect(found.map(({ id }) => id)).toEqual([added.id]);
    expect(found[0]).toMatchObject({ transports: 'internal hybrid', counter: 0, lastUsedAt: null });
    const same = await open.database.run((db) => findPasskeyByCredential(db, Buffer.from(added.credentialId)));
    expect(same?.userId).toBe(ada);
    expect(await open.database.run((db) => findPasskeyByCredential(db, randomBytes(32)))).toBeNull();
  });

  it('have a credential id that no other has, of any account', async () => {
    const credentialId = randomBytes(1023);
    await add(await account(), { credentialId });
    await expect(add(await account(), { credentialId })).rejects.toMatchObject({
      kind: 'CONFLICT',
      fields: [{ field: 'response', code: 'TAKEN' }],
    });
  });

  it('are at most fifty for each account', async () => {
    const ada = await account();
    await open.database.transaction(async (db) => {
      for (let count = 0; count < 50; count += 1) await addPasskey(db, addition(ada), now);
    });
    await expect(add(ada)).rejects.toMatchObject({ fields: [{ field: 'passkeys', code: 'TOO_MANY', max: 50 }] });
  });

  it('are renamed and removed by their own account only', async () => {
    const [ada, bob] = [await account(), await account()];
    const { id } = await add(ada);
    const change = <T>(work: (db: Parameters<typeof findPasskeys>[0]) => Promise<T>) => open.database.transaction(work);
    const refused = { kind: 'BAD_USER_INPUT', fields: [{ field: 'id', code: 'NOT_FOUND' }] };
    for (const key of [
      { id, userId: bob },
      { id: randomUUID(), userId: ada },
      { id: 'x', userId: ada },
    ]) {
      await expect(change((db) => renamePasskey(db, key, 'Mine'))).rejects.toMatchObject(refused);
      await expect(change((db) => removePasskey(db, key))).rejects.toMatchObject(refused);
    }
    await change((db) => renamePasskey(db, { id: id.toUpperCase(), userId: ada }, 'Phone'));
    expect((await open.database.run((db) => findPasskeys(db, ada)))[0]?.name).toBe('Phone');
    await change((db) => removePasskey(db, { id, userId: ada }));
    expect(await open.database.run((db) => findPasskeys(db, ada))).toEqual([]);
  });

  it('are removed together', async () => {
    const ada = await account();
    await add(ada);
    await add(ada);
    expect(await open.database.transaction((db) => removePasskeys(db, ada))).toBe(2);
  });

  it.each<[string, number, number, boolean]>([
    ['rises', 5, 6, true],
    ['begins', 0, 1, true],
    ['is the highest', 4_294_967_294, 4_294_967_295, true],
    ['is never kept', 0, 0, true],
    ['stands still', 5, 5, false],
    ['goes back', 5, 4, false],
    ['is dropped', 5, 0, false],
  ])('note a use whose counter %s (%i to %i): %s', async (_title, counter, shown, noted) => {
    const passkey = await add(await account(), { counter });
    const use = { counter: shown, backedUp: false, at: now };
    expect(await open.database.transaction((db) => noteUse(db, passkey, use))).toBe(noted);
    const after = await open.database.run((db) => findPasskeyByCredential(db, Buffer.from(passkey.credentialId)));
    expect(after).toMatchObject(
      noted ? { counter: shown, backedUp: false, lastUsedAt: now } : { counter, backedUp: true, lastUsedAt: null },
    );
  });

  it('note one of two uses with the same counter', async () => {
    const passkey = await add(await account(), { counter: 1 });
    const use = { counter: 2, backedUp: true, at: now };
    const noted = await Promise.all([1, 2].map(() => open.database.transaction((db) => noteUse(db, passkey, use))));
    expect(noted.sort()).toEqual([false, true]);
  });

  it('have an owner with one random handle of 64 bytes', async () => {
    const [ada, bob] = [await account(), await account()];
    expect(await open.database.run((db) => findUserHandle(db, ada))).toBeNull();
    const handles = await Promise.all([1, 2].map(() => open.database.transaction((db) => userHandle(db, ada))));
    expect(handles[0]).toHaveLength(64);
    expect(handles[1]).toEqual(handles[0]);
    expect(await open.database.transaction((db) => userHandle(db, bob))).not.toEqual(handles[0]);
    await open.database.transaction((db) => removeUserHandle(db, ada));
    expect(await open.database.run((db) => findUserHandle(db, ada))).toBeNull();
  });

  it.each<[string, string[]]>([
    ['', ['name REQUIRED']],
    ['   ', ['name REQUIRED']],
    ['x'.repeat(101), ['name TOO_LONG']],
    ['a\u202eb', ['name CONTROL_CHARACTERS']],
    ['a\nb', ['name CONTROL_CHARACTERS']],
    ['\ud800', ['name NOT_UNICODE']],
  ])('refuse the name %j', (name, faults) => {
    let thrown: unknown;
    try {
      checkPasskeyName(name);
    } catch (error) {
      thrown = error;
    }
    expect(codesOf((thrown as { fields: never }).fields)).toEqual(faults);
  });

  it('trim a name', () => {
    expect(checkPasskeyName(' Laptop ')).toBe('Laptop');
  });
});
