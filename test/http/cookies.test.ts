import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { createRefreshCookies, readCookie } from '../../src/http/cookies/cookies.ts';

const ORIGIN = 'https://auth.example';
const OTHER = 'https://app.example';
const NAME = '__Host-gatehouse_refresh~gate';

function open(headers: Record<string, string>, publicUrl = `${ORIGIN}/gate`) {
  const set: string[] = [];
  const response = { appendHeader: (_name: string, value: string) => set.push(value) } as unknown as ServerResponse;
  const cookies = createRefreshCookies({ publicUrl, corsOrigins: [OTHER] });
  return { set, cookie: cookies.of({ headers }, response) };
}
const forbidden = expect.objectContaining({ kind: 'ORIGIN_NOT_ALLOWED' });

describe('the cookie of a request', () => {
  it.each<[string, string | undefined, string | null]>([
    ['alone', 'name=a', 'a'],
    ['among others', 'x=1; name=a; y=2', 'a'],
    ['without blanks', 'x=1;name=a;y=2', 'a'],
    ['with an equals sign in it', 'name=a=b', 'a=b'],
    ['that is empty', 'name=', ''],
    ['twice, one of them planted', 'name=a; name=b', null],
    ['twice, both the same', 'name=a; name=a', null],
    ['of a longer name', 'names=a', null],
    ['with a longer name that ends the same', 'my-name=a', null],
    ['in another case', 'Name=a', null],
    ['without a value', 'name', null],
    ['that is missing', undefined, null],
  ])('is read if it is present exactly once: %s', (_which, header, expected) => {
    expect(readCookie(header, 'name')).toBe(expected);
  });

  it.each<[string, string | undefined, boolean]>([
    ['ours', ORIGIN, true],
    ['an allowed one', OTHER, true],
    ['none, as a program sends', undefined, false],
    ['opaque', 'null', false],
    ['a foreign one', 'https://evil.example', false],
    ['the public one without TLS', 'http://auth.example', false],
    ['one that begins like the public one', `${ORIGIN}.evil.example`, false],
    ['ours with the path', `${ORIGIN}/gate`, false],
    ['the public one with another port', `${ORIGIN}:8443`, false],
    ['loopback, although the public address is another', 'http://127.0.0.1', false],
  ])('is accepted only for allowed origins: %s', (_which, origin, isRead) => {
    const { cookie } = open({ cookie: `${NAME}=a`, ...(origin === undefined ? {} : { origin }) });
    if (isRead) expect(cookie.read()).toBe('a');
    else expect(() => cookie.read()).toThrow(forbidden);
  });

  // The loopback names are three sites for a browser, but one machine. Other names are different sites.
  it.each([
    ['http://localhost:4000', 'http://127.0.0.1:4000', true],
    ['http://127.0.0.1:4000', 'http://localhost:4000', true],
    ['http://127.0.0.1:4000', 'http://[::1]:4000', true],
    ['https://[::1]:4000', 'https://localhost:4000', true],
    ['http://127.0.0.1:4000', 'http://localhost:4001', false],
    ['http://127.0.0.1:4000', 'https://localhost:4000', false],
    ['http://127.0.0.1:4000', 'http://localhost', false],
    ['http://127.0.0.1:4000', 'http://127.0.0.2:4000', false],
    ['http://127.0.0.1:4000', 'http://localhost.evil.example:4000', false],
    ['http://auth.lan:4000', 'http://localhost:4000', false],
  ])('with the public address %s is accepted for a page of %s: %s', (publicUrl, origin, isRead) => {
    const name = `${publicUrl.startsWith('https') ? '__Host-' : ''}gatehouse_refresh_4000`;
    const { cookie } = open({ cookie: `${name}=a`, origin }, publicUrl);
    if (isRead) expect(cookie.read()).toBe('a');
    else expect(() => cookie.read()).toThrow(forbidden);
  });

  it('is not checked for its origin if it is missing', () => {
    expect(open({ origin: 'https://evil.example' }).cookie.read()).toBeNull();
  });

  it('distinguishes a foreign page from a program without an origin', () => {
    expect(open({ origin: 'https://evil.example' }).cookie.isForeignPage).toBe(true);
    expect(open({}).cookie.isForeignPage).toBe(false);
    expect(open({ origin: OTHER }).cookie.isForeignPage).toBe(false);
  });
});

describe('the cookie of an answer', () => {
  it('is only for this host, and hidden from scripts and other sites', () => {
    const { cookie, set } = open({});
    cookie.write('a', new Date('2030-01-01T00:00:00Z'));
    cookie.clear();
    const attributes = 'HttpOnly; Secure; SameSite=Strict';
    expect(set).toEqual([
      `${NAME}=a; Path=/; Expires=Tue, 01 Jan 2030 00:00:00 GMT; ${attributes}`,
      `${NAME}=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ${attributes}`,
    ]);
  });

  it.each([
    ['https://auth.example', '__Host-gatehouse_refresh', true],
    ['https://auth.example:443', '__Host-gatehouse_refresh', true],
    // Servers on one host.
    ['https://example.com/auth', '__Host-gatehouse_refresh~auth', true],
    ['https://example.com/other/auth', '__Host-gatehouse_refresh~other~auth', true],
    ['https://example.com:8443/a%20path;(odd)', '__Host-gatehouse_refresh_8443~a%20path~~odd~', true],
    ['https://auth.example:8443', '__Host-gatehouse_refresh_8443', true],
    ['https://localhost:4000', '__Host-gatehouse_refresh_4000', true],
    // No browser keeps a Secure cookie from plain HTTP.
    ['http://localhost:4000', 'gatehouse_refresh_4000', false],
    ['http://127.0.0.1:4001', 'gatehouse_refresh_4001', false],
    ['http://127.1.2.3', 'gatehouse_refresh', false],
    ['http://auth.lan:4000', 'gatehouse_refresh_4000', false],
  ])('with the public address %s is named %s, and Secure: %s', (publicUrl, name, secure) => {
    const { cookie, set } = open({}, publicUrl);
    cookie.clear();
    expect([set[0]!.split('=')[0], /; Secure/.test(set[0]!)]).toEqual([name, secure]);
  });
});
