import { describe, expect, it } from '@jest/globals';
import type { Client } from '../../src/clients/client.entity.ts';
import {
  checkRole,
  covers,
  effectiveScopes,
  grantClientScope,
  grantScope,
  isNarrowed,
  managesUsers,
  parseScope,
  rolesThatCover,
  scopesToManage,
  sessionScopes,
} from '../../src/application/foundation/scopes.ts';
import type { AccessTokenClaims } from '../../src/tokens/access_token.ts';

const ROLES = { admin: ['*'], user: ['account'], clerk: ['account', 'orders:read', 'orders:write'] };
const app = (...scopes: string[]) => ({ id: 'app', scopes }) as unknown as Client;
const invalid = expect.objectContaining({ kind: 'INVALID_SCOPE' });

describe('a granted scope', () => {
  it.each<[readonly string[], string, boolean]>([
    [['account'], 'account', true],
    [['*'], 'account', true],
    [['account', '*'], 'orders:read', true],
    [['account'], 'orders:read', false],
    [['account'], 'accoun', false],
    [['account'], '*', false],
    [[], 'account', false],
  ])('%j covers %s: %s', (granted, scope, expected) => {
    expect(covers(granted, scope)).toBe(expected);
  });

  it('is parsed from text, each scope once', () => {
    expect(parseScope(' account  orders:read account ')).toEqual(['account', 'orders:read']);
    expect(parseScope('')).toEqual([]);
  });
});

describe('a session is granted', () => {
  it.each<[string, string, Client | null, string | null, string | null]>([
    ['everything of a role, now and later', 'user', null, null, null],
    ['what was asked for', 'clerk', null, 'orders:read', 'orders:read'],
    ['several, each once', 'clerk', null, 'orders:read account orders:read', 'orders:read account'],
    ['nothing where nothing was asked for by name', 'clerk', null, '', ''],
    ['a scope that nobody listed, of a role with all', 'admin', null, 'orders:read', 'orders:read'],
    ['all of a role with all, by name', 'admin', null, '*', '*'],
    ['what an app is registered for', 'user', app('account', 'orders:read'), null, 'account orders:read'],
    ['a part of what an app is registered for', 'clerk', app('account', 'orders:read'), 'orders:read', 'orders:read'],
    ['what an app with all asks for of a role', 'clerk', app('*'), 'orders:write', 'orders:write'],
  ])('%s', (_what, role, client, asked, granted) => {
    expect(grantScope(ROLES, role, { client, scope: asked })).toBe(granted);
  });

  it.each<[string, string, Client | null, string]>([
    ['what the role lacks', 'user', null, 'orders:read'],
    ['one of two that the role lacks', 'user', null, 'account orders:read'],
    ['all, of a role that has less', 'clerk', null, '*'],
    ['what the app lacks', 'clerk', app('account'), 'orders:read'],
    ['what the role of an app’s user lacks', 'user', app('account', 'orders:read'), 'orders:read'],
    ['what the role lacks, for an app with all', 'user', app('*'), 'orders:read'],
    ['all, for an app with all and a role with less', 'user', app('*'), '*'],
    ['anything, of a role that is not configured', 'nothing', null, 'account'],
    ['what is no scope', 'admin', null, 'a"b'],
    ['a line break', 'admin', null, 'account\n'],
    ['more than a token has room for', 'admin', null, 'a'.repeat(1001)],
  ])('not %s', (_what, role, client, asked) => {
    expect(() => grantScope(ROLES, role, { client, scope: asked })).toThrow(invalid);
  });
});

describe('the present scopes of a session', () => {
  it.each<[string, string, string | null | undefined, readonly string[]]>([
    ['all that the role has', 'clerk', null, ROLES.clerk],
    ['all that the role has, of an older row', 'clerk', undefined, ROLES.clerk],
    ['what was granted', 'clerk', 'account', ['account']],
    ['what the role still has of it', 'user', 'account orders:read', ['account']],
    ['what was granted by name of a role with all', 'admin', 'orders:read', ['orders:read']],
    ['what a role has of all that was granted', 'user', '*', ['account']],
    ['nothing, where nothing was granted', 'admin', '', []],
    ['nothing, of a role that is not configured', 'nothing', 'account', []],
  ])('is %s', (_what, role, granted, expected) => {
    expect([...sessionScopes(ROLES, role, granted)].sort()).toEqual([...expected].sort());
  });
});

