import { describe, expect, it } from '@jest/globals';
import { verifies } from '../../src/clients/pkce.ts';
import { digestText } from '../../src/kernel/secret.ts';

/** Every character that RFC 7636 section 4.1 allows. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';

describe('a code verifier', () => {
  it.each<[string, string, boolean]>([
    ['of 43 characters', ALPHABET.slice(0, 43), true],
    ['of 128 characters', ALPHABET.repeat(2).slice(0, 128), true],
    ['of every allowed character', ALPHABET, true],
    ['of 42 characters', ALPHABET.slice(0, 42), false],
    ['of 129 characters', ALPHABET.repeat(2).slice(0, 129), false],
    ['of no characters', '', false],
    ['with a blank', ` ${ALPHABET}`, false],
    ['with a leading disallowed character', `+${ALPHABET}`, false],
    ['with a disallowed character inside', `${ALPHABET}/${ALPHABET}`.slice(0, 128), false],
    ['with a trailing disallowed character', `${ALPHABET}=`, false],
    ['with a trailing line break', `${ALPHABET}\n`, false],
    ['with a preceding line', `first line\n${ALPHABET}`, false],
    ['in another script', `ä${ALPHABET}`, false],
  ])('%s is valid: %s', (_which, verifier, expected) => {
    // Checked against its matching challenge, so that only its form decides.
    expect(verifies(verifier, digestText(verifier))).toBe(expected);
  });

  it.each<[string, string]>([
    ['of another verifier', digestText(`${ALPHABET}x`)],
    ['in another case', digestText(ALPHABET).toLowerCase()],
    ['with a trailing character', `${digestText(ALPHABET)}=`],
    ['that equals the verifier, as with the method plain', ALPHABET],
    ['that is empty', ''],
  ])('does not match a challenge %s', (_which, challenge) => {
    expect(verifies(ALPHABET, challenge)).toBe(false);
  });
});
