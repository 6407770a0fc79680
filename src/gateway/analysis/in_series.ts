import {
  type DocumentNode,
  type FieldNode,
  getOperationAST,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

const known = new WeakMap<DocumentNode, readonly DocumentNode[]>();

/**
 * What is planned and executed before the next begins. A mutation's fields are done one after the other, each with all
 * that is asked of its result (https://spec.graphql.org/October2021/#sec-Mutation): planned as one, what other
 * subgraphs know of the first would be fetched when the last is done. Fragments must have been written out.
 */
export function inSeries(document: DocumentNode): readonly DocumentNode[] {
  let parts = known.get(document);
  if (!parts) known.set(document, (parts = split(document)));
  return parts;
}

function split(document: DocumentNode): readonly DocumentNode[] {
  const definition = getOperationAST(document)!;
  if (definition.operation !== OperationTypeNode.MUTATION) return [document];
  const keys = [...new Set(fieldsOf(definition.selectionSet).map(keyOf))];
  return keys.map((key) => ({
    kind: Kind.DOCUMENT,
    definitions: [{ ...definition, selectionSet: only(definition.selectionSet, key) }],
  }));
}

/** The fields at the root, also those in fragments. */
export function fieldsOf({ selections }: SelectionSetNode): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    return selection.kind === Kind.INLINE_FRAGMENT ? fieldsOf(selection.selectionSet) : [];
  });
}

export const keyOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

function only({ selections, ...set }: SelectionSetNode, key: string): SelectionSetNode {
  return {
    ...set,
    selections: selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return keyOf(selection) === key ? [selection] : [];
      if (selection.kind !== Kind.INLINE_FRAGMENT) return [];
      const selectionSet = only(selection.selectionSet, key);
      return selectionSet.selections.length > 0 ? [{ ...selection, selectionSet }] : [];
    }),
  };
}
