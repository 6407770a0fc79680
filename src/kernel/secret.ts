import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

const SEAL = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Random bytes from the operating system. */
export function random(bytes: number): Buffer {
  return randomBytes(bytes);
}

/** SHA-256. */
export function digest(value: string | Buffer): Buffer {
  return hash('sha256', value, 'buffer');
}

/** SHA-256, in base64url. */
export function digestText(value: string): string {
  return hash('sha256', value, 'base64url');
}

/** Equality that takes the same time wherever the two differ; unequal lengths are unequal. */
export function equal(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A 256-bit key for one purpose (HKDF-SHA-256, RFC 5869): a leak of one tells nothing of another. */
export function deriveKey(secret: string | Buffer, purpose: string): Buffer<ArrayBuffer> {
  return Buffer.from(hkdfSync('sha256', secret, 'gatehouse', purpose, 32));
}

/** Encrypts under a 256-bit key (AES-256-GCM): nonce, ciphertext, tag. */
export function seal(plain: Buffer, key: Buffer): Buffer {
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv(SEAL, key, nonce, { authTagLength: TAG_BYTES });
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The inverse of {@link seal}. Throws where the key is another or a bit was changed. */
export function unseal(sealed: Buffer, key: Buffer): Buffer {
  const decipher = createDecipheriv(SEAL, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}
