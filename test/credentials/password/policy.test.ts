import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '../../../src/kernel/errors.ts';
import { MAX_PRESENTED_BYTES, isPresentable, normalizePassword } from '../../../src/credentials/password/hasher.ts';
import { COMMON_PASSWORDS, createCheckPassword } from '../../../src/credentials/password/policy.ts';

const checkPassword = createCheckPassword(null);
const ACCOUNT = { username: 'kandi.brian.02', email: 'Kandi.B.Writes@example.com' };

/** Returns the code of the refusal with its first fact; undefined if the password is accepted. */
async function faultOf(password: string, account = ACCOUNT): Promise<string | undefined> {
  const refusal = await refusalOf(password, account);
  if (refusal === undefined) return undefined;
  const [{ field, code, ...facts }, ...others] = refusal.fields!;
  expect([field, others]).toEqual(['password', []]);
  return [code, ...Object.values(facts)].join(' ');
}

async function refusalOf(password: string, account = ACCOUNT, field?: string): Promise<Refusal | undefined> {
  try {
    await checkPassword(password, account, field);
    return undefined;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Refusal);
    expect(thrown).toMatchObject({ kind: 'BAD_USER_INPUT', code: 'BAD_USER_INPUT', status: 400 });
    return thrown as Refusal;
  }
}

describe('accepts a password with', () => {
  test.each([
    ['12 characters in all', 'q7-twelve-ch'],
    ['128 characters', 'long '.repeat(25) + 'end'],
    ['only lower-case letters', 'plainlowercaseletters'],
    ['spaces', 'correct horse battery staple'],
    ['12 characters with single blanks', 'a b c d e f '],
    ['12 emoji of several code points each', '👩‍👩‍👧‍👦👨‍🚀🏳️‍🌈👍🏽🇨🇭❤️🧑‍💻👩‍🔬🐻‍❄️👨‍👩‍👦🏴‍☠️1️⃣'],
    ['12 ligatures, which are 24 letters', '\ufb01'.repeat(12)],
    ['12 characters of Hindi, with their vowels and joiners', 'नमस्ते दुनिया कैसे हैं आप सब'],
    ['12 characters with invisible ones in between', [...'q7-twelve-ch'].join('\u200b')],
    ['12 letters of Korean, decomposed', '한국어비밀번호는길어야해'.normalize('NFD')],
    ['12 characters outside the basic plane', '🐎🔋📎🐎🔋📎🐎🔋📎🐎🔋📌'],
    ['128 characters of 256 code units', '🐎🔋'.repeat(64)],
    ['128 characters after composition', 'e\u0301'.repeat(128)],
    ['another script', 'правильная лошадь'],
    ['a tab and a newline', 'one line\tand\nanother'],
    ['the username as a part', 'kandi.brian.02!'],
    ['a common password as a part', 'passwordpassword, yes'],
  ])('%s', async (_, password) => {
    expect(await faultOf(password)).toBeUndefined();
  });
});

