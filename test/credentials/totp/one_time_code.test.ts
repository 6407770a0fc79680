import { describe, expect, it } from '@jest/globals';
import { HOTP } from 'otpauth';
import { librarySecret, newSecret, PARAMETERS, stepOfCode } from '../../../src/credentials/totp/one_time_code.ts';

/** The shared secret of RFC 6238 appendix B for SHA-1. */
const RFC_SECRET = Buffer.from('12345678901234567890');
/** Seconds and codes of RFC 6238 appendix B for SHA-1; six digits are the last six of its eight. */
const RFC_CODES = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
] as const;

const at = (seconds: number) => new Date(seconds * 1000);
const codeOf = (secret: Buffer, step: number) => HOTP.generate({ secret: librarySecret(secret), counter: step });

describe('a one-time code', () => {
  it.each(RFC_CODES)('at %d seconds is the one of RFC 6238', (seconds, code) => {
    expect(stepOfCode(RFC_SECRET, code.slice(-PARAMETERS.digits), at(seconds))).toBe(Math.floor(seconds / 30));
  });

  it('is accepted one step early and one step late, and not further away', () => {
    const now = at(3_000_015);
    const step = 100_000;
    const accepted = [-3, -2, -1, 0, 1, 2, 3].filter((drift) => {
      const found = stepOfCode(RFC_SECRET, codeOf(RFC_SECRET, step + drift), now);
      return found === step + drift;
    });
    expect(accepted).toEqual([-1, 0, 1]);
  });

  it('is accepted with the blank that apps show in it', () => {
    const code = codeOf(RFC_SECRET, 100_000);
    expect(stepOfCode(RFC_SECRET, ` ${code.slice(0, 3)} ${code.slice(3)}\n`, at(3_000_000))).toBe(100_000);
  });

  it('is refused in any other form', () => {
    const code = codeOf(RFC_SECRET, 100_000);
    const forms = ['', code.slice(1), `${code}0`, `-${code}`, `${code.slice(0, 5)}.`, '٠١٢٣٤٥', 'abcdef', '1e5000'];
    for (const form of forms) expect(stepOfCode(RFC_SECRET, form, at(3_000_000))).toBeUndefined();
  });

  it('is made of 160 random bits', () => {
    const secrets = Array.from({ length: 100 }, newSecret);
    expect(secrets.every((secret) => secret.length === 20)).toBe(true);
    expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(100);
  });

  it('reads a secret that is a part of a larger buffer', () => {
    const larger = Buffer.concat([Buffer.from('noise'), RFC_SECRET, Buffer.from('noise')]);
    expect(stepOfCode(larger.subarray(5, 25), '287082', at(59))).toBe(1);
  });
});
