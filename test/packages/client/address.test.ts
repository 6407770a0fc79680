import { describe, expect, it } from '@jest/globals';
import { gatewayAddress, isBelow, resolveAddress } from '../../../packages/client/src/address.ts';
import { createAuthClient } from '../../../packages/client/src/index.ts';

/** Returns a client of a gateway below a path, and the addresses that it requests. */
function open(url: string) {
  const asked: string[] = [];
  const claims = btoa(JSON.stringify({ sub: 'kandi', role: 'user', sid: 'one' }));
  const auth = createAuthClient({
    url,
    fetch: async (input) => {
      asked.push(input instanceof Request ? input.url : String(input));
      return Response.json({
        data: { tokens: { accessToken: `h.${claims}.s`, expiresIn: 1800, refreshToken: 'r' }, logout: true },
      });
    },
  });
  return { auth, asked };
}

describe.each(['https://host.example/auth', 'https://host.example/auth/', 'https://host.example/auth?a#b'])(
  'the address %s',
  (url) => {
    it('is the base of every request', async () => {
      const { auth, asked } = open(url);
      await auth.login({ username: 'kandi', password: 'the password' });
      await auth.getAccessToken({ force: true });
      for (const path of ['/users/me', 'users/me', './users/me', 'https://host.example/auth/users/me']) {
        await auth.fetch(path);
      }
      await auth.fetch(new URL('https://host.example/auth/users/me'));
      await auth.fetch(new Request('https://host.example/auth/users/me'));
      await auth.logout();
      expect([...new Set(asked)]).toEqual(['https://host.example/auth/graphql', 'https://host.example/auth/users/me']);
      auth.close();
    });

    it.each([
      '/../shop',
      '../shop',
      '/%2e%2e/shop',
      '//other.example/auth/',
      '/\\other.example/auth/',
      'https://host.example/shop',
      'https://host.example/authority',
      'https://host.example/',
      'https://other.example/auth/users/me',
    ])('does not send the token to %s', async (address) => {
      const { auth, asked } = open(url);
      await auth.login({ username: 'kandi', password: 'the password' });
      asked.length = 0;
      await expect(auth.fetch(address)).rejects.toThrow(TypeError);
      expect(asked).toEqual([]);
      if (URL.canParse(address)) expect(auth.isFor(address)).toBe(false);
      auth.close();
    });
  },
);

it('an address with one leading slash is below the path, one with two is on another host', () => {
  const base = gatewayAddress('https://host.example/auth');
  expect(resolveAddress('/graphql', base).href).toBe('https://host.example/auth/graphql');
  expect(resolveAddress('//other.example/', base).href).toBe('https://other.example/');
  expect(isBelow(base, base)).toBe(true);
});
