import { describe, expect, it } from '@jest/globals';
import { buildSchema, type FieldNode, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { createPlanAliases } from '../../src/gateway/analysis/plan_aliases.ts';

const { ...fields } = buildSchema(`
  type Query { id: ID note: String page(first: Int, by: By): String constructor: String gatehouse_0: String }
  input By { a: Int b: Int }
`)
  .getQueryType()!
  .getFields();

/** Returns the planned keys of an operation's fields, in order. */
function planned(operation: string) {
  const { selectionSet } = parse(operation).definitions[0] as OperationDefinitionNode;
  const nodes = selectionSet.selections as FieldNode[];
  const keys = createPlanAliases();
  for (const node of nodes) keys.add(node, fields[node.name.value]);
  return { keys, nodes, of: nodes.map((node) => keys.of(node)) };
}

describe('a field is planned', () => {
  it('under its own name if that always means the same', () => {
    expect(planned('{ id note __typename }').of).toEqual(['id', 'note', '__typename']);
  });

  it.each<[string, string]>([
    ['under an alias, which could be the name of a key', '{ id: note }'],
    ['with arguments', '{ page(first: 1) }'],
    ['that could have arguments', '{ page }'],
    ['with a name that every object inherits', '{ constructor }'],
    ['with a name like one of our keys', '{ gatehouse_0 }'],
    ['under an alias of a field that is not known', '{ one: nothing }'],
  ])('under a generated key: one %s', (_which, operation) => {
    const [key] = planned(operation).of;
    expect(key).toMatch(/^gatehouse_\d+$/);
  });

  it.each<[string, string, boolean]>([
    ['the same field twice', '{ a: note a: note }', true],
    ['arguments in another order', '{ page(first: 1, by: {}) page(by: {}, first: 1) }', true],
    ['an object in another order', '{ page(by: { a: 1, b: 2 }) page(by: { b: 2, a: 1 }) }', true],
    ['two aliases', '{ a: note b: note }', false],
    ['two fields of an alias', '{ a: note a: id }', false],
    ['another argument', '{ page(first: 1) page(first: 2) }', false],
    ['an argument of another name', '{ a: page(first: 1) a: page(by: 1) }', false],
    ['another value in an object', '{ page(by: { a: 1, b: 2 }) page(by: { a: 2, b: 1 }) }', false],
    ['no argument', '{ page page(first: 1) }', false],
  ])('under one key if it would be merged: %s', (_which, operation, isOne) => {
    const { of } = planned(operation);
    expect(new Set(of).size).toBe(isOne ? 1 : 2);
  });

  it('unchanged except for its alias', () => {
    const { keys, nodes, of } = planned('{ a: page(first: 1) @include(if: true) id }');
    const [page, id] = nodes.map((node) => keys.planned(node));
    expect(page).toEqual({ ...nodes[0], alias: { kind: Kind.NAME, value: of[0] } });
    expect([id?.name.value, id?.alias]).toEqual(['id', undefined]);
  });
});

it("a path has the client's response keys at every step", () => {
  const { keys, of } = planned('{ a: page(first: 1) b: note id }');
  expect(keys.restore([of[0]!, 0, of[1]!, 'id', 'gatehouse_99', 7])).toEqual(['a', 0, 'b', 'id', 'gatehouse_99', 7]);
});
