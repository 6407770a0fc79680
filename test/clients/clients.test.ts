import { describe, expect, it } from '@jest/globals';
import { addClient, isScopeList, type NewClient, proves } from '../../src/clients/clients.ts';
import { Refusal } from '../../src/kernel/errors.ts';
import type { Db } from '../../src/store/database/database.ts';

const NOW = new Date('2030-01-01T00:00:00Z');
const APP: NewClient = {
  name: 'Reports',
  public: false,
  redirectUris: ['https://app.example/callback'],
  grantTypes: ['authorization_code'],
  scopes: ['account'],
};

/** Registers a client in a unit of work that is never flushed, and returns the row to store. */
function register(more: Partial<NewClient>) {
  const persisted: unknown[] = [];
  const db = {
    create: (_entity: unknown, row: object) => row,
    persist: (row: unknown) => persisted.push(row),
  } as unknown as Db;
  const added = addClient(db, { ...APP, ...more }, NOW);
  expect(persisted).toEqual([added.client]);
  return added;
}

/** Returns the fields, codes and facts of the refusal; undefined if the client is registered. */
function faults(more: Partial<NewClient>): string[] {
  try {
    register(more);
    return [];
  } catch (error) {
    expect(error).toMatchObject({ kind: 'BAD_USER_INPUT' });
    return (error as Refusal).fields!.map((fault) => Object.values(fault).flat().join(' '));
  }
}

const many = (count: number, name: (at: number) => string) => Array.from({ length: count }, (_, at) => name(at));
/** Returns scopes of a number of characters together, including the blanks between them. */
const scopesOf = (characters: number) => [...many(9, (at) => `${at}`.repeat(100)), 'x'.repeat(characters - 909)];

const CONTROL = 'name CONTROL_CHARACTERS';
const SIGNS = 'scopes MALFORMED SCOPE';
const ALONE = 'grantTypes INCOMPLETE refresh_token authorization_code password';

