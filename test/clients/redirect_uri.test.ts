import { describe, expect, it } from '@jest/globals';
import { isRegistered, redirectUriFault } from '../../src/clients/redirect_uri.ts';

describe('accepts the redirect URI', () => {
  it.each([
    'https://app.example/callback',
    'https://app.example',
    'https://app.example:8443/callback?tenant=7',
    'https://app.example:65535/callback',
    'https://app.example/!~',
    'https://xn--bcher-kva.example/callback',
    'http://127.0.0.1/callback',
    'http://127.0.0.1:8080/callback',
    'http://[::1]:8080/callback',
    'http://localhost:3000/callback',
    'com.example.app:/callback',
    'com.example.app://callback',
    `https://app.example/${'a'.repeat(492)}`,
  ])('%s', (uri) => {
    expect(redirectUriFault(uri)).toBeUndefined();
  });
});

/** The reasons; each redirect URI below has exactly one. */
const ABSOLUTE = 'NOT_ABSOLUTE';
const FRAGMENT = 'FRAGMENT';
const SCHEME = 'SCHEME';
const USER = 'USER_NAME';
const WILDCARD = 'WILDCARD';
const TLS = 'PLAIN_HTTP';
const PARAMETER = 'ANSWER_PARAMETER';

describe('rejects a redirect URI with', () => {
  it.each<[string, string, string]>([
    ['no characters', '', ABSOLUTE],
    ['only a path', '/callback', ABSOLUTE],
    ['no scheme', 'app.example/callback', ABSOLUTE],
    ['a scheme relative to the page', '//app.example/callback', ABSOLUTE],
    ['a fragment, to which browsers would append the response', 'https://app.example/callback#x', FRAGMENT],
    ['an empty fragment', 'https://app.example/callback#', FRAGMENT],
    ['plain HTTP to another machine', 'http://app.example/callback', TLS],
    ['plain HTTP to a host that begins like a loopback address', 'http://127.0.0.1.evil.example/callback', TLS],
    ['plain HTTP to a host that begins like localhost', 'http://localhost.evil.example/callback', TLS],
    ['loopback as a user name', 'http://127.0.0.1@evil.example/callback', USER],
    ['a user name', 'https://app@evil.example/callback', USER],
    ['an empty user name', 'https://@app.example/callback', USER],
    ['a password', 'https://:secret@app.example/callback', USER],
    ['a wildcard', 'https://*.app.example/callback', WILDCARD],
    ['plain HTTP to another address of the loopback network', 'http://127.0.0.2/callback', TLS],
    ['a user name on loopback', 'http://app@127.0.0.1/callback', USER],
    ['a backslash, which browsers read as a slash', 'https://app.example/call\\back', ABSOLUTE],
    ['a backslash in a private-use scheme', 'com.example.app:/call\\back', ABSOLUTE],
    ['a blank', 'https://app.example/call back', ABSOLUTE],
    ['a line break, which would begin another header', 'https://app.example/\r\nSet-Cookie: a=b', ABSOLUTE],
    ['a tab, which browsers remove', 'https://app.exam\tple/callback', ABSOLUTE],
    ['letters of another alphabet', 'https://аpp.example/callback', ABSOLUTE],
    ['a double quote', 'https://app.example/call"back', ABSOLUTE],
    ['a less-than sign', 'https://app.example/call<back', ABSOLUTE],
    ['a greater-than sign', 'https://app.example/call>back', ABSOLUTE],
    ['a control character', 'https://app.example/call\x7fback', ABSOLUTE],
    ['a letter of another alphabet in the path', 'https://app.example/cаllback', ABSOLUTE],
    ['no host', 'https:///callback', SCHEME],
    ['another spelling of a host', 'https:app.example/callback', SCHEME],
    ['a protocol in capitals', 'HTTPS://app.example/callback', SCHEME],
    ['an invalid port', 'https://app.example:65536/callback', ABSOLUTE],
    ['a javascript: scheme', 'javascript:alert(1)', SCHEME],
    ['a javascript: scheme and a dot in its path', 'javascript:alert(document.cookie)', SCHEME],
    ['a data: scheme', 'data:text/html,alert', SCHEME],
    ['a data: scheme with a script', 'data:text/html,<script>alert(1)</script>', ABSOLUTE],
    ['a file: scheme', 'file:///etc/passwd', SCHEME],
    ['a private-use scheme without a domain name', 'myapp:/callback', SCHEME],
    ['a scheme with an empty label', 'com..app:/callback', SCHEME],
    ['a browser page', 'about:blank', SCHEME],
    ['a code parameter', 'https://app.example/callback?code=evil', PARAMETER],
    ['an encoded state parameter', 'https://app.example/callback?tenant=7&%73tate=evil', PARAMETER],
    ['an iss parameter and a private-use scheme', 'com.example.app:/callback?iss=https://evil.example', PARAMETER],
    ['an error_description parameter', 'https://app.example/callback?error_description=evil', PARAMETER],
    ['an error_uri parameter', 'https://app.example/callback?error_uri=evil', PARAMETER],
    ['an error parameter on loopback', 'http://127.0.0.1/callback?error=access_denied', PARAMETER],
    ['a scheme with an empty label before others', 'com..example.app:/callback', SCHEME],
    ['a scheme that begins with a digit', '1com.example.app:/callback', ABSOLUTE],
    ['513 characters', `https://app.example/${'a'.repeat(493)}`, ABSOLUTE],
  ])('%s', (_title, uri, fault) => {
    expect(redirectUriFault(uri)).toBe(fault);
  });
});