describe('rejects', () => {
  test.each([
    ['an empty password', '', 'TOO_SHORT 12'],
    ['11 characters', 'q7-eleven-c', 'TOO_SHORT 12'],
    ['11 characters of 2 code units', '🐎🔋📎🐎🔋📎🐎🔋📎🐎🔋', 'TOO_SHORT 12'],
    ['12 code points, 11 after composition', 'q7-twelve-e\u0301', 'TOO_SHORT 12'],
    ['one character that normalizes to 18', '\ufdfa', 'TOO_FEW_VISIBLE 12'],
    ['two characters that normalize to 16', '\ufdfb\ufdfb', 'TOO_FEW_VISIBLE 12'],
    ['eleven characters that normalize to 22', '\ufb01'.repeat(11), 'TOO_FEW_VISIBLE 12'],
    ['only spaces', ' '.repeat(12), 'TOO_FEW_VISIBLE 12'],
    ['blanks of every width', '\u00a0\u2000\u2003\u2009\u200a\u202f\u205f\u3000'.repeat(2), 'TOO_FEW_VISIBLE 12'],
    ['a letter among blanks', `${' '.repeat(8)}x${' '.repeat(8)}`, 'TOO_FEW_VISIBLE 12'],
    ['blanks with invisible characters in between', ' \u200b'.repeat(12), 'TOO_FEW_VISIBLE 12'],
    ['soft hyphens', '\u00ad'.repeat(12), 'TOO_FEW_VISIBLE 12'],
    ['zero-width characters', '\u200b\u200c\u200d\u2060\ufeff'.repeat(3), 'TOO_FEW_VISIBLE 12'],
    ['variation selectors', '\ufe0f\u{e0100}'.repeat(6), 'TOO_FEW_VISIBLE 12'],
    ['tags', '\u{e0061}'.repeat(12), 'TOO_FEW_VISIBLE 12'],
    ['direction marks', '\u202e\u2066\u061c'.repeat(4), 'TOO_FEW_VISIBLE 12'],
    ['Hangul fillers', '\u3164\u115f\u1160\uffa0'.repeat(3), 'TOO_FEW_VISIBLE 12'],
    ['the blank of Braille', '\u2800'.repeat(12), 'TOO_FEW_VISIBLE 12'],
    ['control characters', '\u0001\u0007\u001b\u007f\u0085\u009f'.repeat(2), 'TOO_FEW_VISIBLE 12'],
    ['only combining marks', '\u0301\u0316'.repeat(6), 'TOO_FEW_VISIBLE 12'],
    ['a letter under a pile of marks', `e${'\u0301\u0316'.repeat(6)}`, 'TOO_FEW_VISIBLE 12'],
    ['one emoji of many code points', '👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 'TOO_FEW_VISIBLE 12'],
    ['11 characters and an invisible character', 'q7-eleven-c\u200b', 'TOO_FEW_VISIBLE 12'],
    ['a listed password with invisible characters in between', [...'passwordpassword'].join('\u00ad'), 'COMMON'],
    ['the username with an invisible character', 'kandi.brian\u200b.02', 'EQUALS_NAME USERNAME'],
    ['129 characters', 'x'.repeat(129), 'TOO_LONG 128'],
    ['128 code points that normalize to more', '\ufb01'.repeat(128), 'TOO_LONG 128'],
    ['a megabyte', 'x'.repeat(1 << 20), 'TOO_LONG 128'],
    ['a megabyte of combining marks', 'e' + '\u0301'.repeat(1 << 19), 'TOO_LONG 128'],
    ['a lone surrogate', 'with a lone \ud800 surrogate', 'NOT_UNICODE'],
    ['a lone low surrogate', 'with a lone \udfff', 'NOT_UNICODE'],
    ['a NUL character', 'before it\0and behind', 'NUL_CHARACTER'],
    ['the username', 'kandi.brian.02', 'EQUALS_NAME USERNAME'],
    ['the username in capitals', 'KANDI.BRIAN.02', 'EQUALS_NAME USERNAME'],
    ['the username in full-width letters', 'ｋａｎｄｉ．ｂｒｉａｎ．０２', 'EQUALS_NAME USERNAME'],
    ['the email', 'kandi.b.writes@EXAMPLE.com', 'EQUALS_NAME EMAIL'],
    ['the name in the email', 'kandi.b.writes', 'EQUALS_NAME EMAIL_NAME'],
    ['a listed password', 'passwordpassword', 'COMMON'],
    ['a listed password in capitals', 'PasswordPassword', 'COMMON'],
    ['a listed password in full-width letters', 'ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ', 'COMMON'],
    ['a listed password in Cyrillic', 'ЙЦУКЕНГШЩЗХЪ', 'COMMON'],
  ])('%s', async (_, password, rule) => {
    expect(await faultOf(password)).toBe(rule);
  });

  test('a password and names its field', async () => {
    expect((await refusalOf('short', ACCOUNT, 'newPassword'))?.fields).toEqual([
      { field: 'newPassword', code: 'TOO_SHORT', min: 12 },
    ]);
  });

  test('the name in an email address with two at signs', async () => {
    expect(await faultOf('"kandi@home"', { username: 'kandi', email: '"kandi@home"@example.com' })).toBe(
      'EQUALS_NAME EMAIL_NAME',
    );
  });

  test('a password without quoting it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 6 }), async (password) => {
        const { message = '', fields } = (await refusalOf(password)) ?? {};
        expect(`${message} ${JSON.stringify(fields)}`).not.toContain(password);
      }),
    );
    for (const password of ['passwordpassword', ACCOUNT.username, ACCOUNT.email]) {
      const { message, fields } = (await refusalOf(password))!;
      expect(`${message} ${JSON.stringify(fields)}`).not.toContain(password);
    }
  });
});

test('rejects a long password before normalizing it, which is quadratic in combining marks', async () => {
  const normalize = jest.spyOn(String.prototype, 'normalize');
  try {
    expect(await faultOf(`e${'\u0301\u0316'.repeat(MAX_PRESENTED_BYTES)}`)).toBe('TOO_LONG 128');
    expect(normalize).not.toHaveBeenCalled();
  } finally {
    normalize.mockRestore();
  }
});

test('every accepted password can be presented', async () => {
  const decomposed = fc.string({ unit: 'binary', maxLength: 128 }).map((password) => password.normalize('NFKD'));
  await fc.assert(
    fc.asyncProperty(fc.oneof(decomposed, fc.constant('\ud55c'.normalize('NFD').repeat(128))), async (password) => {
      expect((await faultOf(password)) !== undefined || isPresentable(password)).toBe(true);
    }),
  );
  expect(Buffer.byteLength('\ud55c'.normalize('NFD').repeat(128))).toBeLessThan(MAX_PRESENTED_BYTES);
  expect(await faultOf('\ud55c'.normalize('NFD').repeat(128))).toBeUndefined();
});

test('the list has over 10,000 entries, all of them long enough and folded', async () => {
  const list = [...COMMON_PASSWORDS];
  expect(list.length).toBeGreaterThanOrEqual(10_000);
  expect(list.filter((entry) => [...entry].length < 12)).toEqual([]);
  expect(list.filter((entry) => normalizePassword(entry).toLowerCase() !== entry)).toEqual([]);
  for (const entry of list) {
    if ([...entry].length <= 128 && (await faultOf(entry)) === undefined) throw new Error(`${entry} is accepted`);
  }
});
