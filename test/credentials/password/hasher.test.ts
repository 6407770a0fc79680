import { beforeAll, describe, expect, test } from '@jest/globals';
import * as bcrypt from 'bcrypt';
import fc from 'fast-check';
import { MAX_PRESENTED_BYTES, createHasher, normalizePassword } from '../../../src/credentials/password/hasher.ts';
import type { Hasher } from '../../../src/credentials/password/hasher.ts';

const PARAMETERS = { memoryKib: 64, timeCost: 2, parallelism: 1 };
const PASSWORD = 'secure-password-here';

const CURRENT = { matches: true, upgrade: false };
const OUTDATED = { matches: true, upgrade: true };
const NO_MATCH = { matches: false, upgrade: false };

let hasher: Hasher;
beforeAll(async () => {
  hasher = await createHasher(PARAMETERS);
});

describe('hash', () => {
  test('returns Argon2id v=19 with a salt of 16 bytes and a tag of 32, in the order that other libraries read', async () => {
    expect(await hasher.hash(PASSWORD)).toMatch(
      /^\$argon2id\$v=19\$m=64,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
  });

  test('uses a new salt for each hash', async () => {
    expect(await hasher.hash(PASSWORD)).not.toBe(await hasher.hash(PASSWORD));
  });

  test.each([
    ['empty', ''],
    ['a lone surrogate', 'a lone \ud800 surrogate'],
    ['too long', 'x'.repeat(MAX_PRESENTED_BYTES + 1)],
  ])('rejects a password that could never be verified: %s', async (_, password) => {
    await expect(hasher.hash(password)).rejects.toThrow(TypeError);
  });

  test('accepts the longest password that can be presented', async () => {
    const longest = 'x'.repeat(MAX_PRESENTED_BYTES);
    expect(await hasher.verify(longest, await hasher.hash(longest))).toEqual(CURRENT);
  });
});

test.each([
  ['no passes', { ...PARAMETERS, timeCost: 0 }],
  ['less than 8 KiB a thread', { ...PARAMETERS, memoryKib: 7 }],
])('throws at construction for impossible parameters: %s', async (_, parameters) => {
  await expect(createHasher(parameters)).rejects.toThrow();
});

// Argon2 hashes from argon2-cffi 25.1 (the tutorial's library), bcrypt hashes from libxcrypt's crypt(3).
const STORED = {
  'argon2id, these parameters': [
    '$argon2id$v=19$m=64,t=2,p=1$4jPVISFOLuQX4mvkE6SSDA$S3/QS/Ute6LU+O1C1YFcu9pmbsBkSV4yecItZhEGwNc',
    CURRENT,
  ],
  'the same, parameters in the order of npm argon2': [
    '$argon2id$v=19$m=64,p=1,t=2$4jPVISFOLuQX4mvkE6SSDA$S3/QS/Ute6LU+O1C1YFcu9pmbsBkSV4yecItZhEGwNc',
    CURRENT,
  ],
  'argon2id, stronger (the tutorial)': [
    '$argon2id$v=19$m=65536,t=3,p=4$gHEc6V51/KskXSRjt7MjLw$adHPrElKaJeVb5gExMsf+XXUo4N3ELyF10pXe1gE340',
    OUTDATED,
  ],
  'argon2id, version 16': [
    '$argon2id$v=16$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$6iaLtW9rJKf8+4H5dhytzHNliA++yQg7OJi29TbePQ8',
    OUTDATED,
  ],
  argon2i: ['$argon2i$v=19$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$nGGfxRLU/aQ7jRp7CERzd2HVyEeX8YEEm6/C6bVkB54', OUTDATED],
  'argon2i, version 16': [
    '$argon2i$v=16$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$yd6CIMob8PNkvMamP0qEEmzttYXAKRlmmsVgN56GR9g',
    OUTDATED,
  ],
  argon2d: ['$argon2d$v=19$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$ZO6nTU0tjiAIxw+u9hv7F6risvBgtIhXsvP5fBwitWI', OUTDATED],
  'bcrypt $2a$': ['$2a$04$abcdefghijklmnopqrstuuJi2TAxXdgRn1B99hNSae.slODeFgo7i', OUTDATED],
  'bcrypt $2b$': ['$2b$04$abcdefghijklmnopqrstuuJi2TAxXdgRn1B99hNSae.slODeFgo7i', OUTDATED],
  'bcrypt $2y$': ['$2y$04$abcdefghijklmnopqrstuuJi2TAxXdgRn1B99hNSae.slODeFgo7i', OUTDATED],
  'bcrypt $2x$': ['$2x$04$abcdefghijklmnopqrstuuJi2TAxXdgRn1B99hNSae.slODeFgo7i', NO_MATCH],
  'over the caps': ['$argon2id$v=19$m=4294967295,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$meQxeTSfyr+/XBkOCZRZMA', NO_MATCH],
  malformed: ['$argon2id$v=19$m=64,t=2$MDEyMzQ1Njc4OWFiY2RlZg$meQxeTSfyr+/XBkOCZRZMA', NO_MATCH],
  'the password itself': [PASSWORD, NO_MATCH],
  empty: ['', NO_MATCH],
} as const;

describe.each(Object.entries(STORED))('a stored hash, %s', (_, [stored, expected]) => {
  test('is verified against its password', async () => {
    expect(await hasher.verify(PASSWORD, stored)).toEqual(expected);
  });

  test('does not match another password', async () => {
    expect(await hasher.verify(`${PASSWORD}!`, stored)).toEqual(NO_MATCH);
  });
});

describe('a current hash is outdated once', () => {
  test.each([
    ['memory', { memoryKib: 128 }],
    ['passes', { timeCost: 3 }],
    ['threads', { parallelism: 2 }],
  ])('the value of %s is raised or lowered', async (_, change) => {
    const raised = await createHasher({ ...PARAMETERS, ...change });
    expect(await raised.verify(PASSWORD, await hasher.hash(PASSWORD))).toEqual(OUTDATED);
    expect(await hasher.verify(PASSWORD, await raised.hash(PASSWORD))).toEqual(OUTDATED);
    expect(await raised.verify(PASSWORD, await raised.hash(PASSWORD))).toEqual(CURRENT);
  });
});

describe('decoy', () => {
  test('costs as much as a real hash, and matches no password', async () => {
    const upToTheSalt = (hash: string) => hash.split('$').slice(0, 4);
    expect(upToTheSalt(hasher.decoy())).toEqual(upToTheSalt(await hasher.hash(PASSWORD)));
    expect(hasher.decoy()).toHaveLength((await hasher.hash(PASSWORD)).length);
    for (const password of ['', PASSWORD, hasher.decoy()]) {
      expect(await hasher.verify(password, hasher.decoy())).toEqual(NO_MATCH);
    }
  });

  test('stays the same in one process, and differs in the next', async () => {
    expect(hasher.decoy()).toBe(hasher.decoy());
    expect((await createHasher(PARAMETERS)).decoy()).not.toBe(hasher.decoy());
  });
});

describe('spelling', () => {
  test.each([
    ['a ligature', 'the \ufb01rst password', 'the first password'],
    ['composed and decomposed', 'caf\u00e9 au lait, twice', 'cafe\u0301 au lait, twice'],
    ['full-width letters', 'ＰＡＳＳＷＯＲＤ１２３４', 'PASSWORD1234'],
    ['a no-break space', 'correct\u00a0horse battery', 'correct horse battery'],
    ['Hangul as macOS spells it', '비밀번호를알려줘요정말', '비밀번호를알려줘요정말'.normalize('NFD')],
  ])('%s', async (_, one, other) => {
    expect(one).not.toBe(other);
    expect(await hasher.verify(other, await hasher.hash(one))).toEqual(CURRENT);
    expect(await hasher.verify(one, await hasher.hash(other))).toEqual(CURRENT);
  });

  test('a hash of the password as typed matches it, and is replaced', async () => {
    // A hash from argon2-cffi of 'ﬁrst-password' with the ligature.
    const imported = '$argon2id$v=19$m=64,t=2,p=1$Y/lf0dtRXk3TpChPFgS52w$foVuLj24Jxnn33lxgoo4wG0AK7H5yzzw3S8YiiyID2I';
    expect(await hasher.verify('\ufb01rst-password', imported)).toEqual(OUTDATED);
    expect(await hasher.verify('first-password', imported)).toEqual(NO_MATCH);
    expect(await hasher.verify('\ufb01rst-password', await bcrypt.hash('\ufb01rst-password', 4))).toEqual(OUTDATED);
    expect(await hasher.verify('\ufb01rst-password', await bcrypt.hash('first-password', 4))).toEqual(OUTDATED);
  });

  test('no spelling of an accepted password is too long to be presented', () => {
    // At most four bytes for each character of the longest decomposition.
    const everyCharacter = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
    const longest = Math.max(...chunks(everyCharacter).map((chunk) => Math.max(...chunk.map(decomposedLength))));
    expect(128 * longest * 4).toBeLessThanOrEqual(MAX_PRESENTED_BYTES);
  });
});

describe('a presented password', () => {
  const ill = 'a lone \ud800 surrogate';

  test.each([
    ['ill-formed, against the hash of another ill-formed password', ill.replace('\ud800', '\udfff'), ill],
    ['ill-formed, against the hash of its UTF-8 form', ill, 'a lone \ufffd surrogate'],
    ['ill-formed, against itself', ill, ill],
    ['empty', '', ''],
    ['a megabyte', 'x'.repeat(1 << 20), 'x'.repeat(1 << 20)],
  ])('never matches: %s', async (_, presented, hashed) => {
    // A bcrypt hash, because this hasher never hashes these.
    expect(await hasher.verify(presented, await bcrypt.hash(hashed, 4))).toEqual(NO_MATCH);
  });

  test('with a NUL is compared as a whole by Argon2', async () => {
    const hash = await hasher.hash('before\0behind it');
    expect(await hasher.verify('before\0behind it', hash)).toEqual(CURRENT);
    expect(await hasher.verify('before', hash)).toEqual(NO_MATCH);
    expect(await hasher.verify('before\0behind', hash)).toEqual(NO_MATCH);
  });

  test('with a NUL never matches a bcrypt hash, where it equals a repetition', async () => {
    const hash = await bcrypt.hash('before', 4);
    expect(await bcrypt.compare('before\0before', hash)).toBe(true);
    expect(await hasher.verify('before\0before', hash)).toEqual(NO_MATCH);
    expect(await hasher.verify('before\0', hash)).toEqual(NO_MATCH);
  });
});

describe('bcrypt, which reads 72 bytes', () => {
  // Hashes from libxcrypt of 'x' eighty times.
  const stored = (minor: string) => `$2${minor}$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i`;

  test.each(['a', 'b', 'y'])('compares the first 72 bytes for $2%s$', async (minor) => {
    expect(await hasher.verify('x'.repeat(80), stored(minor))).toEqual(OUTDATED);
    expect(await hasher.verify('x'.repeat(72), stored(minor))).toEqual(OUTDATED);
    expect(await hasher.verify('x'.repeat(71), stored(minor))).toEqual(NO_MATCH);
    expect(await hasher.verify(`y${'x'.repeat(79)}`, stored(minor))).toEqual(NO_MATCH);
  });

  test('does not count the length of a $2a$ password modulo 256, as the package would', async () => {
    const hash = await bcrypt.hash('x'.repeat(72), await bcrypt.genSalt(4, 'a'));
    const lengthZero = `x${'y'.repeat(254)}`;
    expect(await bcrypt.compare(lengthZero, hash)).toBe(true);
    expect(await hasher.verify(lengthZero, hash)).toEqual(NO_MATCH);
  });

  test('cuts within a character of several bytes', async () => {
    const password = 'пароль'.repeat(10);
    expect(await hasher.verify(password, await bcrypt.hash(password, 4))).toEqual(OUTDATED);
  });

  test('compares all bytes after the upgrade', async () => {
    const upgraded = await hasher.hash('x'.repeat(80));
    expect(await hasher.verify('x'.repeat(80), upgraded)).toEqual(CURRENT);
    expect(await hasher.verify('x'.repeat(72), upgraded)).toEqual(NO_MATCH);
  });
});

describe('any password', () => {
  const passwords = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 });

  test('matches its own hash', async () => {
    await fc.assert(
      fc.asyncProperty(passwords, async (password) => {
        expect(await hasher.verify(password, await hasher.hash(password))).toEqual(CURRENT);
      }),
    );
  });

  test('matches in every spelling with the same normal form', async () => {
    await fc.assert(
      fc.asyncProperty(passwords, fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'), async (password, form) => {
        expect(await hasher.verify(password.normalize(form), await hasher.hash(password))).toEqual(CURRENT);
      }),
    );
  });

  test('does not match the hash of another one', async () => {
    await fc.assert(
      fc.asyncProperty(passwords, passwords, async (password, other) => {
        fc.pre(normalizePassword(password) !== normalizePassword(other));
        expect(await hasher.verify(other, await hasher.hash(password))).toEqual(NO_MATCH);
      }),
    );
  });

  test('never throws with any stored string', async () => {
    const fields = fc.constantFrom('', '$', 'argon2id', 'v=19', 'm=64', ',', 't=2', 'p=1', 'm=-1', 'AAAA', '2b', '04');
    const stored = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fields).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), stored, async (password, hash) => {
        expect(await hasher.verify(password, hash)).toEqual(NO_MATCH);
      }),
    );
  });
});

function decomposedLength(character: string): number {
  return [...character.normalize('NFD')].length;
}

function chunks<T>(items: T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / 4096) }, (_, index) =>
    items.slice(index * 4096, index * 4096 + 4096),
  );
}
