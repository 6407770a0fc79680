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

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