describe('addClient', () => {
  it.each<[string, Partial<NewClient>]>([
    ['a name of one character', { name: 'A' }],
    ['a name of 100 characters', { name: 'a'.repeat(100) }],
    ['a name in any script', { name: 'Отчёты 報告' }],
    ['20 redirect URIs', { redirectUris: many(20, (at) => `https://app.example/${at}`) }],
    ['the same redirect URI 20 times', { redirectUris: many(20, () => 'https://app.example/') }],
    ['50 scopes', { scopes: many(50, (at) => `scope${at}`) }],
    ['a scope of 100 characters', { scopes: ['a'.repeat(100)] }],
    ['scopes of 1000 characters together', { scopes: scopesOf(1000) }],
    ['no scope', { scopes: [] }],
    ['a scope with every allowed character', { scopes: ["!#$%&'()*+,-./:;<=>?@[]^_`{|}~"] }],
    ['the refresh grant with the code grant', { grantTypes: ['authorization_code', 'refresh_token'] }],
    ['the refresh grant with the password grant', { grantTypes: ['password', 'refresh_token'], redirectUris: [] }],
    ['the client credentials grant', { grantTypes: ['client_credentials'], redirectUris: [] }],
    ['the password grant of a public client', { public: true, grantTypes: ['password'], redirectUris: [] }],
    ['every grant', { grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', 'password'] }],
  ])('accepts %s', (_what, more) => {
    expect(faults(more)).toEqual([]);
  });

  it.each<[string, Partial<NewClient>, string]>([
    ['no name', { name: '' }, 'name REQUIRED'],
    ['a blank name', { name: ' ' }, 'name REQUIRED'],
    ['a name of 101 characters', { name: 'a'.repeat(101) }, 'name TOO_LONG 100'],
    ['a name with a tab', { name: 'a\tb' }, CONTROL],
    ['a name with a direction mark', { name: 'a\u202eb' }, CONTROL],
    ['a name with a lone surrogate', { name: 'a\ud800' }, 'name NOT_UNICODE'],
    ['21 redirect URIs', { redirectUris: many(21, (at) => `https://app.example/${at}`) }, 'redirectUris TOO_MANY 20'],
    [
      'an invalid redirect URI',
      { redirectUris: ['https://app.example/', 'app.example'] },
      'redirectUris INVALID_URI NOT_ABSOLUTE',
    ],
    ['the code grant without a redirect URI', { redirectUris: [] }, 'redirectUris REQUIRED_WITH authorization_code'],
    [
      'a redirect URI without the code grant',
      { grantTypes: ['password'] },
      'redirectUris ONLY_WITH authorization_code',
    ],
    ['no grant', { grantTypes: [], redirectUris: [] }, 'grantTypes REQUIRED'],
    [
      'an unknown grant',
      { grantTypes: ['authorization_code', 'implicit'] },
      'grantTypes UNKNOWN authorization_code refresh_token client_credentials password',
    ],
    ['only the refresh grant', { grantTypes: ['refresh_token'], redirectUris: [] }, ALONE],
    [
      'the refresh grant with the client credentials grant',
      { grantTypes: ['client_credentials', 'refresh_token'], redirectUris: [] },
      ALONE,
    ],
    [
      'the client credentials grant of a public client',
      { public: true, grantTypes: ['client_credentials'], redirectUris: [] },
      'grantTypes NOT_WITH client_credentials public',
    ],
    ['51 scopes', { scopes: many(51, (at) => `scope${at}`) }, 'scopes TOO_MANY 50'],
    ['a scope of 101 characters', { scopes: ['a'.repeat(101)] }, 'scopes TOO_LONG 100'],
    ['scopes of 1001 characters together', { scopes: scopesOf(1001) }, 'scopes TOO_LONG_TOGETHER 1000'],
    ['an empty scope', { scopes: ['account', ''] }, 'scopes REQUIRED'],
    ['a scope with a blank', { scopes: ['a b'] }, SIGNS],
    ['a scope with a quote', { scopes: ['a"b'] }, SIGNS],
    ['a scope with a backslash', { scopes: ['a\\b'] }, SIGNS],
    ['a scope in another script', { scopes: ['отчёты'] }, SIGNS],
    ['a scope with a trailing line break', { scopes: ['account\n'] }, SIGNS],
  ])('rejects %s', (_what, more, fault) => {
    expect(faults(more)).toEqual([fault]);
  });
});

describe('a registered client', () => {
  it.each([
    ['Reports', 'reports'],
    ['  Our Reports! (2030)', 'our-reports-2030'],
    ['--a--', 'a'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwx'],
    ['報告', 'client'],
  ])('has an unguessable id that begins with its name: %s', (name, beginning) => {
    expect(register({ name }).client.id).toMatch(new RegExp(`^${beginning}-[0-9a-f]{16}$`));
  });

  it('is stored without duplicates and without its secret', () => {
    const { client, secret } = register({
      name: ' Reports ',
      scopes: ['account', 'account'],
      grantTypes: ['authorization_code', 'authorization_code'],
      redirectUris: ['https://app.example/callback', 'https://app.example/callback'],
    });
    const { public: _, ...kept } = APP;
    expect(client).toMatchObject({ ...kept, createdAt: NOW, removedAt: null });
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(client)).not.toContain(secret);
  });

  it('authenticates only with its secret', () => {
    const { client, secret } = register({});
    expect([secret, `${secret}x`, '', null].map((shown) => proves(client, shown))).toEqual([true, false, false, false]);
    expect(proves(register({}).client, secret)).toBe(false);
  });

  it('authenticates without a secret if it is public', () => {
    const { client, secret } = register({ public: true });
    expect([secret, client.secretDigest]).toEqual([null, null]);
    expect(['', 'x', null].map((shown) => proves(client, shown))).toEqual([false, false, true]);
  });
});

describe('isScopeList', () => {
  it.each<[string, boolean]>([
    ['', true],
    ['account users:read', true],
    ['a'.repeat(1000), true],
    ['a'.repeat(1001), false],
    ['a"b', false],
    ['a\\b', false],
    ['a\tb', false],
    ['a\n', false],
    ['\u00e4', false],
    ['~}|{', true],
  ])('%j: %s', (text, expected) => {
    expect(isScopeList(text)).toBe(expected);
  });
});
