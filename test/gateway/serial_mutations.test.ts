import { expect, it } from '@jest/globals';
import { parse, print, stripIgnoredCharacters } from 'graphql';
import { serialMutations } from '../../src/gateway/analysis/serial_mutations.ts';

const parts = (operation: string) =>
  serialMutations(parse(operation, { noLocation: true })).map((part) => stripIgnoredCharacters(print(part)));

it.each<[string, string, string[]]>([
  ['a query as one', '{a b}', ['{a b}']],
  ['a mutation of one field as one', 'mutation{a{b c}}', ['mutation{a{b c}}']],
  [
    'each field of a mutation by itself',
    'mutation M($v:Int){a(v:$v){b}c}',
    ['mutation M($v:Int){a(v:$v){b}}', 'mutation M($v:Int){c}'],
  ],
  ['one field that is asked for twice as one', 'mutation{a{b}c a{d}}', ['mutation{a{b}a{d}}', 'mutation{c}']],
  ['one field under two aliases as two', 'mutation{one:a two:a}', ['mutation{one:a}', 'mutation{two:a}']],
  ['an alias with the name of a field as that', 'mutation{a b:a b}', ['mutation{a}', 'mutation{b:a b}']],
  [
    'what is in fragments with the rest of it',
    'mutation{...{a{b}c}...@include(if:true){...{a{d}}}}',
    ['mutation{...{a{b}}...@include(if:true){...{a{d}}}}', 'mutation{...{c}}'],
  ],
])('executes %s', (_what, operation, expected) => {
  expect(parts(operation)).toEqual(expected);
});

it('splits a document once', () => {
  const document = parse('mutation { a b }');
  expect(serialMutations(document)).toBe(serialMutations(document));
  expect(serialMutations(document)).toHaveLength(2);
});
