import { expect, it } from '@jest/globals';
import { buildSchema, getOperationAST, parse, print } from 'graphql';
import { securityNames } from '../../src/gateway/composition/directives.ts';
import { readOperation } from '../../src/gateway/analysis/operation.ts';
import { readOwnership } from '../../src/gateway/composition/ownership.ts';
import { readRequirements } from '../../src/gateway/composition/requirements.ts';

const schema = buildSchema(`
  directive @hint(on: Boolean) on FIELD
  type Query { viewer: Viewer open: String }
  type Viewer { query: Query name: String }
  type Mutation { act: Viewer }
`);
const measure = {
  schema,
  requirements: readRequirements(schema, securityNames(schema)),
  ownership: readOwnership(schema),
};

/** Returns the operation to plan for a document. */
function planned(text: string): string | null {
  const document = parse(text);
  const left = readOperation(document, getOperationAST(document)!, measure)!.without(new Set());
  return left && print(left).replace(/\s+/g, ' ');
}

it.each([
  ['{ __typename __schema { queryType { name } } }', null],
  ['{ __typename open }', '{ open }'],
  ['{ viewer { query { __schema { queryType { name } } __typename open } } }', '{ viewer { query { open } } }'],
  [
    'mutation { act { name query { __type(name: "Query") { name } } } }',
    'mutation { act { name query { __typename } } }',
  ],
])('does not plan introspection: %s', (text, wanted) => {
  expect(planned(text)).toBe(wanted);
});

it.each([
  ['{ open @skip(if: true) viewer { name @include(if: false) } }', '{ viewer { __typename } }'],
  ['{ open @skip(if: false) @hint(on: false) viewer @hint(on: true) { name @hint(on: false) } }', null],
])('does not plan excluded selections, and plans all others: %s', (text, wanted) => {
  expect(planned(text)).toBe(wanted ?? text);
});
