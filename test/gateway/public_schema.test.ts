import { expect, it } from '@jest/globals';
import { buildASTSchema, parse, printSchema, stripIgnoredCharacters } from 'graphql';
import { securityNames } from '../../src/gateway/composition/directives.ts';
import { publicSchema } from '../../src/gateway/composition/public_schema.ts';

const clientsSee = (supergraph: string) => {
  const whole = buildASTSchema(parse(supergraph), { assumeValidSDL: true });
  return stripIgnoredCharacters(printSchema(publicSchema(whole, securityNames(whole))));
};

it.each([
  ['what is open', 'type Query { a(b: Int = 1): Int }', 'type Query { a(b: Int = 1): Int }'],
  ['no hidden field', 'type Query { a: Int b: Int @inaccessible }', 'type Query { a: Int }'],
  ['no hidden argument', 'type Query { a(b: Int, c: Int @inaccessible): Int }', 'type Query { a(b: Int): Int }'],
  ['no hidden type', 'type Query { a: Int } type T @inaccessible { a: Int }', 'type Query { a: Int }'],
  [
    'no type whose extension is hidden',
    'type Query { a: Int } type T { a: Int } extend type T @inaccessible',
    'type Query { a: Int }',
  ],
  ['no hidden value', 'type Query { a: E } enum E { A B @inaccessible }', 'type Query { a: E } enum E { A }'],
  [
    'no hidden input field',
    'type Query { a(b: I): Int } input I { a: Int b: Int @inaccessible }',
    'type Query { a(b: I): Int } input I { a: Int }',
  ],
  [
    'no hidden member of a union',
    'type Query { a: U } union U = A | B type A { a: Int } type B @inaccessible { a: Int }',
    'type Query { a: U } union U = A type A { a: Int }',
  ],
  ['what is guarded', 'type Query @authenticated { a: Int @policy(policies: [["p"]]) }', 'type Query { a: Int }'],
  [
    'nothing that only federation needs',
    `directive @join__type(graph: join__Graph) on OBJECT enum join__Graph { ONE } scalar join__FieldSet scalar link__Import
     enum core__Purpose { SECURITY } type Query @join__type(graph: ONE) { a: Int }`,
    'type Query { a: Int }',
  ],
  [
    'types with names that are almost so',
    'type Query { a: join_ } scalar join_ scalar my_join__Graph',
    'type Query { a: join_ } scalar join_ scalar my_join__Graph',
  ],
  [
    'directives for operations',
    'directive @hint on FIELD directive @mine on OBJECT | QUERY directive @theirs on OBJECT | SCHEMA type Query { a: Int }',
    'directive @hint on FIELD directive @mine on OBJECT | QUERY type Query { a: Int }',
  ],
  [
    'directives for fragments',
    'directive @a on FRAGMENT_SPREAD directive @b on INLINE_FRAGMENT directive @c on MUTATION type Query { a: Int }',
    'directive @a on FRAGMENT_SPREAD directive @b on INLINE_FRAGMENT directive @c on MUTATION type Query { a: Int }',
  ],
])('clients see %s', (_what, supergraph, wanted) => {
  expect(clientsSee(supergraph)).toBe(stripIgnoredCharacters(wanted));
});
