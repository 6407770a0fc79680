import { domainToASCII } from 'node:url';
import { z } from 'zod';

/** The longest path in octets, without its brackets (RFC 5321 section 4.5.3.1.3). */
export const LONGEST_EMAIL = 254;

/** The letters, marks and digits past ASCII. RFC 6531 section 3.3 allows every character there. */
const WRITTEN = /(?![\0-\x7f])[\p{L}\p{M}\p{N}]/gu;

/**
 * Returns an e-mail address in the form in which it is stored (as it was typed, in NFC), or undefined if it is invalid.
 * The rule is that of browsers (HTML, `type=email`), extended to letters of every script (RFC 6531) and to
 * internationalised domains (RFC 5890). It excludes forms that mail servers refuse: an address literal (`[192.0.2.1]`),
 * a quoted name, and a host without a dot.
 */
export function normalEmail(text: string): string | undefined {
  const typed = text.normalize('NFC');
  const at = typed.lastIndexOf('@');
  const [name, domain] = [typed.slice(0, at), typed.slice(at + 1)];
  // An ASCII domain is left alone: `domainToASCII` would turn a percent sign or a number into another host.
  const host = isAscii(domain) ? domain : domainToASCII(domain);
  const isDotAtom = !name.split('.').includes('');
  const isNamed = /\.(?!\d+$)[^.]{2,}$/.test(host);
  const email = `${name}@${host}`;
  const fits = Buffer.byteLength(email) <= LONGEST_EMAIL;
  return isDotAtom && isNamed && fits && z.regexes.html5Email.test(email.replace(WRITTEN, 'x')) ? typed : undefined;
}

/**
 * Returns the key under which an address is compared: two addresses are the same if their keys are equal. The key is
 * never mailed to. Threat: a mail to a folded spelling may reach another mailbox, whose owner then resets the password.
 *
 * - The domain is in ASCII (RFC 5890) and in lower case.
 * - The name is in NFKC and in lower case. RFC 5321 allows `A` and `a` as two mailboxes, but no large provider does;
 *   full-width letters and ligatures only serve to imitate another address.
 * - Dots and sub-addresses (`kandi+shop`) count, because their meaning differs by provider.
 * @param email as {@link normalEmail} returns it; other texts have a key that no account has
 */
export function foldEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return `${foldName(email.slice(0, at))}@${foldDomain(email.slice(at + 1))}`;
}

/** Returns the part of a key that a search for a part of an address looks for. */
export function foldSearch(text: string): string {
  if (text.includes('@')) return foldEmail(text);
  return text.includes('.') && !isAscii(text) ? foldDomain(text) : foldName(text);
}

function foldName(name: string): string {
  // The lower case of a final sigma depends on its place in the word. NFKC again: lower case may undo it.
  return name.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}

function foldDomain(domain: string): string {
  return (isAscii(domain) ? domain : domainToASCII(domain) || domain).toLowerCase();
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
