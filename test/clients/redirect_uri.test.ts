import { describe, expect, it } from '@jest/globals';
import { isRegistered, redirectUriFault } from '../../src/clients/redirect_uri.ts';

describe('a client can be registered with', () => {
  it.each([
    'https://app.example/callback',
    'https://app.example',
    'https://app.example:8443/callback?tenant=7',
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

describe('no client can be registered with', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['a path', '/callback'],
    ['a host', 'app.example/callback'],
    ['another protocol by default', '//app.example/callback'],
    ['a fragment, which browsers put the answer behind', 'https://app.example/callback#x'],
    ['an empty fragment', 'https://app.example/callback#'],
    ['plain HTTP beyond this machine', 'http://app.example/callback'],
    ['plain HTTP on what begins as loopback', 'http://127.0.0.1.evil.example/callback'],
    ['plain HTTP on what begins as localhost', 'http://localhost.evil.example/callback'],
    ['loopback as a user name', 'http://127.0.0.1@evil.example/callback'],
    ['a user name', 'https://app@evil.example/callback'],
    ['an empty user name', 'https://@app.example/callback'],
    ['a password', 'https://:secret@app.example/callback'],
    ['a wildcard', 'https://*.app.example/callback'],
    ['plain HTTP on an address beside loopback', 'http://127.0.0.2/callback'],
    ['a user name on loopback', 'http://app@127.0.0.1/callback'],
    ['a backslash, which browsers read as a slash', 'https://app.example/call\\back'],
    ['a backslash in a private-use scheme', 'com.example.app:/call\\back'],
    ['a blank', 'https://app.example/call back'],
    ['a line break, which would be another header', 'https://app.example/\r\nSet-Cookie: a=b'],
    ['a tab, which browsers leave out', 'https://app.exam\tple/callback'],
    ['letters of another alphabet', 'https://аpp.example/callback'],
    ['a double quote', 'https://app.example/call"back'],
    ['a less-than sign', 'https://app.example/call<back'],
    ['a greater-than sign', 'https://app.example/call>back'],
    ['a control character', 'https://app.example/call\x7fback'],
    ['a letter of another alphabet in the path', 'https://app.example/cаllback'],
    ['no host', 'https:///callback'],
    ['another spelling of a host', 'https:app.example/callback'],
    ['a protocol in capitals', 'HTTPS://app.example/callback'],
    ['a port that is none', 'https://app.example:99999/callback'],
    ['a script', 'javascript:alert(1)'],
    ['a script with a dot', 'javascript:alert(document.cookie)'],
    ['data', 'data:text/html,<script>alert(1)</script>'],
    ['a file', 'file:///etc/passwd'],
    ['a scheme that anybody may claim', 'myapp:/callback'],
    ['a scheme of empty labels', 'com..app:/callback'],
    ['a page of the browser itself', 'about:blank'],
    ['a code in its query', 'https://app.example/callback?code=evil'],
    ['a state in its query, encoded', 'https://app.example/callback?tenant=7&%73tate=evil'],
    ['an issuer in its query, of a private-use scheme', 'com.example.app:/callback?iss=https://evil.example'],
    ['an error in its query, on loopback', 'http://127.0.0.1/callback?error=access_denied'],
    ['a scheme of empty labels before others', 'com..example.app:/callback'],
    ['a scheme that begins with a digit', '1com.example.app:/callback'],
    ['513 characters', `https://app.example/${'a'.repeat(493)}`],
  ])('%s', (_title, uri) => {
    expect(redirectUriFault(uri)).toMatch(/^must /);
  });
});

describe('a redirect URI is registered', () => {
  const app = ['https://app.example/callback', 'https://app.example/other?tenant=7'];
  it.each<[string, readonly string[]]>([
    ['https://app.example/callback', app],
    ['https://app.example/other?tenant=7', app],
    ['http://127.0.0.1:49152/callback', ['http://127.0.0.1/callback']],
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
      'http://127.0.0.1:99999/callback',
      ['http://127.0.0.1/callback'],
    ],
    ['of a loopback address by another protocol', 'https://127.0.0.1:8080/callback', ['http://127.0.0.1/callback']],
  ])('not one %s', (_title, asked, registered) => {
    expect(isRegistered(registered, asked)).toBe(false);
  });
});
