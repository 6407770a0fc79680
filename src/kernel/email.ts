import { domainToASCII } from 'node:url';
import { z } from 'zod';

/** RFC 5321 section 4.5.3.1.3: octets of the path, without its brackets. */
export const LONGEST_EMAIL = 254;

/** RFC 6531 section 3.3 allows every character past ASCII; here those that people write. */
const WRITTEN = /(?![\0-\x7f])[\p{L}\p{M}\p{N}]/gu;

/**
 * An e-mail address that mail can be delivered to, as it is stored: as it was typed, in NFC. Undefined where it is none.
 * One is what browsers take for one (HTML, `type=email`), also with the letters of every script (RFC 6531) and with an
 * internationalised domain (RFC 5890), less what no mail server takes: an address literal (`[192.0.2.1]`), a quoted name
 * and a host without a dot are none.
 */
export function normalEmail(text: string): string | undefined {
  const typed = text.normalize('NFC');
  const at = typed.lastIndexOf('@');
  const [name, domain] = [typed.slice(0, at), typed.slice(at + 1)];
  // Of ASCII it would also make another host of a percent sign or of a number.
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
