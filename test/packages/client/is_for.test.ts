import { afterEach, describe, expect, it } from '@jest/globals';
import { createAuthClient } from '../../../packages/client/src/index.ts';

const OURS = 'https://auth.example';

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'document');
  Reflect.deleteProperty(globalThis, 'location');
});

const auth = createAuthClient({ url: OURS, refreshToken: 'memory', fetch: () => Promise.reject(new Error('unused')) });

describe('an address', () => {
  it.each<[address: string | URL, isOurs: boolean]>([
    ['https://auth.example/graphql', true],
    [new URL('https://auth.example/graphql'), true],
    ['HTTPS://AUTH.EXAMPLE/graphql', true],
    ['https://auth.example:443/', true],
    ['https://user@auth.example/', true],
    ['/graphql', true],
    ['https://other.example/graphql', false],
    [new URL('https://other.example/graphql'), false],
    ['//other.example/graphql', false],
    ['\\\\other.example/graphql', false],
    ['https:\\\\other.example', false],
    ['http://auth.example/graphql', false],
    ['https://auth.example:8443/', false],
    ['https://auth.example.other.example/', false],
    ['https://auth.example@other.example/', false],
    ['https://other.example#https://auth.example', false],
    ['https://[', false],
    ['data:text/plain,auth.example', false],
  ])("%s is the gateway's: %s", (address, isOurs) => {
    expect(auth.isFor(address)).toBe(isOurs);
  });

  it('is resolved as the page does if it is relative', () => {
    Object.assign(globalThis, { location: { href: 'https://shop.example/cart' } });
    expect(auth.isFor('/graphql')).toBe(false);
    Object.assign(globalThis, { location: { href: `${OURS}/console` } });
    expect(auth.isFor('/graphql')).toBe(true);
    Object.assign(globalThis, { document: { baseURI: 'https://cdn.example/' } });
    expect(auth.isFor('/graphql')).toBe(false);
  });
});

describe('the authorized fetch', () => {
  it.each<[title: string, input: string | URL | Request]>([
    ['text', 'https://other.example/'],
    ['a URL', new URL('https://other.example/')],
    ['a Request', new Request('https://other.example/')],
    ['text without a scheme', '//other.example/'],
  ])('rejects another origin as %s', async (_title, input) => {
    await expect(auth.fetch(input)).rejects.toThrow(TypeError);
  });
});
