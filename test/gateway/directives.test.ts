import { describe, expect, it } from '@jest/globals';
import { buildASTSchema, parse } from 'graphql';
import {
  directivesOf,
  namesBy,
  schemaDirectives,
  securityNames,
  unknownFeature,
} from '../../src/gateway/composition/directives.ts';

const on = (directives: string) => schemaDirectives(parse(`schema ${directives} { query: Query }`));
const OFFICIAL = 'https://specs.apollo.dev';

describe('a feature that a schema requires', () => {
  const unknown = (url: string, more = ', for: EXECUTION') => unknownFeature(on(`@link(url: "${url}"${more})`));

  it.each([
    ...['link/v1.0', 'link/v1.9', 'join/v0.1', 'join/v0.5', 'federation/v2.0', 'federation/v2.11'],
    ...['authenticated', 'requiresScopes', 'policy', 'inaccessible'].flatMap((name) => [
      `${name}/v0.1`,
      `${name}/v0.12`,
    ]),
    'join/v0.3/',
  ])('is known: %s', (feature) => expect(unknown(`${OFFICIAL}/${feature}`)).toBeNull());

  it.each([
    ...['link/v0.1', 'link/v2.0', 'link/v11.0', 'join/v1.0', 'join/v10.0', 'federation/v1.0', 'federation/v3.2'],
    ...['federation/v12.0', 'policy/v1.1', 'policy/v0.0', 'authenticated/v10.1'],
    ...['masking/v0.1', 'toString/v0.1', 'constructor/v1.0', 'tag/v0.3'],
    ...['join', 'join/0.3', 'join/v0', 'join/v0.3/more', 'join/v0.3x', 'policy', ''],
  ])('is not known: %s', (feature) => expect(unknown(`${OFFICIAL}/${feature}`)).toBe(`${OFFICIAL}/${feature}`));

  it.each(['https://example.com/join/v0.3', 'http://specs.apollo.dev/join/v0.3', 'join/v0.3'])(
    'is unknown at another host: %s',
    (url) => expect(unknown(url)).toBe(url),
  );

  it('is found after known features, and beside directives that are not links', () =>
    expect(
      unknownFeature(
        on(`@tag(name: "x") @link(url: "${OFFICIAL}/link/v1.0", for: SECURITY) @core(feature: "https://a/b/v1.0", for: SECURITY)
          @link(url: "https://c/d/v1.0", for: SECURITY)`),
      ),
    ).toBe('https://a/b/v1.0'));

  it.each(['', ', as: "mine"', ', import: ["@mask"]'])('may be unknown without a purpose%s', (more) =>
    expect(unknown('https://example.com/masking/v1.0', more)).toBeNull(),
  );

  it('is named in the refusal of a supergraph', () => {
    const whole = (directives: string) =>
      buildASTSchema(parse(`schema ${directives} { query: Query } type Query { a: Int }`), { assumeValidSDL: true });
    expect(() => securityNames(whole('@link(url: "https://a/b/v1.0", for: SECURITY)'))).toThrow(
      'The supergraph requires https://a/b/v1.0, which is not supported',
    );
    expect([
      ...securityNames(whole(`@link(url: "${OFFICIAL}/policy/v0.1", as: "mine", for: SECURITY)`)).policy,
    ]).toEqual(['policy', 'mine']);
  });
});

describe('a protecting directive is called', () => {
  const named = (directives: string) =>
    Object.fromEntries(
      Object.entries(namesBy(on(directives))).map(([directive, names]) => [directive, [...names].slice(1)]),
    );
  const NONE = { authenticated: [], requiresScopes: [], policy: [], inaccessible: [] };

  it('by its own name, whatever the links are', () =>
    expect(
      Object.entries(namesBy(on('@link(url: "https://specs.apollo.dev/policy/v0.1", as: "mine")'))).map(
        ([directive, [first]]) => [directive, first],
      ),
    ).toEqual(Object.keys(NONE).map((directive) => [directive, directive])));

  it.each<[how: string, link: string, wanted: Partial<Record<keyof typeof NONE, string[]>>]>([
    ['as its feature is', 'url: "https://specs.apollo.dev/policy/v0.1", as: "mine"', { policy: ['mine'] }],
    [
      'as its feature of another host is',
      'url: "https://example.com/authenticated/v7.1/", as: "mine"',
      { authenticated: ['mine'] },
    ],
    [
      'as its core feature is',
      'feature: "https://specs.apollo.dev/inaccessible/v0.1", as: "mine"',
      { inaccessible: ['mine'] },
    ],
    [
      'by the namespace of its federation',
      'url: "https://specs.apollo.dev/federation/v2.9"',
      {
        authenticated: ['federation__authenticated'],
        requiresScopes: ['federation__requiresScopes'],
        policy: ['federation__policy'],
        inaccessible: ['federation__inaccessible'],
      },
    ],
    [
      'by another namespace of its federation',
      'url: "https://specs.apollo.dev/federation/v2.9", as: "f"',
      {
        authenticated: ['f__authenticated'],
        requiresScopes: ['f__requiresScopes'],
        policy: ['f__policy'],
        inaccessible: ['f__inaccessible'],
      },
    ],
    [
      'as it is imported, from anywhere',
      'url: "https://example.com/other/v1.0", import: ["@key", null, 7, { name: "@policy", as: "@mine" }, { name: "@authenticated", as: "@me" }, { name: "policy", as: "@no" }, { name: "@inaccessible" }, { name: "@inaccessible", as: 7 }]',
      { authenticated: ['me'], policy: ['mine'] },
    ],
    [
      'as it is imported without a sign',
      'url: "https://example.com/other/v1.0", import: [{ name: "@policy", as: "mine" }]',
      { policy: ['mine'] },
    ],
    ['otherwise by no other feature', 'url: "https://specs.apollo.dev/tag/v0.3", as: "mine"', {}],
    ['otherwise by no list of imports that is none', 'url: "https://specs.apollo.dev/tag/v0.3", import: "@policy"', {}],
    ['otherwise by no name that is none', 'url: "https://specs.apollo.dev/policy/v0.1", as: 7', {}],
    ['otherwise by no address that is none', 'url: 7, as: "mine", import: [{ name: "@policy", as: "@mine" }]', {}],
  ])('%s', (_how, link, wanted) => expect(named(`@link(${link})`)).toEqual({ ...NONE, ...wanted }));

  it('by the name from one of several links', () =>
    expect(
      named(
        '@link(url: "https://a/policy/v0.1", as: "one") @tag(name: "x") @link(url: "https://b/policy/v0.1", as: "two")',
      ).policy,
    ).toEqual(['one', 'two']));
});

describe('directives are read', () => {
  it('from a schema and its extensions', () =>
    expect(
      schemaDirectives(parse('schema @a { query: Q } type Q @no { f: Int } extend schema @b @c extend type Q @no')).map(
        ({ name }) => name.value,
      ),
    ).toEqual(['a', 'b', 'c']));

  it('from a definition and its extensions, of one name or all', () => {
    const type = buildASTSchema(parse('type Query @a { f: Int } extend type Query @b extend type Query @a @c'), {
      assumeValidSDL: true,
    }).getType('Query');
    const names = (name?: string) => directivesOf(type, name).map((one) => one.name.value);
    expect([names(), names('a'), names('d'), directivesOf(undefined)]).toEqual([
      ['a', 'b', 'a', 'c'],
      ['a', 'a'],
      [],
      [],
    ]);
  });
});
