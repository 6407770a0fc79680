import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '../../src/kernel/errors.ts';
import { MAX_PRESENTED_BYTES, isPresentable, normalizePassword } from '../../src/passwords/hasher.ts';
import { COMMON_PASSWORDS, checkPassword } from '../../src/passwords/policy.ts';

const ACCOUNT = { username: 'kandi.brian.02', email: 'Kandi.B.Writes@example.com' };

/** The message of the refusal, or undefined where the password is accepted. */
function faultOf(password: string, account = ACCOUNT): string | undefined {
  try {
    checkPassword(password, account);
    return undefined;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Refusal);
    expect(thrown).toMatchObject({ kind: 'BAD_USER_INPUT', code: 'BAD_USER_INPUT', status: 400 });
    return (thrown as Refusal).message;
  }
}

describe('accepted:', () => {
  test.each([
    ['12 characters', 'q7-twelve-ch'],
    ['128 characters', 'long '.repeat(25) + 'end'],
    ['no digit, no capital, no sign', 'plainlowercaseletters'],
    ['spaces', 'correct horse battery staple'],
    ['spaces alone', ' '.repeat(12)],
    ['12 characters beyond the basic plane', '🐎🔋📎🐎🔋📎🐎🔋📎🐎🔋📌'],
    ['128 of them, which are 256 code units', '🐎🔋'.repeat(64)],
    ['128 once composed', 'e\u0301'.repeat(128)],
    ['another script', 'правильная лошадь'],
    ['a tab and a newline', 'one line\tand\nanother'],
    ['the username and more', 'kandi.brian.02!'],
    ['a common one and more', 'passwordpassword, yes'],
  ])('%s', (_, password) => {
    expect(faultOf(password)).toBeUndefined();
  });
});

describe('refused:', () => {
  test.each([
    ['empty', '', 'at least 12 characters'],
    ['11 characters', 'q7-eleven-c', 'at least 12 characters'],
    ['11 characters of 2 code units', '🐎🔋📎🐎🔋📎🐎🔋📎🐎🔋', 'at least 12 characters'],
    ['12 code points, 11 once composed', 'q7-twelve-e\u0301', 'at least 12 characters'],
    ['129 characters', 'x'.repeat(129), 'at most 128 characters'],
    ['128 code points, more once normalised', '\ufb01'.repeat(128), 'at most 128 characters'],
    ['a megabyte', 'x'.repeat(1 << 20), 'at most 128 characters'],
    ['a megabyte of combining marks', 'e' + '\u0301'.repeat(1 << 19), 'at most 128 characters'],
    ['a lone surrogate', 'with a lone \ud800 surrogate', 'well-formed Unicode'],
    ['a lone low surrogate', 'with a lone \udfff', 'well-formed Unicode'],
    ['NUL', 'before it\0and behind', 'NUL'],
    ['the username', 'kandi.brian.02', 'the username'],
    ['the username in capitals', 'KANDI.BRIAN.02', 'the username'],
    ['the username full-width', 'ｋａｎｄｉ．ｂｒｉａｎ．０２', 'the username'],
    ['the email', 'kandi.b.writes@EXAMPLE.com', 'the email'],
    ['the name in the email', 'kandi.b.writes', 'the name in the email'],
    ['on the list', 'passwordpassword', 'too common'],
    ['on the list in capitals', 'PasswordPassword', 'too common'],
    ['on the list full-width', 'ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ', 'too common'],
    ['on the list, Cyrillic', 'ЙЦУКЕНГШЩЗХЪ', 'too common'],
  ])('%s', (_, password, rule) => {
    expect(faultOf(password)).toContain(rule);
  });

  test('naming the field', () => {
    expect(faultOf('short')).toMatch(/^password: must /);
    expect(() => checkPassword('short', ACCOUNT, 'newPassword')).toThrow(/^newPassword: must /);
  });

  test('the name in an email that has two at signs', () => {
    expect(faultOf('"kandi@home"', { username: 'kandi', email: '"kandi@home"@example.com' })).toContain('the name in');
  });

  test('and the message never holds the password', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 6 }), (password) => {
        expect(faultOf(password) ?? '').not.toContain(password);
      }),
    );
    for (const password of ['passwordpassword', ACCOUNT.username, ACCOUNT.email]) {
      expect(faultOf(password)).not.toContain(password);
    }
  });
});

test('too long to look at is too long to normalise, which is quadratic in combining marks', () => {
  const normalize = jest.spyOn(String.prototype, 'normalize');
  try {
    expect(faultOf(`e${'\u0301\u0316'.repeat(MAX_PRESENTED_BYTES)}`)).toContain('at most 128');
    expect(normalize).not.toHaveBeenCalled();
  } finally {
    normalize.mockRestore();
  }
});

test('whatever is accepted can be presented', () => {
  const decomposed = fc.string({ unit: 'binary', maxLength: 128 }).map((password) => password.normalize('NFKD'));
  fc.assert(
    fc.property(fc.oneof(decomposed, fc.constant('\ud55c'.normalize('NFD').repeat(128))), (password) => {
      expect(faultOf(password) !== undefined || isPresentable(password)).toBe(true);
    }),
  );
  expect(Buffer.byteLength('\ud55c'.normalize('NFD').repeat(128))).toBeLessThan(MAX_PRESENTED_BYTES);
  expect(faultOf('\ud55c'.normalize('NFD').repeat(128))).toBeUndefined();
});

test('the list has over 10,000 entries, each long enough and in the form that is looked up', () => {
  const list = [...COMMON_PASSWORDS];
  expect(list.length).toBeGreaterThanOrEqual(10_000);
  expect(list.filter((entry) => [...entry].length < 12)).toEqual([]);
  expect(list.filter((entry) => normalizePassword(entry).toLowerCase() !== entry)).toEqual([]);
  const accepted = list.filter((entry) => [...entry].length <= 128 && faultOf(entry) === undefined);
  expect(accepted).toEqual([]);
});
