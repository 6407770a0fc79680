import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { capsAround, isDearer, readRecipe, writeArgon2 } from '../../../src/credentials/password/stored_hash.ts';
import type { Argon2Recipe } from '../../../src/credentials/password/stored_hash.ts';

const CURRENT = { memoryKib: 65536, timeCost: 3, parallelism: 4 };
const CAPS = capsAround(CURRENT);
const SALT = 'MDEyMzQ1Njc4OWFiY2RlZg';
const TAG = 'meQxeTSfyr+/XBkOCZRZMArGG5HkZPu/p0ngjZiGWiQ';
const BCRYPT_REST = 'abcdefghijklmnopqrstuuJi2TAxXdgRn1B99hNSae.slODeFgo7i';

function phc(parameters: string, { scheme = 'argon2id', version = 'v=19', salt = SALT, tag = TAG } = {}): string {
  return `$${scheme}$${version}$${parameters}$${salt}$${tag}`;
}

describe('readRecipe reads', () => {
  test.each([
    ['argon2id', 19, 'm=65536,t=3,p=4'],
    ['argon2i', 19, 'm=65536,t=3,p=4'],
    ['argon2d', 16, 'm=65536,t=3,p=4'],
    ['argon2id', 19, 'm=65536,p=4,t=3'],
    ['argon2id', 19, 'p=4,t=3,m=65536'],
  ])('%s version %i, %s', (scheme, version, parameters) => {
    expect(readRecipe(phc(parameters, { scheme, version: `v=${version}` }), CAPS)).toEqual({
      scheme,
      version,
      ...CURRENT,
      saltBytes: 16,
      tagBytes: 32,
    });
  });

  test.each(['a', 'b', 'y'])('bcrypt $2%s$', (minor) => {
    expect(readRecipe(`$2${minor}$12$${BCRYPT_REST}`, CAPS)).toEqual({ scheme: 'bcrypt', cost: 12 });
  });

  test('every written hash, which has the reference order', () => {
    const bytes = (minLength: number) => fc.uint8Array({ minLength, maxLength: 64 }).map((array) => Buffer.from(array));
    const recipes = fc.record({
      scheme: fc.constantFrom('argon2d', 'argon2i', 'argon2id'),
      version: fc.constantFrom(16, 19),
      memoryKib: fc.integer({ min: 8 * 16, max: 4096 }),
      timeCost: fc.integer({ min: 1, max: 256 }),
      parallelism: fc.integer({ min: 1, max: 16 }),
    });
    fc.assert(
      fc.property(recipes, bytes(8), bytes(16), (made, salt, tag) => {
        const recipe = { ...made, saltBytes: salt.length, tagBytes: tag.length } as Argon2Recipe;
        const written = writeArgon2(recipe, salt, tag);
        expect(written).toMatch(/\$m=\d+,t=\d+,p=\d+\$/);
        expect(readRecipe(written, CAPS)).toEqual(recipe);
      }),
    );
  });
});

describe('readRecipe rejects a malformed hash:', () => {
  test.each([
    ['empty', ''],
    ['only a dollar', '$'],
    ['plain text', 'correct horse battery staple'],
    ['another scheme', phc('m=64,t=2,p=1', { scheme: 'argon2x' })],
    ['upper case', phc('m=64,t=2,p=1', { scheme: 'ARGON2ID' })],
    ['scrypt', '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E'],
    ['no version', `$argon2id$m=64,t=2,p=1$${SALT}$${TAG}`],
    ['an unknown version', phc('m=64,t=2,p=1', { version: 'v=20' })],
    ['two versions', phc('m=64,t=2,p=1', { version: 'v=19$v=19' })],
    ['no parameters', phc('')],
    ['m missing', phc('t=2,p=1')],
    ['t missing', phc('m=64,p=1')],
    ['p missing', phc('m=64,t=2')],
    ['m twice, p missing', phc('m=64,m=64,t=2')],
    ['m twice, none missing', phc('m=64,t=2,p=1,m=4294967295')],
    ['t twice, none missing', phc('t=1,m=64,t=2,p=1')],
    ['a fourth parameter', phc('m=64,t=2,p=1,data=AAAA')],
    ['an empty value', phc('m=,t=2,p=1')],
    ['zero', phc('m=64,t=0,p=1')],
    ['negative', phc('m=-64,t=2,p=1')],
    ['a plus sign', phc('m=+64,t=2,p=1')],
    ['a leading zero', phc('m=064,t=2,p=1')],
    ['hexadecimal', phc('m=0x40,t=2,p=1')],
    ['a fraction', phc('m=64.5,t=2,p=1')],
    ['an exponent', phc('m=6e4,t=2,p=1')],
    ['a space', phc('m=64, t=2,p=1')],
    ['Arabic digits', phc('m=٦٤,t=2,p=1')],
    ['full-width digits', phc('m=６４,t=2,p=1')],
    ['a number of 400 digits', phc(`m=${'9'.repeat(400)},t=2,p=1`)],
    ['no tag', `$argon2id$v=19$m=64,t=2,p=1$${SALT}`],
    ['an empty tag', phc('m=64,t=2,p=1', { tag: '' })],
    ['an empty salt', phc('m=64,t=2,p=1', { salt: '' })],
    ['padded base64', phc('m=64,t=2,p=1', { salt: `${SALT}==` })],
    ['base64url', phc('m=64,t=2,p=1', { tag: TAG.replace('+', '-') })],
    ['an impossible base64 length', phc('m=64,t=2,p=1', { tag: TAG.slice(0, 41) })],
    ['a trailing newline', `${phc('m=64,t=2,p=1')}\n`],
    ['a trailing NUL', `${phc('m=64,t=2,p=1')}\0`],
    ['a trailing field', `${phc('m=64,t=2,p=1')}$AAAA`],
    ['a leading blank', ` ${phc('m=64,t=2,p=1')}`],
    ['bcrypt $2$', `$2$12$${BCRYPT_REST}`],
    ['bcrypt $2x$', `$2x$12$${BCRYPT_REST}`],
    ['bcrypt without a cost', `$2b$$${BCRYPT_REST}`],
    ['bcrypt with a cost of one digit', `$2b$8$${BCRYPT_REST}`],
    ['bcrypt with a leading blank', ` $2b$12$${BCRYPT_REST}`],
    ['bcrypt with a trailing line break', `$2b$12$${BCRYPT_REST}\n`],
    ['bcrypt one character too short', `$2b$12$${BCRYPT_REST.slice(1)}`],
    ['bcrypt one character too long', `$2b$12$${BCRYPT_REST}a`],
    ['bcrypt in plain base64', `$2b$12$${BCRYPT_REST.replace('.', '+')}`],
  ])('%s', (_, stored) => {
    expect(readRecipe(stored, CAPS)).toBeUndefined();
  });
});

