import { expect, it } from '@jest/globals';
import { parse, print, stripIgnoredCharacters } from 'graphql';
import { withoutFields } from '../../src/gateway/execution/without_fields.ts';

const FETCH = `query ($representations: [_Any!]!, $of: Int, $yes: Boolean!, $more: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Box { size(of: $of) wide: width inner { size } ... @include(if: $yes) { depth } }
    ... on Bag { size }
  }
  other: _entities(representations: $more) { ... on Box { size } }
}`;
const left = (key: string, ...fields: string[]) =>
  stripIgnoredCharacters(print(withoutFields(parse(FETCH), key, new Set(fields))));
const query = (text: string) => stripIgnoredCharacters(print(parse(text)));

it.each<[what: string, fields: string[], wanted: string]>([
  [
    'nothing of them, where nothing is left out',
    [],
    `query ($representations: [_Any!]!, $of: Int, $yes: Boolean!) { _entities(representations: $representations) {
      __typename ... on Box { size(of: $of) wide: width inner { size } ... @include(if: $yes) { depth } } ... on Bag { size } } }`,
  ],
  [
    'a field of every type, with the variables and the types that nothing else needs',
    ['size'],
    `query ($representations: [_Any!]!, $yes: Boolean!) { _entities(representations: $representations) {
      __typename ... on Box { wide: width inner { size } ... @include(if: $yes) { depth } } } }`,
  ],
  [
    'a field by the key of its answer, and in a fragment',
    ['wide', 'width', 'depth'],
    `query ($representations: [_Any!]!, $of: Int) { _entities(representations: $representations) {
      __typename ... on Box { size(of: $of) inner { size } } ... on Bag { size } } }`,
  ],
])('removes %s from a fetch', (_what, fields, wanted) => expect(left('_entities', ...fields)).toBe(query(wanted)));

it('keeps only the entities of one key in a fetch', () =>
  expect(left('other')).toBe(
    query('query ($more: [_Any!]!) { other: _entities(representations: $more) { ... on Box { size } } }'),
  ));
