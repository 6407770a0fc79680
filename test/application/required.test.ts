import { describe, expect, it } from '@jest/globals';
import type { Authentication } from '../../src/application/authentication/authentication.ts';
import { isPending, resume, suspend } from '../../src/application/authentication/pending.ts';
import { required } from '../../src/application/authentication/required.ts';

const ACCOUNT = { id: 'a', deviceEpoch: 3 };
const PROVEN: Authentication = { userId: 'a', username: 'kandi', epoch: 3, methods: ['pwd'], at: new Date(1000) };

describe('the methods that are still required', () => {
  it.each([
    ['none after a password', PROVEN, []],
    ['a password before any step', null, ['pwd']],
    ['a password after an authentication without methods', { ...PROVEN, methods: [] }, ['pwd']],
    ['a password after the proof of another account', { ...PROVEN, userId: 'b' }, ['pwd']],
    ['a password after the account changed its password', { ...PROVEN, epoch: 2 }, ['pwd']],
  ] as const)('are %s', (_title, authentication, expected) => {
    expect(required(authentication, ACCOUNT)).toEqual(expected);
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
