import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Hasher } from '../../../src/credentials/password/hasher.ts';

// The time of a verification reveals its work. So these tests count the hashes that are computed.
const argon2 = await import('argon2');
const bcrypt = await import('bcrypt');
const work: string[] = [];
const hashed: (Buffer | string)[] = [];
jest.unstable_mockModule('argon2', () => ({
  ...argon2,
  hash: (secret: Buffer | string, options: Parameters<typeof argon2.hash>[1]) => {
    hashed.push(secret);
    return argon2.hash(secret, options);
  },
  verify: (stored: string, password: string) => {
    work.push(stored);
    return argon2.verify(stored, password);
  },
}));
jest.unstable_mockModule('bcrypt', () => ({
  ...bcrypt,
  compare: (password: Buffer, stored: string) => {
    work.push(stored);
    return bcrypt.compare(password, stored);
  },
}));
const { MAX_PRESENTED_BYTES, createHasher } = await import('../../../src/credentials/password/hasher.ts');

const PASSWORD = 'secure-password-here';
const TWO_SPELLINGS = 'a \ufb01rst password';
const UNUSABLE = {
  empty: '',
  malformed: '$argon2id$v=19$m=64,t=2$MDEyMzQ1Njc4OWFiY2RlZg$meQxeTSfyr+/XBkOCZRZMA',
  'of 4 TiB': '$argon2id$v=19$m=4294967295,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$meQxeTSfyr+/XBkOCZRZMA',
  'of four billion passes': '$argon2id$v=19$m=64,t=4294967295,p=1$MDEyMzQ1Njc4OWFiY2RlZg$meQxeTSfyr+/XBkOCZRZMA',
  'of sixteen million threads': '$argon2id$v=19$m=64,t=1,p=16777215$MDEyMzQ1Njc4OWFiY2RlZg$meQxeTSfyr+/XBkOCZRZMA',
  'of two days of bcrypt': '$2b$31$abcdefghijklmnopqrstuuJi2TAxXdgRn1B99hNSae.slODeFgo7i',
};

let hasher: Hasher;
let known: string;
beforeAll(async () => {
  hasher = await createHasher({ memoryKib: 64, timeCost: 2, parallelism: 1 });
  known = await hasher.hash(PASSWORD);
});
beforeEach(() => {
  work.length = 0;
});

test('a known account costs one verification, right or wrong', async () => {
  await hasher.verify(PASSWORD, known);
  await hasher.verify('not the password', known);
  expect(work).toEqual([known, known]);
});

test('an unknown account costs the same', async () => {
  await hasher.verify(PASSWORD, hasher.decoy());
  expect(work).toEqual([hasher.decoy()]);
});

test('the decoy is a hash of 32 random bytes', async () => {
  hashed.length = 0;
  await createHasher({ memoryKib: 64, timeCost: 2, parallelism: 1 });
  await createHasher({ memoryKib: 64, timeCost: 2, parallelism: 1 });
  expect(hashed).toEqual([expect.any(Buffer), expect.any(Buffer)]);
  expect(hashed.map((secret) => secret.length)).toEqual([32, 32]);
  expect(hashed[0]).not.toEqual(hashed[1]);
});

describe.each(Object.entries(UNUSABLE))('a stored hash %s', (_, stored) => {
  test('is never computed, and costs a decoy', async () => {
    await hasher.verify(PASSWORD, stored);
    expect(work).toEqual([hasher.decoy()]);
  });
});

describe('a password that cannot match costs one decoy, for any account:', () => {
  test.each([
    ['empty', ''],
    ['ill-formed', 'a lone \ud800 surrogate'],
    ['a byte too long', 'x'.repeat(MAX_PRESENTED_BYTES + 1)],
    ['a megabyte with two spellings', '\ufb01'.repeat(1 << 20)],
  ])('%s', async (_, password) => {
    for (const stored of [known, hasher.decoy(), UNUSABLE.malformed]) {
      work.length = 0;
      await hasher.verify(password, stored);
      expect(work).toEqual([hasher.decoy()]);
    }
  });
});

test('a password that is too long is not normalized, which is quadratic in combining marks', async () => {
  const normalize = jest.spyOn(String.prototype, 'normalize');
  try {
    await hasher.verify(`e${'\u0301\u0316'.repeat(MAX_PRESENTED_BYTES)}`, known);
    expect(normalize).not.toHaveBeenCalled();
  } finally {
    normalize.mockRestore();
  }
});

test('a password with two spellings costs two verifications, for any account', async () => {
  for (const stored of [known, hasher.decoy(), UNUSABLE.malformed]) {
    work.length = 0;
    await hasher.verify(TWO_SPELLINGS, stored);
    const cost = stored === known ? known : hasher.decoy();
    expect(work).toEqual([cost, cost]);
  }
});

test('a password with two spellings costs one verification if the first matches', async () => {
  const hash = await hasher.hash(TWO_SPELLINGS);
  await hasher.verify(TWO_SPELLINGS, hash);
  expect(work).toEqual([hash]);
});

describe('an outdated hash costs a decoy as well, so that its response is not faster:', () => {
  test.each([
    ['weaker Argon2', '$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$meQxeTSfyr+/XBkOCZRZMArGG5HkZPu/p0ngjZiGWiQ'],
    ['bcrypt', '$2b$04$abcdefghijklmnopqrstuuJi2TAxXdgRn1B99hNSae.slODeFgo7i'],
  ])('%s', async (_, stored) => {
    await hasher.verify('not the password', stored);
    expect(work.toSorted()).toEqual([stored, hasher.decoy()].toSorted());
  });

  test('bcrypt and a password with a NUL', async () => {
    await hasher.verify('before\0behind', '$2b$04$abcdefghijklmnopqrstuuJi2TAxXdgRn1B99hNSae.slODeFgo7i');
    expect(work).toEqual([hasher.decoy()]);
  });
});
