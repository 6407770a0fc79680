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
 * Splits an operation into parts that are planned and executed one after the other. Each root field of a mutation is
 * one part, with its whole selection (https://spec.graphql.org/October2021/#sec-Mutation). With one plan for all, other
 * subgraphs would be asked about the first field only after the last one was executed.
 * @param document one operation, with its fragments inlined
 */
export function serialMutations(document: DocumentNode): readonly DocumentNode[] {
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

/** Returns the root fields, including those in fragments. */
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
