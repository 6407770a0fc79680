import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, readConfig } from '../../src/config/config.ts';
import { parseMailFrom } from '../../src/mail/mail_from.ts';
import { parseMailUrl } from '../../src/mail/mail_url.ts';

describe('MAIL_URL', () => {
  it.each([
    ['smtp://mail.example', { host: 'mail.example', port: 587, tls: 'starttls', login: null }],
    ['smtps://mail.example/', { host: 'mail.example', port: 465, tls: 'implicit', login: null }],
    [
      'smtp://ada%40mail.example:p%3A%20w@mail.example:2525',
      { host: 'mail.example', port: 2525, tls: 'starttls', login: { user: 'ada@mail.example', password: 'p: w' } },
    ],
    ['smtp://[2001:db8::1]:25?tls=off', { host: '2001:db8::1', port: 25, tls: 'off', login: null }],
    [
      'smtp://a:b@127.0.0.1:25?tls=off',
      { host: '127.0.0.1', port: 25, tls: 'off', login: { user: 'a', password: 'b' } },
    ],
  ])('accepts %s', (url, server) => {
    expect(parseMailUrl(url)).toEqual(server);
  });

  it.each([
    'mail.example',
    'http://mail.example',
    'smtp://',
    'smtp://mail.example/path',
    'smtp://mail.example#fragment',
    'smtp://mail.example?tls=none',
    'smtp://mail.example?tls=off&other=1',
    'smtp://user@mail.example',
    'smtp://a%ZZ:b@mail.example',
    // A password in plain text, and no TLS where there is nothing but TLS.
    'smtp://a:b@mail.example?tls=off',
    'smtps://mail.example?tls=off',
  ])('refuses %s', (url) => {
    expect(parseMailUrl(url)).toBeUndefined();
  });

  it('needs a sender', () => {
    const read = () => readConfig({ MAIL_URL: 'smtp://user:hunter2secret@mail.example' });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(/^MAIL_FROM: required with MAIL_URL$/);
  });

  it('is not shown in a message', () => {
    const read = () => readConfig({ MAIL_URL: 'smtp://user:hunter2secret@mail.example/path' });
    expect(read).toThrow(/^MAIL_URL: must be smtp:/m);
    expect(read).not.toThrow(/hunter2secret/);
  });
});

describe('MAIL_FROM', () => {
  it.each([
    ['no-reply@example.com', { name: 'Gatehouse', address: 'no-reply@example.com' }],
    ['Example, Inc. <no-reply@example.com>', { name: 'Example, Inc.', address: 'no-reply@example.com' }],
    ['<no-reply@example.com>', { name: 'Gatehouse', address: 'no-reply@example.com' }],
  ])('accepts %s', (text, sender) => {
    expect(parseMailFrom(text)).toEqual(sender);
  });

  it.each([
    'Example',
    'a@example.com, b@example.com',
    'Example <a@example.com> <b@example.com>',
    '"Example" <a@example.com>',
  ])('refuses %j', (text) => {
    expect(parseMailFrom(text)).toBeUndefined();
  });

  it('refuses a line break, which would add a header', () => {
    expect(parseMailFrom('Exam\r\nBcc: eve@example.com\r\nple <a@example.com>')).toBeUndefined();
    expect(parseMailFrom('a@example.com\r\nBcc: eve@example.com')).toBeUndefined();
  });

  it('is the host of PUBLIC_URL where mails become files', () => {
    const from = (env: Record<string, string>) => readConfig(env).mail.from.address;
    expect(from({ PUBLIC_URL: 'https://auth.example.com/path' })).toBe('no-reply@auth.example.com');
    expect(from({})).toBe('no-reply@localhost');
  });
});
