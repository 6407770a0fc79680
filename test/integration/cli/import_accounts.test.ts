import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actorName } from '../../../src/kernel/actor.ts';
import { readEvents } from '../../../src/audit/read_events.ts';
import { createImportAccounts, type ImportedAccount } from '../../../src/application/administration/import_accounts.ts';
import { createUseCases } from '../../../src/application/use_cases.ts';
import { createHasher } from '../../../src/credentials/password/hasher.ts';
import { operator } from '../../../src/cli/operator.ts';
import { countUsers, findUser, PROFILE_FIELDS } from '../../../src/users/users.ts';
import { HASHING, openEmbeddedServices } from '../../support/open_stores.ts';
import type { FieldFaults } from '../../../src/kernel/field_faults.ts';
import { codesOf } from '../../support/faults.ts';

const BCRYPT = '$2y$10$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu';
const SALT = 'c29tZXNhbHRzb21lc2FsdA';
const TAG = 'MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI';
const argon2 = (parameters: string) => `$argon2id$v=19$${parameters}$${SALT}$${TAG}`;

const by = operator();
const account = (username: string, more: Partial<ImportedAccount> = {}): ImportedAccount => ({
  username,
  email: `${username.toLowerCase()}@example.com`,
  fullName: null,
  role: 'user',
  disabled: false,
  passwordHash: BCRYPT,
  ...more,
});

