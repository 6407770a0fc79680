import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { isEntity, read } from './entity.ts';
import { parseFields, readJoin } from '../composition/join.ts';

/** The fields that subgraphs compute from what others answered (`@requires`). */
export interface Computed {
  /** What of the same object a field is computed from in one subgraph; nothing for most. */
  requiredFor(subgraph: string, type: GraphQLNamedType, field: string): readonly SelectionSetNode[];
  /** The names of those fields of the object. */
  inputsOf(subgraph: string, type: GraphQLNamedType, field: string): ReadonlySet<string>;
}

interface Inputs {
  readonly sets: readonly SelectionSetNode[];
  readonly names: ReadonlySet<string>;
}

export function readComputed(schema: GraphQLSchema): Computed {
  const join = readJoin(schema);
  const known = new Map<string, Inputs>();

  function read(subgraph: string, type: GraphQLNamedType, name: string): SelectionSetNode[] {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    const sets = join
      .fieldOf(field)
      .flatMap(({ graph, args: { requires } }) =>
        graph === subgraph && typeof requires === 'string' ? [parseFields(requires)] : [],
      );
    // A subgraph that knows only the interface (`@interfaceObject`) computes for all of its types.
    const above = isObjectType(type) ? type.getInterfaces().flatMap((one) => read(subgraph, one, name)) : [];
    return [...sets, ...above];
  }

  function find(subgraph: string, type: GraphQLNamedType, field: string): Inputs {
    const key = `${subgraph} ${type.name}.${field}`;
    let inputs = known.get(key);
    if (!inputs) {
      const sets = read(subgraph, type, field);
      known.set(key, (inputs = { sets, names: new Set(sets.flatMap(namesIn)) }));
    }
    return inputs;
  }

  return {
    requiredFor: (...coordinate) => find(...coordinate).sets,
    inputsOf: (...coordinate) => find(...coordinate).names,
  };
}

/** Whether a part of what is required was never read. What is asked of an interface is not looked for. */
export function isLacking(value: unknown, { selections }: SelectionSetNode): boolean {
  if (Array.isArray(value)) return value.some((one) => isLacking(one, { kind: Kind.SELECTION_SET, selections }));
  if (!isEntity(value)) return false;
  return selections.some((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return false;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      const isOther = condition !== undefined && value['__typename'] !== condition;
      return !isOther && isLacking(value, selection.selectionSet);
    }
    const found = read(value, selection.name.value);
    return found === undefined || (selection.selectionSet !== undefined && isLacking(found, selection.selectionSet));
  });
}

function namesIn({ selections }: SelectionSetNode): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value;
    return selection.kind === Kind.INLINE_FRAGMENT ? namesIn(selection.selectionSet) : [];
  });
}