describe('isRegistered', () => {
  const app = ['https://app.example/callback', 'https://app.example/other?tenant=7'];
  it.each<[string, readonly string[]]>([
    ['https://app.example/callback', app],
    ['https://app.example/other?tenant=7', app],
    ['http://127.0.0.1:49152/callback', ['http://127.0.0.1/callback']],
    ['http://127.0.0.1:65535/callback', ['http://127.0.0.1/callback']],
    ['http://127.0.0.1:1?x', ['http://127.0.0.1?x']],
    ['http://127.0.0.1/callback', ['http://127.0.0.1:8080/callback']],
    ['http://[::1]:49152/callback', ['http://[::1]/callback']],
  ])('is true for %s', (asked, registered) => {
    expect(isRegistered(registered, asked)).toBe(true);
  });

  // Threat: a looser comparison was a vulnerability of many servers (RFC 9700 section 2.1).
  it.each<[string, string, readonly string[]]>([
    ['with a longer path', 'https://app.example/callback/evil', app],
    ['with a trailing slash', 'https://app.example/callback/', app],
    ['with a parent folder in its path', 'https://app.example/callback/../evil', app],
    ['with an additional query', 'https://app.example/callback?next=https://evil.example', app],
    ['with another query', 'https://app.example/other?tenant=8', app],
    ['with a fragment', 'https://app.example/callback#', app],
    ['of a subdomain', 'https://evil.app.example/callback', app],
    ['with a host that begins like a registered one', 'https://app.example.evil.example/callback', app],
    ['with a user name', 'https://app.example@evil.example/callback', app],
    ['in another case', 'https://APP.example/callback', app],
    ['with an explicit default port', 'https://app.example:443/callback', app],
    ['without TLS', 'http://app.example/callback', app],
    ['with a percent-encoded letter', 'https://app.example/%63allback', app],
    ['with a leading blank', ' https://app.example/callback', app],
    ['of another host', 'https://evil.example/callback', app],
    ['of a client without redirect URIs', 'https://app.example/callback', []],
    ['of a loopback address with another path', 'http://127.0.0.1:8080/evil', ['http://127.0.0.1/callback']],
    ['of another loopback address', 'http://127.0.0.2:8080/callback', ['http://127.0.0.1/callback']],
    ['of localhost, for a loopback address', 'http://localhost/callback', ['http://127.0.0.1/callback']],
    ['of localhost on another port', 'http://localhost:8080/callback', ['http://localhost/callback']],
    [
      'of a loopback address with a user name',
      'http://127.0.0.1:8080@evil.example/callback',
      ['http://127.0.0.1/callback'],
    ],
    [
      'with a host that begins like a loopback address',
      'http://127.0.0.1.evil.example/callback',
      ['http://127.0.0.1/callback'],
    ],
    ['of a loopback address with an invalid port', 'http://127.0.0.1:65536/callback', ['http://127.0.0.1/callback']],
    [
      'of a loopback address with a port of six digits',
      'http://127.0.0.1:008080/callback',
      ['http://127.0.0.1/callback'],
    ],
    ['of a loopback address with another scheme', 'https://127.0.0.1:8080/callback', ['http://127.0.0.1/callback']],
  ])('is false for one %s', (_title, asked, registered) => {
    expect(isRegistered(registered, asked)).toBe(false);
  });
});
