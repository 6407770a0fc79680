import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { openSecret, sealSecret, totpKeys } from '../../../src/credentials/totp/sealed_secret.ts';
import { deriveKey } from '../../../src/kernel/secret.ts';

const [OLD, NEW] = ['the secret before, 32 bytes or more', 'the secret after, 32 bytes or longer'];
const PLAIN = Buffer.from('12345678901234567890');

describe('the sealed secret of an authenticator', () => {
  const userId = randomUUID();

  it('opens under the secret that sealed it, and while that is the previous one', () => {
    const [key] = totpKeys([OLD]);
    const sealed = sealSecret(PLAIN, userId, key!);
    const row = { userId, keyId: key!.id };
    expect(openSecret(sealed, row, totpKeys([OLD]))).toEqual(PLAIN);
    expect(openSecret(sealed, row, totpKeys([NEW, OLD]))).toEqual(PLAIN);
    expect(() => openSecret(sealed, row, totpKeys([NEW]))).toThrow(/JWT_SECRET_KEY_PREVIOUS/);
  });

  it('does not open in the row of another account, or with one bit changed', () => {
    const [key] = totpKeys([OLD]);
    const sealed = sealSecret(PLAIN, userId, key!);
    expect(() => openSecret(sealed, { userId: randomUUID(), keyId: key!.id }, totpKeys([OLD]))).toThrow();
    const changed = Buffer.from(sealed);
    changed[15]! ^= 1;
    expect(() => openSecret(changed, { userId, keyId: key!.id }, totpKeys([OLD]))).toThrow();
  });

  it('contains neither the secret nor the key, and its key id does not reveal it', () => {
    const [key] = totpKeys([OLD]);
    const sealed = sealSecret(PLAIN, userId, key!);
    expect(sealed.includes(PLAIN)).toBe(false);
    expect(key!.key).toEqual(deriveKey(OLD, 'totp-secret'));
    expect(key!.key.toString('hex')).not.toContain(key!.id);
  });
});
