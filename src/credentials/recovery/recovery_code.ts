import { digest, random } from '../../kernel/secret.ts';

/** Crockford's base32: no I, L, O and U, which are read as other letters or spell words. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_LENGTH = 16;
const GROUP_LENGTH = 4;
const BITS = 5;

/**
 * Returns a new code of 80 random bits in groups of four, such as `4JQ8-Z0TV-X6RN-92CD`. Threat: no limit
 * counts the guesses at a stolen database. 80 bits withstand them without a slow hash.
 */
export function newRecoveryCode(): string {
  let value = BigInt(`0x${random((CODE_LENGTH * BITS) / 8).toString('hex')}`);
  let code = '';
  for (let place = 0; place < CODE_LENGTH; place += 1) {
    code = ALPHABET[Number(value % 32n)]! + code;
    value /= 32n;
  }
  return code.match(new RegExp(`.{${GROUP_LENGTH}}`, 'g'))!.join('-');
}

/**
 * Returns a typed code in the form that its digest is made of, or undefined if it cannot be one. Case, blanks and
 * separators are ignored, and letters that look like digits are read as these (Crockford's base32).
 */
export function foldRecoveryCode(typed: string): string | undefined {
  const folded = typed
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}_.]/gu, '')
    .replaceAll(/[IL]/g, '1')
    .replaceAll('O', '0');
  return folded.length === CODE_LENGTH && [...folded].every((sign) => ALPHABET.includes(sign)) ? folded : undefined;
}

/**
 * Returns the digest of a folded code of an account. Threat: without the account in it, a row that was copied to another
 * account would work there, and a thief of the database would try each guess at all accounts at once.
 */
export function recoveryCodeDigest(userId: string, folded: string): Buffer {
  return digest(`gatehouse recovery code\n${userId}\n${folded}`);
}
