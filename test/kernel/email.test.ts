import { describe, expect, it } from '@jest/globals';
import { foldEmail, foldSearch, normalEmail } from '../../src/kernel/email.ts';

describe('an e-mail address', () => {
  it.each([
    'kandi@example.com',
    'Kandi@Example.COM',
    'admin@localhost.localdomain',
    // RFC 5322 atext. Mail systems use each of these characters: sub-addresses, VERP, BATV.
    ...[..."!#$%&'*+-/=?^_`{|}~."].map((character) => `a${character}b@example.com`),
    'a@example.xn--p1ai',
    'a@xn--mnchen-3ya.example',
    'почта@example.com',
    'a@münchen.example',
    'a@MÜNCHEN.example',
    'почта@пример.рф',
    `${'a'.repeat(242)}@example.com`,
    `a@${'b'.repeat(63)}.example`,
    `a@${`${'b'.repeat(49)}.`.repeat(5)}cc`,
  ])('accepts %s unchanged', (address) => {
    expect(normalEmail(address)).toBe(address);
  });

  it('is stored in NFC', () => {
    expect(normalEmail('zoe\u0308@mu\u0308nchen.example')).toBe('zoë@münchen.example');
  });

  it.each([
    ['nothing', ''],
    ['no @', 'kandi'],
    ['no name', '@example.com'],
    ['no host', 'kandi@'],
    ['a host without a dot', 'kandi@localhost'],
    ['two @', 'kandi@evil.example@example.com'],
    ['a full-width @', 'kandi\uff20example.com'],
    ['a leading dot in the name', '.kandi@example.com'],
    ['a trailing dot in the name', 'kandi.@example.com'],
    ['two dots in a row', 'ka..ndi@example.com'],
    ['a blank', 'ka ndi@example.com'],
    ['a blank around it', ' kandi@example.com'],
    ['a line break', 'kandi@example.com\n'],
    ['a quoted name', '"kandi"@example.com'],
    ['a comma', 'kandi,b@example.com'],
    ['a display name', 'Kandi <kandi@example.com>'],
    ['an address literal', 'kandi@[192.0.2.1]'],
    ['an IPv4 address', 'kandi@192.0.2.1'],
    ['an escape in the host', 'kandi@ex%61mple.com'],
    ['an empty label', 'kandi@example..com'],
    ['an empty label of IDN', 'kandi@münchen..example'],
    ['a leading hyphen in a label', 'kandi@-example.com'],
    ['an underscore in the host', 'kandi@ex_ample.com'],
    ['a top-level domain of one letter', 'kandi@example.c'],
    ['255 octets in 134 letters', `a${'я'.repeat(121)}@example.com`],
    ['a label of 64 characters', `a@${'b'.repeat(64)}.example`],
    ['255 octets', `ab@${`${'b'.repeat(49)}.`.repeat(5)}cc`],
    ['an invisible letter', 'ka\u200bndi@example.com'],
    ['a direction mark', 'ka\u202endi@example.com'],
    ['a NUL', 'ka\0ndi@example.com'],
  ])('is rejected with %s', (_what, address) => {
    expect(normalEmail(address)).toBeUndefined();
  });
});

describe('the key of an e-mail address', () => {
  it.each([
    ['the case of the domain', 'kandi@EXAMPLE.com', 'kandi@example.com'],
    ['the case of the name', 'Kandi@example.com', 'kandi@example.com'],
    ['an internationalised domain', 'a@münchen.example', 'a@xn--mnchen-3ya.example'],
    ['the case of an internationalised domain', 'a@MÜNCHEN.example', 'a@XN--MNCHEN-3YA.example'],
    ['composed letters', 'zoe\u0308@example.com', 'zoë@example.com'],
    ['full-width letters', 'ｋａｎｄｉ@example.com', 'kandi@example.com'],
    ['a ligature', 'ﬁne@example.com', 'fine@example.com'],
    ['the Kelvin sign', '\u212Aandi@example.com', 'kandi@example.com'],
    ['a long s', 'ſam@example.com', 'sam@example.com'],
    ['a final sigma', 'ΟΔΟΣ@example.com', 'οδος@example.com'],
    ['a sharp s', 'STRAẞE@example.com', 'straße@example.com'],
  ])('is the same for %s', (_what, one, other) => {
    expect(foldEmail(one)).toBe(foldEmail(other));
  });

  it.each([
    ['sub-addresses', 'kandi+shop@example.com', 'kandi@example.com'],
    ['dots', 'k.andi@example.com', 'kandi@example.com'],
    ['a dotless i', 'kandı@example.com', 'kandi@example.com'],
    ['a sharp s in the domain', 'a@straße.example', 'a@strasse.example'],
    ['letters of another script', 'kаndi@example.com', 'kandi@example.com'],
  ])('is different for %s', (_what, one, other) => {
    expect(foldEmail(one)).not.toBe(foldEmail(other));
  });

  it.each(['İ', 'ΑΣ', 'ẞ', 'ﷺ', 'ǰ', 'Ⅷ'])('does not change when it is folded again: %s', (name) => {
    const key = foldEmail(`${name}@example.com`);
    expect(foldEmail(key)).toBe(key);
  });

  it.each([
    ['MÜNCHEN.example', 'xn--mnchen-3ya.example'],
    ['Kandi', 'kandi'],
    ['Kandi@MÜNCHEN', 'kandi@xn--mnchen-3ya'],
  ])('is searched by a part: %s', (part, folded) => {
    expect(foldSearch(part)).toBe(folded);
  });
});
