import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

const SEAL = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Returns random bytes from the operating system. */
export function random(bytes: number): Buffer {
  return randomBytes(bytes);
}

/** Returns the SHA-256 digest. */
export function digest(value: string | Buffer): Buffer {
  return hash('sha256', value, 'buffer');
}

/** Returns the SHA-256 digest in base64url. */
export function digestText(value: string): string {
  return hash('sha256', value, 'base64url');
}

/**
 * Compares two buffers in constant time; buffers of different lengths are unequal. Threat: a comparison that stops at
 * the first difference lets an attacker guess a secret byte by byte.
 */
export function equal(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Derives a 256-bit key for one purpose (HKDF-SHA-256, RFC 5869). A leaked key reveals nothing about the keys of other
 * purposes.
 */
export function deriveKey(secret: string | Buffer, purpose: string): Buffer<ArrayBuffer> {
  return Buffer.from(hkdfSync('sha256', secret, 'gatehouse', purpose, 32));
}

/**
 * Encrypts with a 256-bit key (AES-256-GCM).
 * @returns nonce, ciphertext and tag
 */
export function seal(plain: Buffer, key: Buffer): Buffer {
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv(SEAL, key, nonce, { authTagLength: TAG_BYTES });
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Decrypts the result of {@link seal}.
 * @throws Error if the key is a different one or any bit was changed
 */
export function unseal(sealed: Buffer, key: Buffer): Buffer {
  const decipher = createDecipheriv(SEAL, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}
