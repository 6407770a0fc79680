import { type DocumentNode, Kind, type SelectionNode, type SelectionSetNode, visit } from 'graphql';

/**
 * Returns a fetch of entities that requests fewer of their fields.
 * @param key the response key of the entities, the only root field
 * @param left the response keys to leave out
 */
export function withoutFields(document: DocumentNode, key: string, left: ReadonlySet<string>): DocumentNode {
  const keyOf = (selection: SelectionNode) =>
    selection.kind === Kind.FIELD ? (selection.alias ?? selection.name).value : undefined;
  const prune = ({ selections, ...set }: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind !== Kind.INLINE_FRAGMENT) return left.has(keyOf(selection) ?? '') ? [] : [selection];
      const selectionSet = prune(selection.selectionSet);
      return selectionSet.selections.length > 0 ? [{ ...selection, selectionSet }] : [];
    }),
  });
  const definitions = document.definitions.map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
    const selections = definition.selectionSet.selections.flatMap((field) =>
      field.kind === Kind.FIELD && keyOf(field) === key && field.selectionSet
        ? [{ ...field, selectionSet: prune(field.selectionSet) }]
        : [],
    );
    const { variableDefinitions = [], ...rest } = definition;
    const pruned = { ...rest, selectionSet: { ...definition.selectionSet, selections } };
    const used = new Set<string>();
    visit(pruned, { Variable: ({ name }) => void used.add(name.value) });
    return {
      ...pruned,
      variableDefinitions: variableDefinitions.filter(({ variable }) => used.has(variable.name.value)),
    };
  });
  return { ...document, definitions };
}
