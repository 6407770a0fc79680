import { expect, it } from '@jest/globals';
import { foreignScheme } from '../../../src/credentials/password/foreign_scheme.ts';

it.each([
  ['pbkdf2_sha256$600000$c2FsdA$aGFzaA==', 'pbkdf2'],
  ['pbkdf2:sha256:260000$salt$aabb', 'pbkdf2'],
  ['$pbkdf2-sha512$25000$c2FsdA$aGFzaA', 'pbkdf2'],
  ['scrypt:32768:8:1$salt$aabb', 'scrypt'],
  ['$scrypt$ln=16,r=8,p=1$c2FsdA$aGFzaA', 'scrypt'],
  ['$6$saltsalt$hash', 'sha512-crypt'],
  ['$5$rounds=1000$saltsalt$hash', 'sha256-crypt'],
  ['$1$salt$hash', 'md5-crypt'],
  ['$apr1$salt$hash', 'md5-crypt'],
  ['$y$j9T$salt$hash', 'yescrypt'],
  ['$P$BlongEnoughForWordPress', 'phpass'],
  ['$wp$2y$10$abc', 'bcrypt (WordPress)'],
  ['$S$Dsomething', 'sha512 (Drupal)'],
  ['{SSHA}aGFzaA==', 'LDAP'],
  ['SCRAM-SHA-256$4096:c2FsdA==$a:b', 'SCRAM'],
  ['argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA', 'argon2, malformed'],
  ['$argon2id$v=19$m=1', 'argon2, malformed'],
  ['$2b$10$short', 'bcrypt, malformed'],
  ['$2x$10$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu', 'bcrypt $2x$'],
  ['bcrypt_sha256$$2b$12$abc', 'bcrypt_sha256'],
  ['sha1$salt$hash', 'salted sha1'],
  ['5f4dcc3b5aa765d61d8327deb882cf99', 'unsalted md5'],
  ['5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8', 'unsalted sha1'],
  ['*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19', 'MySQL'],
  ['!', 'no usable password'],
  ['x', 'no usable password'],
])('names the scheme of %s', (stored, scheme) => {
  expect(foreignScheme(stored)).toBe(scheme);
});

it.each(['hunter2', 'my$ecret$password', '$ecret$1$', 'correct horse battery staple', ''])(
  'names no scheme for a text that may be a password: %j',
  (text) => {
    expect(foreignScheme(text)).toBeUndefined();
  },
);