describe('the present scopes of a token', () => {
  const claims = (scope: string, role: string, more: Partial<AccessTokenClaims> = {}) =>
    ({ sub: 'kandi', role, sid: 's', jti: 'j', iat: 0, exp: 1, scope, ...more }) as AccessTokenClaims;

  it.each<[string, AccessTokenClaims, string, readonly string[]]>([
    ['all of the role', claims('account', 'user'), 'user', ['account']],
    ['all of a later role, where it carries all of its own', claims('account', 'user'), 'clerk', ROLES.clerk],
    ['less after a demotion', claims(ROLES.clerk.join(' '), 'clerk'), 'user', ['account']],
    [
      'no more after a promotion, where it was narrowed',
      claims('account', 'user', { narrowed: true }),
      'admin',
      ['account'],
    ],
    ['no more after a promotion, where it carries a part', claims('account', 'clerk'), 'admin', ['account']],
    ['no more after a promotion, for an app', claims('account', 'user', { clientId: 'app' }), 'admin', ['account']],
    ['what the lower role has of a part', claims('account orders:read', 'admin'), 'user', ['account']],
    ['nothing of a role that is gone', claims('account', 'user'), 'nothing', []],
    ['nothing, where nothing was granted', claims('', 'user'), 'admin', []],
  ])('is %s', (_what, token, role, expected) => {
    expect([...effectiveScopes(ROLES, token, role)].sort()).toEqual([...expected].sort());
  });

  it.each<[AccessTokenClaims, boolean]>([
    [claims('account', 'user'), false],
    [claims('*', 'admin'), false],
    [claims('account', 'user', { narrowed: true }), true],
    [claims('account', 'user', { clientId: 'app' }), true],
    [claims('account', 'admin'), true],
    [claims('account orders:read', 'clerk'), true],
    [claims('', 'user'), true],
  ])('is narrowed: %j: %s', (token, expected) => {
    expect(isNarrowed(ROLES, token)).toBe(expected);
  });
});

describe('a program’s own token', () => {
  it('has what the program is registered for, or the part it asks for', () => {
    const client = app('orders:read', 'orders:write');
    expect(grantClientScope(client, null)).toBe('orders:read orders:write');
    expect(grantClientScope(client, 'orders:write')).toBe('orders:write');
    expect(grantClientScope(client, '')).toBe('');
    expect(grantClientScope(app('*'), 'orders:read')).toBe('orders:read');
  });

  it.each(['account', 'orders:read account', '*', 'a"b'])('never has more: %s', (asked) => {
    expect(() => grantClientScope(app('orders:read'), asked)).toThrow(invalid);
  });
});

describe('roles', () => {
  it('can be given if they are configured', () => {
    for (const role of Object.keys(ROLES)) expect(() => checkRole(ROLES, role)).not.toThrow();
  });

  it.each(['nothing', '', 'constructor', '__proto__', 'Admin'])(
    'cannot be given if they are not configured: %j',
    (role) => {
      expect(() => checkRole(ROLES, role)).toThrow(expect.objectContaining({ kind: 'BAD_USER_INPUT' }));
    },
  );

  it('are managed only with all of their scopes', () => {
    expect(scopesToManage(ROLES, 'clerk')).toEqual(ROLES.clerk);
    expect(scopesToManage(ROLES, 'nothing')).toEqual(['*']);
    expect(scopesToManage(ROLES, 'constructor')).toEqual(['*']);
  });

  it.each([
    ['admin', true],
    ['support', true],
    ['clerk', false],
    ['nothing', false],
  ])('manage users with users:write or every scope: %s, %j', (role, expected) => {
    expect(managesUsers({ ...ROLES, support: ['users:write'] }, role)).toBe(expected);
  });

  it.each([
    ['admin', ['admin', 'root']],
    ['clerk', ['admin', 'clerk', 'root']],
    ['user', ['admin', 'user', 'clerk', 'root']],
  ])('are covered by the roles with at least their scopes: %s', (role, expected) => {
    expect(rolesThatCover({ ...ROLES, root: ['*', 'account'], other: ['keys'] }, role)).toEqual(expected);
  });
});