describe('imported accounts', () => {
  let services: Awaited<ReturnType<typeof openEmbeddedServices>>;
  let importAll: (accounts: readonly ImportedAccount[]) => ReturnType<ReturnType<typeof createImportAccounts>>;
  beforeAll(async () => {
    services = await openEmbeddedServices();
    const importAccounts = createImportAccounts(services, HASHING);
    importAll = (accounts) => importAccounts(accounts, by);
  });
  afterAll(() => services.close());
  const count = () => services.database.run((db) => countUsers(db));
  const created = async (username: string) =>
    (await services.database.run((db) => readEvents(db, { first: 9, names: [username], type: 'user.created' }))).events;

  it('keep every field of their profile', async () => {
    const imported = account('every.field', { fullName: 'Every Field' });
    expect(PROFILE_FIELDS.filter((name) => imported[name] === null)).toEqual([]);
    expect(await importAll([imported])).toEqual(['imported']);
    const stored = await services.database.run((db) => findUser(db, 'every.field'));
    for (const name of PROFILE_FIELDS) expect([name, stored![name]]).toEqual([name, imported[name]]);
  });

  it('sign in with the password they had, are audited, and are theirs in lower case', async () => {
    const passwordHash = await (await createHasher(HASHING)).hash('the password from before');
    expect(await importAll([account('Old.Hand', { passwordHash, fullName: 'Old Hand', role: 'admin' })])).toEqual([
      'imported',
    ]);
    const use = createUseCases(services);
    const input = { username: 'old.hand', password: 'the password from before' };
    expect(await use.login(input, by.request)).toMatchObject({ accessToken: expect.any(String) });
    expect(await created('old.hand')).toMatchObject([
      { actor: actorName(by.actor), detail: { role: 'admin', disabled: false } },
    ]);
  });

  it('leave no hash in the audit log, of those that were imported and of those that were refused', async () => {
    const hashes = [BCRYPT, argon2('m=65536,t=3,p=4')];
    const asked = hashes.map((passwordHash, at) => account(`secret.${at}`, { passwordHash }));
    expect(await importAll(asked)).toEqual(['imported', 'imported']);
    await importAll([
      account('secret.0', { passwordHash: hashes[1]! }),
      account('secret.2', { email: asked[0]!.email }),
    ]);
    const { events } = await services.database.run((db) => readEvents(db, { first: 100 }));
    const text = JSON.stringify(events);
    expect(text).toContain('secret.1');
    // The hash, and its salt and digest, which are as secret on their own.
    for (const secret of [...hashes, BCRYPT.slice(7), BCRYPT.slice(29), SALT, TAG]) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/\$(2[aby]|argon2)/);
  });

  it('are there once, however often the same file is imported, also after a login hashed the password anew', async () => {
    const file = [account('kandi.one'), account('kandi.two', { disabled: true }), account('Kandi.One')];
    expect(await importAll(file)).toEqual(['imported', 'imported', 'present']);
    const before = await count();
    expect(await importAll(file)).toEqual(['present', 'present', 'present']);
    await services.database.transaction(async (db) => {
      (await findUser(db, 'kandi.one'))!.passwordHash = argon2('m=64,t=1,p=1');
    });
    expect(await importAll(file)).toEqual(['present', 'present', 'present']);
    expect(await count()).toBe(before);
    expect(await created('kandi.one')).toHaveLength(1);
    expect((await services.database.run((db) => findUser(db, 'kandi.one')))!.passwordHash).not.toBe(BCRYPT);
  });

  it('never replace an account, take its address, or bring back one that was deleted', async () => {
    await importAll([account('standing'), account('gone')]);
    await createUseCases(services).accounts.remove('gone', by);
    const other = argon2('m=65536,t=3,p=4');
    expect(
      await importAll([
        account('standing', { passwordHash: other, role: 'admin' }),
        account('newcomer', { email: 'STANDING@example.com' }),
        account('gone'),
        account('twice', { email: 'twice@example.com' }),
        account('twice.too', { email: 'Twice@Example.com' }),
        account('twice', { passwordHash: other }),
        account('idn', { email: 'idn@münchen.example' }),
        account('idn.too', { email: 'IDN@xn--mnchen-3ya.example' }),
      ]),
    ).toEqual([
      { fields: [{ field: 'username', code: 'TAKEN' }] },
      { fields: [{ field: 'email', code: 'TAKEN' }] },
      { fields: [{ field: 'username', code: 'TAKEN_BY_DELETED' }] },
      'imported',
      { fields: [{ field: 'email', code: 'TAKEN' }] },
      { fields: [{ field: 'username', code: 'TAKEN' }] },
      'imported',
      { fields: [{ field: 'email', code: 'TAKEN' }] },
    ]);
    const standing = await services.database.run((db) => findUser(db, 'standing'));
    expect(standing).toMatchObject({ role: 'user', passwordHash: BCRYPT });
  });

  it.each<[string, Partial<ImportedAccount>, string]>([
    ['no name', { username: 'ö' }, 'username TOO_SHORT'],
    ['no address', { email: 'nowhere' }, 'email MALFORMED'],
    ['a control character', { fullName: 'a\nb' }, 'fullName CONTROL_CHARACTERS'],
    ['no role', { role: 'constructor' }, 'role UNKNOWN'],
    ['a password', { passwordHash: 'hunter2' }, 'passwordHash MALFORMED'],
    ['four gigabytes a login', { passwordHash: argon2('m=4194304,t=3,p=4') }, 'passwordHash TOO_COSTLY'],
    ['days a login', { passwordHash: BCRYPT.replace('$10$', '$31$') }, 'passwordHash TOO_COSTLY'],
    ['a mangled bcrypt', { passwordHash: BCRYPT.replace('$2y$', '$2x$') }, 'passwordHash UNSUPPORTED_SCHEME'],
  ])('are refused alone: %s', async (_what, wrong, fault) => {
    const before = await count();
    const good = account(`good.${before}`);
    const [bad, beside] = await importAll([account('wrong', wrong), good]);
    expect(codesOf((bad as { fields: FieldFaults }).fields)).toContain(fault);
    expect(JSON.stringify(bad)).not.toContain('hunter2');
    expect(beside).toBe('imported');
    expect(await count()).toBe(before + 1);
  });

  it('are refused with the name of the scheme of their hash, and no text of it', async () => {
    const hashes = ['pbkdf2_sha256$600000$c2FsdA$aGFzaA==', '$6$saltsalt$aGFzaA', 'hunter2', BCRYPT.slice(0, 30)];
    const outcomes = await importAll(hashes.map((passwordHash, at) => account(`foreign.${at}`, { passwordHash })));
    expect(outcomes).toMatchObject([
      { scheme: 'pbkdf2', fields: [{ code: 'UNSUPPORTED_SCHEME', scheme: 'pbkdf2' }] },
      { scheme: 'sha512-crypt' },
      { scheme: 'unrecognised', fields: [{ code: 'MALFORMED', expected: 'PASSWORD_HASH' }] },
      { scheme: 'bcrypt, malformed' },
    ]);
    expect(JSON.stringify(outcomes)).not.toMatch(/hunter2|c2FsdA|saltsalt|600000/);
    const [dear] = await importAll([account('dear', { passwordHash: argon2('m=4194304,t=3,p=4') })]);
    expect(dear).toEqual({ fields: [{ field: 'passwordHash', code: 'TOO_COSTLY' }] });
  });

  it('are all there with their events, or none is', async () => {
    const before = await count();
    const failing = createImportAccounts(
      {
        ...services,
        database: {
          ...services.database,
          transaction: (work) =>
            services.database.transaction(async (db) => {
              await work(db);
              throw new Error('killed before the commit');
            }),
        },
      },
      HASHING,
    );
    await expect(failing([account('half.done')], by)).rejects.toThrow('killed before the commit');
    expect(await count()).toBe(before);
    expect(await created('half.done')).toEqual([]);
  });
});
