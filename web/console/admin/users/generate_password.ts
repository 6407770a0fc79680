/** 32 characters that are hard to confuse: without l and 1, and without o and 0. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP = 5;

/** Returns a password of 100 random bits, in groups that are easy to read out. */
export function generatePassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP));
  // 256 is a multiple of 32, so every character is equally likely.
  const text = Array.from(bytes, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
  return text.match(new RegExp(`.{${GROUP}}`, 'g'))!.join('-');
}
