import { describe, expect, it } from '@jest/globals';
import {
  amrOf,
  assuranceOf,
  type Authentication,
  type AuthenticationMethod,
} from '../../src/application/authentication/authentication.ts';
import { isPending, resume, suspend } from '../../src/application/authentication/pending.ts';
import { type JudgedAccount, required } from '../../src/application/authentication/required.ts';

const PLAIN: JudgedAccount = { id: 'a', deviceEpoch: 3, factors: { totp: false, passkeys: 0 }, isRemembered: false };
const TOTP: JudgedAccount = { ...PLAIN, factors: { totp: true, passkeys: 0 } };
const PASSKEY: JudgedAccount = { ...PLAIN, factors: { totp: false, passkeys: 1 } };
const PROVEN: Authentication = { userId: 'a', username: 'kandi', epoch: 3, methods: ['pwd'], at: new Date(1000) };
const by = (...methods: AuthenticationMethod[]): Authentication => ({ ...PROVEN, methods });

describe('the steps that are still required', () => {
  it.each<[string, Authentication, JudgedAccount, readonly string[]]>([
    ['none after a password without a second factor', PROVEN, PLAIN, []],
    ['everything after an authentication without methods', by(), PLAIN, ['authentication']],
    ['everything after the proof of another account', { ...PROVEN, userId: 'b' }, PLAIN, ['authentication']],
    ['everything after the account changed', { ...PROVEN, epoch: 2 }, PLAIN, ['authentication']],
    ['everything, not the factor, after a change', { ...PROVEN, epoch: 2 }, TOTP, ['authentication']],
    ['everything after a later epoch', { ...PROVEN, epoch: 4 }, TOTP, ['authentication']],
    ['the second factor after a password, with an authenticator', PROVEN, TOTP, ['second_factor']],
    ['the second factor after a password, with a passkey', PROVEN, PASSKEY, ['second_factor']],
    ['none after a password on a remembered device', PROVEN, { ...TOTP, isRemembered: true }, []],
    ['everything after a change on a remembered device', by(), { ...TOTP, isRemembered: true }, ['authentication']],
    ['none after a password and a code', by('pwd', 'otp'), TOTP, []],
    ['none after a passkey that verified its user', by('hwk', 'user'), PASSKEY, []],
    ['the second factor after a code alone', by('otp'), TOTP, ['second_factor']],
    ['the second factor after a passkey without its user', by('swk'), PASSKEY, ['second_factor']],
  ])('are %s', (_title, authentication, account, expected) => {
    expect(required(authentication, account)).toEqual(expected);
  });
});

describe('the assurance of an authentication', () => {
  it.each<[readonly AuthenticationMethod[], number, readonly string[]]>([
    [['pwd'], 1, ['pwd']],
    [['otp'], 1, ['otp']],
    [['pwd', 'otp'], 2, ['pwd', 'otp', 'mfa']],
    [['hwk', 'user'], 2, ['hwk', 'user', 'mfa']],
    [['swk', 'user'], 2, ['swk', 'user', 'mfa']],
    [['hwk'], 1, ['hwk']],
    [['pwd', 'hwk', 'user'], 2, ['pwd', 'hwk', 'user', 'mfa']],
  ])('is, for %j, %i with the claim %j', (methods, assurance, amr) => {
    expect(assuranceOf({ methods })).toBe(assurance);
    expect(amrOf({ methods })).toEqual(amr);
  });
});

describe('a pending authentication', () => {
  it('survives JSON', () => {
    const kept: unknown = JSON.parse(JSON.stringify(suspend(PROVEN)));
    expect(isPending(kept) && resume(kept)).toEqual(PROVEN);
  });

  it.each([null, 'text', {}, { id: 'a', username: 'kandi', deviceEpoch: 3 }])('is not %j', (value) => {
    expect(isPending(value)).toBe(false);
  });
});
