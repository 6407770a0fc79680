import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  foldRecoveryCode,
  newRecoveryCode,
  recoveryCodeDigest,
} from '../../../src/credentials/recovery/recovery_code.ts';

describe('a recovery code', () => {
  it('is 80 random bits in groups of four characters', () => {
    const codes = Array.from({ length: 2000 }, newRecoveryCode);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    // Every character occurs at every place.
    const folded = codes.map((code) => code.replaceAll('-', ''));
    for (let place = 0; place < 16; place += 1) expect(new Set(folded.map((code) => code[place])).size).toBe(32);
  });

  it('is read in any case, with any separators, and with the letters that look like digits', () => {
    const written = '4JQ8-Z0TV-X6RN-12CD';
    const typed = [
      '4jq8-z0tv-x6rn-12cd',
      '4JQ8 Z0TV X6RN 12CD',
      ' 4jq8z0tvx6rn12cd\n',
      '4JQ8–ZOTV—X6RN‑I2CD',
      '4jq8.zotv_x6rn.l2cd',
    ];
    for (const form of typed) expect(foldRecoveryCode(form)).toBe(foldRecoveryCode(written));
  });

  it('is refused in another length or alphabet', () => {
    const forms = ['', '4JQ8-Z0TV-X6RN-12C', '4JQ8-Z0TV-X6RN-12CDE', '4JQ8-Z0TV-X6RN-12CU', '4JQ8-Z0TV-X6RN-12C\u0000'];
    for (const form of [...forms, 'é'.repeat(16), '123456']) expect(foldRecoveryCode(form)).toBeUndefined();
  });

  it('has another digest for every account', () => {
    const folded = foldRecoveryCode(newRecoveryCode())!;
    const [one, other] = [randomUUID(), randomUUID()];
    expect(recoveryCodeDigest(one, folded)).toEqual(recoveryCodeDigest(one, folded));
    expect(recoveryCodeDigest(one, folded)).not.toEqual(recoveryCodeDigest(other, folded));
  });
});
