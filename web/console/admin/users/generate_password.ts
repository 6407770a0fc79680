/** 32 characters that nobody takes for one another when they are read out: neither l nor 1, neither o nor 0. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP = 5;

/** A password of 100 random bits, in groups that can be read out. */
export function generatePassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP));
  // 256 is a multiple of 32: each character is as likely as any other.
  const text = Array.from(bytes, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
  return text.match(new RegExp(`.{${GROUP}}`, 'g'))!.join('-');
}
