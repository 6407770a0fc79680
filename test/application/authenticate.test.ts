import { expect, it } from '@jest/globals';
import { createAuthenticate, personOf } from '../../src/application/authentication/principal.ts';
import type { Services } from '../../src/application/foundation/services.ts';

/** The token that is verified for these headers, or the reason why none is. */
async function tokenOf(authorization: readonly string[]): Promise<string> {
  const seen = new Error('seen');
  let token = '';
  const accessTokens = {
    verify: (text: string) => {
      token = text;
      return Promise.reject(seen);
    },
  };
  const services = { accessTokens, settings: { roles: {} } } as unknown as Services;
  return createAuthenticate(services)(authorization).then(
    () => 'nothing was refused',
    (error: any) => (error === seen ? token : error.reason),
  );
}

it.each<[string, string[], string]>([
  ['one header', ['Bearer a.b.c'], 'a.b.c'],
  ['the scheme in any case', ['bEARER a.b.c'], 'a.b.c'],
  ['several blanks', ['Bearer   a.b.c  '], 'a.b.c'],
  ['every sign that a token may have', ['Bearer aZ09-._~+/=='], 'aZ09-._~+/=='],
  ['a token of 4096 characters', [`Bearer ${'a'.repeat(4096)}`], 'a'.repeat(4096)],
  ['a token of 4097 characters', [`Bearer ${'a'.repeat(4097)}`], 'INVALID'],
  ['no header', [], 'MISSING'],
  ['an empty header', [''], 'INVALID'],
  ['two headers', ['Bearer a.b.c', 'Bearer a.b.c'], 'INVALID'],
  ['two headers, one empty', ['Bearer a.b.c', ''], 'INVALID'],
  ['three headers', ['Bearer a.b.c', 'Bearer a.b.c', 'Bearer a.b.c'], 'INVALID'],
  ['another scheme', ['Basic a.b.c'], 'INVALID'],
  ['a scheme that ends as this one', ['Xbearer a.b.c'], 'INVALID'],
  ['something before the scheme', [' Bearer a.b.c'], 'INVALID'],
  ['something behind the token', ['Bearer a.b.c, x'], 'INVALID'],
  ['an equals sign within the token', ['Bearer a=b'], 'INVALID'],
  ['no blank', ['Bearera.b.c'], 'INVALID'],
  ['a tab', ['Bearer\ta.b.c'], 'INVALID'],
  ['a line break behind it', ['Bearer a.b.c\n'], 'INVALID'],
  ['the token alone', ['a.b.c'], 'INVALID'],
])('a request shows a bearer token by %s', async (_what, authorization, expected) => {
  expect(await tokenOf(authorization)).toBe(expected);
});

it('refuses a program what belongs to a person', () => {
  expect(() => personOf({ user: null, sub: 'client:app', clientId: 'app', scopes: ['*'] })).toThrow(
    expect.objectContaining({ kind: 'FORBIDDEN' }),
  );
});
