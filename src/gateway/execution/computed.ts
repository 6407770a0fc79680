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

/** The fields that subgraphs compute from fields of other subgraphs (`@requires`). */
export interface Computed {
  /** Returns the fields of the same object that a field is computed from in one subgraph; empty for most fields. */
  requiredFor(subgraph: string, type: GraphQLNamedType, field: string): readonly SelectionSetNode[];
  /** Returns the names of those fields, without the fields below them. */
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
    // A subgraph with an `@interfaceObject` computes fields for all types of the interface.
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

/** Returns true if part of the required fields was never fetched. Ignores conditions on an interface. */
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
