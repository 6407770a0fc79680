import { describe, expect, it } from '@jest/globals';
import { type Access, mayAccess } from '../../src/graphql/rules/rules.ts';
import type { Principal } from '../../src/application/authentication/principal.ts';

const principal = (role: string, scopes: string[], disabled = false) =>
  ({ user: { username: 'kandi', role, disabled }, scopes }) as unknown as Principal;
const CLOSED = { registrationOpen: false, passwordReset: false };
const ENROLLEE = { ...principal('user', ['account']), mustEnrol: true };
const ALL = principal('admin', ['*']);

describe('a field with this access is reachable for', () => {
  it.each<[Access, string, Principal | null, boolean]>([
    ['public', 'the anonymous', null, true],
    ['authenticated, account', 'the anonymous', null, false],
    ['authenticated, account', 'a user', principal('user', ['account']), true],
    ['authenticated, account', 'a user who is disabled', principal('user', ['account'], true), true],
    ['authenticated, account', 'a user without the scope', principal('user', ['users:read']), false],
    ['active, account', 'a user', principal('user', ['account']), true],
    ['active, account', 'a user who is disabled', principal('user', ['account'], true), false],
    ['active, account', 'a user without scopes', principal('user', []), false],
    ['active, users:read', 'an admin', ALL, true],
    ['active, users:read', 'an admin with the scope', principal('admin', ['users:read']), true],
    ['active, users:read', 'an admin with another scope', principal('admin', ['users:write']), false],
    ['active, users:read', 'a user with the scope', principal('user', ['users:read']), true],
    ['active, users:read', 'a user with all scopes', principal('user', ['*']), true],
    ['active, users:read', 'an admin who is disabled', principal('admin', ['*'], true), false],
    ['active, users:read', 'the anonymous', null, false],
    ['self or users:read', 'a user', principal('user', ['account']), true],
    ['self or users:read', 'a user without the scope', principal('user', ['users:read']), false],
    ['self or users:read', 'a user who is disabled', principal('user', ['account'], true), false],
    ['own or users:write', 'a user', principal('user', ['account']), true],
    ['own or users:write', 'an admin with the scope', principal('admin', ['users:write']), true],
    ['own or users:write', 'an admin with another scope', principal('admin', ['users:read']), false],
    ['own or users:write', 'a user with the scope', principal('user', ['users:write']), true],
    ['own or users:write', 'the anonymous', null, false],
    ['active, users:write, fresh', 'an admin who signed in long ago', ALL, true],
    ['active, account, fresh, mfa', 'a user with one factor', principal('user', ['account']), true],
    ['active, users:write, fresh', 'a user without the scope', principal('user', ['account']), false],
    ['active, account', 'a user who must set up a second factor', ENROLLEE, false],
    ['authenticated, account', 'a user who must set up a second factor', ENROLLEE, false],
    ['self or users:read', 'a user who must set up a second factor', ENROLLEE, false],
    ['enrolling, account, fresh', 'a user who must set up a second factor', ENROLLEE, true],
    ['enrolling, account', 'a user', principal('user', ['account']), true],
    ['enrolling, account', 'a user who is disabled', principal('user', ['account'], true), false],
    ['enrolling, account', 'the anonymous', null, false],
    ['router', 'an admin', ALL, false],
    ['router', 'the anonymous', null, false],
    ['registration', 'an anonymous caller, while it is closed', null, false],
    ['registration', 'an admin, while it is closed', ALL, false],
  ])('%s: %s', (access, _who, who, expected) => {
    expect(mayAccess(access, who, CLOSED)).toBe(expected);
  });

  it('everyone, while registration is open', () => {
    expect(mayAccess('registration', null, { ...CLOSED, registrationOpen: true })).toBe(true);
  });
});
