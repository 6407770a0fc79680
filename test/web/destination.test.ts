import { describe, expect, it } from '@jest/globals';
import { destination, HOME, signInPath } from '../../web/console/session/destination.ts';

const ORIGIN = 'https://auth.example.com';

describe('where people land after signing in', () => {
  it.each(['/account/sessions', '/admin/users?search=a%26b&page=2', '/account#a', '/'])(
    '%s, where they wanted to go',
    (path) => {
      expect(destination(path, ORIGIN)).toBe(path);
      const kept = new URL(signInPath(path), ORIGIN).searchParams.get('next');
      expect(kept === null ? HOME : destination(kept, ORIGIN)).toBe(path === '/' ? HOME : path);
    },
  );

  it.each([
    ['another site', 'https://evil.example/account'],
    ['another site without a scheme', '//evil.example'],
    ['the same with what browsers take for a slash', '/\\evil.example'],
    ['a path that becomes such an address', '/.//evil.example'],
    ['the same with a step back', '/account/..//evil.example'],
    ['a tab, which browsers leave out', '/\t/evil.example'],
    ['a line feed', '/\n/evil.example'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,hello'],
    ['a name and a password before another host', '@evil.example'],
    ['our own origin spelt out', `${ORIGIN}.evil.example/`],
    ['a port of nobody', '//['],
    ['the sign-in page again', '/sign-in?next=/sign-in'],
    ['the sign-up page', '/sign-up'],
    ['nothing', ''],
    ['no parameter', null],
  ])('home rather than %s', (_what, next) => {
    expect(destination(next, ORIGIN)).toBe(HOME);
  });
});
