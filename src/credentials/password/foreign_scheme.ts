/**
 * The marks of hashes from other systems that cannot be verified here. Threat: an imported list may hold a plain
 * password in place of a hash. So only names of this closed table are shown, never a part of the text.
 */
const SCHEMES: readonly (readonly [name: string, marks: RegExp])[] = [
  ['argon2, malformed', /^(argon2)?\$argon2(id|i|d)\$/],
  ['bcrypt $2x$', /^\$2x\$/],
  ['bcrypt, malformed', /^\$2[aby]?\$\d\d\$/],
  ['bcrypt_sha256', /^(bcrypt_sha256\$|\$bcrypt-sha256\$)/],
  ['bcrypt (Django)', /^bcrypt\$/],
  ['pbkdf2', /^(pbkdf2[_:-]|\$pbkdf2)/i],
  ['scrypt', /^(\$?scrypt[$:]|\$7\$|\$s0\$)/],
  ['yescrypt', /^\$g?y\$/],
  ['sha512-crypt', /^\$6\$/],
  ['sha256-crypt', /^\$5\$/],
  ['md5-crypt', /^\$(1|apr1)\$/],
  ['phpass', /^\$[PH]\$/],
  ['bcrypt (WordPress)', /^\$wp\$2y\$/],
  ['sha512 (Drupal)', /^\$S\$/],
  ['LDAP', /^\{(SSHA|SHA|SMD5|MD5|CRYPT|PBKDF2|ARGON2|SASL|KERBEROS|CLEARTEXT)[\w-]*\}/i],
  ['SCRAM', /^SCRAM-SHA-(1|256|512)\$/],
  ['salted md5', /^(md5\$|md5[\da-f]{32}$)/],
  ['salted sha1', /^sha1\$/],
  ['salted sha256', /^sha256\$/],
  ['salted sha512', /^sha512\$/],
  ['MySQL', /^\*[\dA-F]{40}$/],
  ['no usable password', /^([!*]|x$)/],
  ['ASP.NET Identity', /^AQAAAA[A-Za-z\d+/]{70,}={0,2}$/],
  ['unsalted md5', /^[\da-f]{32}$/i],
  ['unsalted sha1', /^[\da-f]{40}$/i],
  ['unsalted sha256', /^[\da-f]{64}$/i],
  ['unsalted sha512', /^[\da-f]{128}$/i],
];

/** Returns the name of the scheme of another system's hash; undefined if the table does not list it. */
export function foreignScheme(stored: string): string | undefined {
  return SCHEMES.find(([, marks]) => marks.test(stored))?.[0];
}
