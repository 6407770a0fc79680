import { describe, expect, it } from '@jest/globals';
import { isRegistered, redirectUriFault } from '../../src/clients/redirect_uri.ts';

describe('a client can be registered with', () => {
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

/** Why not, for exactly one reason each. */
const ABSOLUTE = 'NOT_ABSOLUTE';
const FRAGMENT = 'FRAGMENT';
const SCHEME = 'SCHEME';
const USER = 'USER_NAME';
const WILDCARD = 'WILDCARD';
const TLS = 'PLAIN_HTTP';
const PARAMETER = 'ANSWER_PARAMETER';

describe('no client can be registered with', () => {
  it.each<[string, string, string]>([
    ['nothing', '', ABSOLUTE],
    ['a path', '/callback', ABSOLUTE],
    ['a host', 'app.example/callback', ABSOLUTE],
    ['another protocol by default', '//app.example/callback', ABSOLUTE],
    ['a fragment, which browsers put the answer behind', 'https://app.example/callback#x', FRAGMENT],
    ['an empty fragment', 'https://app.example/callback#', FRAGMENT],
    ['plain HTTP beyond this machine', 'http://app.example/callback', TLS],
    ['plain HTTP on what begins as loopback', 'http://127.0.0.1.evil.example/callback', TLS],
    ['plain HTTP on what begins as localhost', 'http://localhost.evil.example/callback', TLS],
    ['loopback as a user name', 'http://127.0.0.1@evil.example/callback', USER],
    ['a user name', 'https://app@evil.example/callback', USER],
    ['an empty user name', 'https://@app.example/callback', USER],
    ['a password', 'https://:secret@app.example/callback', USER],
    ['a wildcard', 'https://*.app.example/callback', WILDCARD],
    ['plain HTTP on an address beside loopback', 'http://127.0.0.2/callback', TLS],
    ['a user name on loopback', 'http://app@127.0.0.1/callback', USER],
    ['a backslash, which browsers read as a slash', 'https://app.example/call\\back', ABSOLUTE],
    ['a backslash in a private-use scheme', 'com.example.app:/call\\back', ABSOLUTE],
    ['a blank', 'https://app.example/call back', ABSOLUTE],
    ['a line break, which would be another header', 'https://app.example/\r\nSet-Cookie: a=b', ABSOLUTE],
    ['a tab, which browsers leave out', 'https://app.exam\tple/callback', ABSOLUTE],
    ['letters of another alphabet', 'https://аpp.example/callback', ABSOLUTE],
    ['a double quote', 'https://app.example/call"back', ABSOLUTE],
    ['a less-than sign', 'https://app.example/call<back', ABSOLUTE],
    ['a greater-than sign', 'https://app.example/call>back', ABSOLUTE],
    ['a control character', 'https://app.example/call\x7fback', ABSOLUTE],
    ['a letter of another alphabet in the path', 'https://app.example/cаllback', ABSOLUTE],
    ['no host', 'https:///callback', SCHEME],
    ['another spelling of a host', 'https:app.example/callback', SCHEME],
    ['a protocol in capitals', 'HTTPS://app.example/callback', SCHEME],
    ['a port that is none', 'https://app.example:65536/callback', ABSOLUTE],
    ['a script', 'javascript:alert(1)', SCHEME],
    ['a script with a dot', 'javascript:alert(document.cookie)', SCHEME],
    ['data', 'data:text/html,alert', SCHEME],
    ['data with a script in it', 'data:text/html,<script>alert(1)</script>', ABSOLUTE],
    ['a file', 'file:///etc/passwd', SCHEME],
    ['a scheme that anybody may claim', 'myapp:/callback', SCHEME],
    ['a scheme of empty labels', 'com..app:/callback', SCHEME],
    ['a page of the browser itself', 'about:blank', SCHEME],
    ['a code in its query', 'https://app.example/callback?code=evil', PARAMETER],
    ['a state in its query, encoded', 'https://app.example/callback?tenant=7&%73tate=evil', PARAMETER],
    [
      'an issuer in its query, of a private-use scheme',
      'com.example.app:/callback?iss=https://evil.example',
      PARAMETER,
    ],
    ['a description in its query', 'https://app.example/callback?error_description=evil', PARAMETER],
    ['a page on errors in its query', 'https://app.example/callback?error_uri=evil', PARAMETER],
    ['an error in its query, on loopback', 'http://127.0.0.1/callback?error=access_denied', PARAMETER],
    ['a scheme of empty labels before others', 'com..example.app:/callback', SCHEME],
    ['a scheme that begins with a digit', '1com.example.app:/callback', ABSOLUTE],
    ['513 characters', `https://app.example/${'a'.repeat(493)}`, ABSOLUTE],
  ])('%s', (_title, uri, fault) => {
    expect(redirectUriFault(uri)).toBe(fault);
  });
});

describe('a redirect URI is registered', () => {
  const app = ['https://app.example/callback', 'https://app.example/other?tenant=7'];
  it.each<[string, readonly string[]]>([
    ['https://app.example/callback', app],
    ['https://app.example/other?tenant=7', app],
    ['http://127.0.0.1:49152/callback', ['http://127.0.0.1/callback']],
    ['http://127.0.0.1:65535/callback', ['http://127.0.0.1/callback']],
    ['http://127.0.0.1:1?x', ['http://127.0.0.1?x']],
    ['http://127.0.0.1/callback', ['http://127.0.0.1:8080/callback']],
    ['http://[::1]:49152/callback', ['http://[::1]/callback']],
  ])('%s', (asked, registered) => {
    expect(isRegistered(registered, asked)).toBe(true);
  });

  // RFC 9700 section 2.1: a comparison that is any kinder was the hole of many servers.
  it.each<[string, string, readonly string[]]>([
    ['with more path', 'https://app.example/callback/evil', app],
    ['with a slash more', 'https://app.example/callback/', app],
    ['with a way back in its path', 'https://app.example/callback/../evil', app],
    ['with a query more', 'https://app.example/callback?next=https://evil.example', app],
    ['with another query', 'https://app.example/other?tenant=8', app],
    ['with a fragment', 'https://app.example/callback#', app],
    ['of a subdomain', 'https://evil.app.example/callback', app],
    ['that begins as one', 'https://app.example.evil.example/callback', app],
    ['with a user name', 'https://app.example@evil.example/callback', app],
    ['in another case', 'https://APP.example/callback', app],
    ['with the port of its protocol', 'https://app.example:443/callback', app],
    ['without TLS', 'http://app.example/callback', app],
    ['encoded', 'https://app.example/%63allback', app],
    ['with a blank around', ' https://app.example/callback', app],
    ['of nobody', 'https://evil.example/callback', app],
    ['where there is none', 'https://app.example/callback', []],
    ['of a loopback address with another path', 'http://127.0.0.1:8080/evil', ['http://127.0.0.1/callback']],
    ['of another loopback address', 'http://127.0.0.2:8080/callback', ['http://127.0.0.1/callback']],
    ['of localhost, for a loopback address', 'http://localhost/callback', ['http://127.0.0.1/callback']],
    ['of localhost on another port', 'http://localhost:8080/callback', ['http://localhost/callback']],
    [
      'of a loopback address with a user name',
      'http://127.0.0.1:8080@evil.example/callback',
      ['http://127.0.0.1/callback'],
    ],
    ['that begins as a loopback address', 'http://127.0.0.1.evil.example/callback', ['http://127.0.0.1/callback']],
    [
      'of a loopback address with a port that is none',
      'http://127.0.0.1:65536/callback',
      ['http://127.0.0.1/callback'],
    ],
    [
      'of a loopback address with a port of six digits',
      'http://127.0.0.1:008080/callback',
      ['http://127.0.0.1/callback'],
    ],
    ['of a loopback address by another protocol', 'https://127.0.0.1:8080/callback', ['http://127.0.0.1/callback']],
  ])('not one %s', (_title, asked, registered) => {
    expect(isRegistered(registered, asked)).toBe(false);
  });
});
