import { describe, expect, it } from '@jest/globals';
import { addCode, verifies } from '../../src/clients/codes.ts';
import { digest, digestText } from '../../src/kernel/secret.ts';
import type { Db } from '../../src/store/database/database.ts';

/** Every sign that RFC 7636 section 4.1 allows. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';

describe('a code verifier', () => {
  it.each<[string, string, boolean]>([
    ['of 43 characters', ALPHABET.slice(0, 43), true],
    ['of 128 characters', ALPHABET.repeat(2).slice(0, 128), true],
    ['of every sign that is allowed', ALPHABET, true],
    ['of 42 characters', ALPHABET.slice(0, 42), false],
    ['of 129 characters', ALPHABET.repeat(2).slice(0, 129), false],
    ['of nothing', '', false],
    ['with a blank', ` ${ALPHABET}`, false],
    ['with a sign that is not allowed before it', `+${ALPHABET}`, false],
    ['with a sign that is not allowed within', `${ALPHABET}/${ALPHABET}`.slice(0, 128), false],
    ['with a sign that is not allowed behind it', `${ALPHABET}=`, false],
    ['with a line break behind it', `${ALPHABET}\n`, false],
    ['with a line before it', `first line\n${ALPHABET}`, false],
    ['in another script', `ä${ALPHABET}`, false],
  ])('%s is one: %s', (_which, verifier, expected) => {
    // By its own challenge: its shape alone decides.
    expect(verifies(verifier, digestText(verifier))).toBe(expected);
  });

  it.each<[string, string]>([
    ['of another verifier', digestText(`${ALPHABET}x`)],
    ['in another case', digestText(ALPHABET).toLowerCase()],
    ['with something behind it', `${digestText(ALPHABET)}=`],
    ['that is the verifier itself, as with the method plain', ALPHABET],
    ['that is empty', ''],
  ])('does not answer a challenge %s', (_which, challenge) => {
    expect(verifies(ALPHABET, challenge)).toBe(false);
  });
});

it('a code is stored as its digest alone, with what it can be exchanged with', () => {
  const stored: object[] = [];
  const db = { create: (_entity: unknown, row: object) => row, persist: (row: object) => stored.push(row) };
  const terms = { sessionId: 's', redirectUri: 'https://app.example/', challenge: 'c' };
  const codes = [1, 2].map(() => addCode(db as unknown as Db, terms));
  expect(codes.every((code) => /^[\w-]{43}$/.test(code))).toBe(true);
  expect(stored).toEqual(codes.map((code) => ({ digest: digest(code), ...terms })));
  expect(new Set(codes).size).toBe(2);
});