describe('the caps of readRecipe', () => {
  test.each([
    ['4 TiB', phc('m=4294967295,t=1,p=1')],
    ['one KiB over the memory', phc('m=262145,t=1,p=1')],
    ['a number that wraps around 2^32 to 64', phc('m=4294967360,t=1,p=1')],
    ['four billion passes', phc('m=64,t=4294967295,p=1')],
    ['one pass too many', phc('m=64,t=257,p=1')],
    ['sixteen million threads', phc('m=262144,t=1,p=16777215')],
    ['one thread too many', phc('m=262144,t=1,p=17')],
    ['values within the caps whose product is not', phc('m=4097,t=256,p=16')],
    ['less memory than Argon2 accepts', phc('m=31,t=1,p=4')],
    ['a salt too short', phc('m=64,t=2,p=1', { salt: 'A'.repeat(10) })],
    ['a salt of 65 bytes', phc('m=64,t=2,p=1', { salt: 'A'.repeat(87) })],
    ['a salt of a megabyte', phc('m=64,t=2,p=1', { salt: 'A'.repeat(1 << 20) })],
    ['a tag that is short enough to guess', phc('m=64,t=2,p=1', { tag: 'A'.repeat(20) })],
    ['a tag of 65 bytes', phc('m=64,t=2,p=1', { tag: 'A'.repeat(87) })],
    ['a tag of a megabyte', phc('m=64,t=2,p=1', { tag: 'A'.repeat(1 << 20) })],
    ['bcrypt of two days', `$2b$31$${BCRYPT_REST}`],
    ['bcrypt one over the cost', `$2b$16$${BCRYPT_REST}`],
    ['bcrypt with too few rounds', `$2b$03$${BCRYPT_REST}`],
  ])('reject %s', (_, stored) => {
    expect(readRecipe(stored, CAPS)).toBeUndefined();
  });

  test.each([
    ['the most memory and threads', phc('m=262144,t=4,p=16')],
    ['the most passes', phc('m=4096,t=256,p=16')],
    ['the least memory that Argon2 accepts', phc('m=32,t=1,p=4')],
    ['the shortest salt, of 8 bytes', phc('m=64,t=2,p=1', { salt: 'A'.repeat(11) })],
    ['the longest salt, of 64 bytes', phc('m=64,t=2,p=1', { salt: 'A'.repeat(86) })],
    ['the shortest tag, of 16 bytes', phc('m=64,t=2,p=1', { tag: 'A'.repeat(22) })],
    ['the longest tag, of 64 bytes', phc('m=64,t=2,p=1', { tag: 'A'.repeat(86) })],
    ['the most rounds of bcrypt', `$2b$15$${BCRYPT_REST}`],
    ['the fewest rounds of bcrypt', `$2b$04$${BCRYPT_REST}`],
  ])('accept their limit: %s', (_, stored) => {
    expect(readRecipe(stored, CAPS)).toBeDefined();
  });

  test('accept the configured parameters, and four times those', () => {
    const heavy = { memoryKib: 2 ** 21, timeCost: 300, parallelism: 64 };
    expect(readRecipe(phc('m=2097152,t=300,p=64'), capsAround(heavy))).toBeDefined();
    expect(readRecipe(phc('m=8388608,t=300,p=256'), capsAround(heavy))).toBeDefined();
    expect(readRecipe(phc('m=8388609,t=1,p=1'), capsAround(heavy))).toBeUndefined();
  });
});

describe('isDearer', () => {
  const argon2 = (parameters: string) => `$argon2id$v=19$${parameters}$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Ng`;
  const bcrypt = (cost: number) => `$2b$${cost}$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu`;
  test.each([
    [argon2('m=65536,t=3,p=4'), false],
    [argon2('m=19456,t=2,p=1'), false],
    [argon2('m=65536,t=4,p=4'), true],
    [argon2('m=131072,t=3,p=4'), true],
    [bcrypt(11), false],
    [bcrypt(12), true],
    [bcrypt(15), true],
    ['hunter2', false],
  ])('rates %s: %s', (stored, dearer) => {
    expect(isDearer(stored, CURRENT)).toBe(dearer);
  });
});
