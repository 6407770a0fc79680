import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLNullableType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { isIncluded } from '../analysis/included.ts';
import { Failed } from './entity.ts';
import { leaf } from './leaf.ts';

/** A position in a response, as a linked list that starts at the deepest key. */
export interface ResponsePlace {
  readonly before: ResponsePlace | undefined;
  readonly key: string | number;
}

/** One field of an operation at one position. Several nodes can share its response key. */
export interface FieldPosition {
  readonly nodes: readonly FieldNode[];
  readonly place: ResponsePlace;
}

/** Markers that replace a value in the collected data. */
export const MISSING = Symbol('missing');
export const REFUSED = Symbol('refused');

/** The reason why a field is null against its schema: a wrong value, a missing value, or a denied field. */
export type Lack = 'wrong' | 'missing' | 'refused';

export interface Completion {
  readonly schema: GraphQLSchema;
  /** With its fragments inlined. */
  readonly definition: OperationDefinitionNode;
  /** Coerced, with default values. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Returns the value of an object's field, or one of the markers. */
  readonly read: (object: Readonly<Record<string, unknown>>, nodes: readonly FieldNode[]) => unknown;
  /** Returns the value of an introspection field. */
  readonly introspect: (nodes: readonly FieldNode[]) => unknown;
  /** Called at each position with such a reason; there can be very many. */
  readonly onLack: (asked: FieldPosition, lack: Lack) => void;
  /** Called at each null that comes from an error. */
  readonly onFailed: (failed: Failed, place: ResponsePlace) => void;
}

/** The selected fields of an object, by response key. */
type SelectedFields = Map<string, FieldNode[]>;

/** No value, and its error is recorded. It becomes null if the field is nullable; otherwise its parent becomes GONE. */
const GONE = Symbol('gone');

/**
 * Completes a response from the collected data (https://spec.graphql.org/October2021/#sec-Value-Completion). Threat:
 * graphql-js throws an error with a stack and a document location at each missing value, and an anonymous client could
 * cause tens of thousands of them.
 */
export function completeObject(root: Readonly<Record<string, unknown>>, completion: Completion): unknown {
  const { schema, definition, variables, read, introspect, onLack, onFailed } = completion;
  /** Caches by type and by the nodes of the parent field, because all items of a list have the same selection. */
  const collected = new Map<GraphQLObjectType, Map<readonly FieldNode[], SelectedFields>>();

  function selected(type: GraphQLObjectType, nodes: readonly FieldNode[]): SelectedFields {
    const ofType = collected.get(type) ?? new Map<readonly FieldNode[], SelectedFields>();
    collected.set(type, ofType);
    const known = ofType.get(nodes);
    if (known) return known;
    const fields: SelectedFields = new Map();
    ofType.set(nodes, fields);
    for (const { selectionSet } of nodes) collect(type, selectionSet!, fields);
    return fields;
  }

  function collect(type: GraphQLObjectType, { selections }: SelectionSetNode, fields: SelectedFields): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD || !isIncluded(selection, variables)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const nodes = fields.get(key);
        if (nodes) nodes.push(selection);
        else fields.set(key, [selection]);
      } else if (isOf(type, schema.getType(selection.typeCondition!.name.value)!)) {
        collect(type, selection.selectionSet, fields);
      }
    }
  }

  function isOf(type: GraphQLObjectType, condition: GraphQLNamedType): boolean {
    return type === condition || (isAbstractType(condition) && schema.isSubType(condition, type));
  }

  function object(
    type: GraphQLObjectType,
    source: Readonly<Record<string, unknown>>,
    { selection, place }: { readonly selection: SelectedFields; readonly place: ResponsePlace | undefined },
  ): unknown {
    const fields = type.getFields();
    const result: Record<string, unknown> = {};
    for (const [key, nodes] of selection) {
      const name = nodes[0]!.name.value;
      if (name === '__typename') {
        result[key] = type.name;
      } else if (name.startsWith('__')) {
        result[key] = introspect(nodes);
      } else {
        const value = field(fields[name]!.type, read(source, nodes), { nodes, place: { before: place, key } });
        if (value === GONE) return GONE;
        result[key] = value;
      }
    }
    return result;
  }

  /** Returns GONE only in a non-null position. */
  function field(type: GraphQLOutputType, value: unknown, asked: FieldPosition): unknown {
    if (!isNonNullType(type)) {
      const known = nullable(type, value, asked);
      return known === GONE ? null : known;
    }
    const known = nullable(type.ofType, value, asked);
    return known === null ? lacking(asked, value === MISSING ? 'missing' : 'wrong') : known;
  }

  function nullable(type: GraphQLNullableType & GraphQLOutputType, value: unknown, asked: FieldPosition): unknown {
    if (value === REFUSED) return lacking(asked, 'refused');
    if (value instanceof Failed) {
      onFailed(value, asked.place);
      return GONE;
    }
    if (value == null || value === MISSING) return null;
    if (isListType(type)) return list(type.ofType, value, asked);
    if (!isObjectType(type) && !isAbstractType(type)) {
      const coerced = leaf(type, value);
      return coerced === undefined ? lacking(asked, 'wrong') : coerced;
    }
    if (typeof value !== 'object' || Array.isArray(value)) return lacking(asked, 'wrong');
    const source = value as Readonly<Record<string, unknown>>;
    const typename = source['__typename'];
    const named = typeof typename === 'string' ? schema.getType(typename) : undefined;
    const actual = isObjectType(type) ? type : named;
    if (!isObjectType(actual) || !isOf(actual, type)) return lacking(asked, 'wrong');
    return object(actual, source, { selection: selected(actual, asked.nodes), place: asked.place });
  }

  function list(type: GraphQLOutputType, value: unknown, { nodes, place }: FieldPosition): unknown {
    if (!Array.isArray(value)) return lacking({ nodes, place }, 'wrong');
    const result: unknown[] = [];
    for (const [key, one] of value.entries()) {
      const item = field(type, one, { nodes, place: { before: place, key } });
      if (item === GONE) return GONE;
      result.push(item);
    }
    return result;
  }

  function lacking(asked: FieldPosition, lack: Lack): typeof GONE {
    onLack(asked, lack);
    return GONE;
  }

  const type = schema.getRootType(definition.operation)!;
  const fields: SelectedFields = new Map();
  collect(type, definition.selectionSet, fields);
  const data = object(type, root, { selection: fields, place: undefined });
  return data === GONE ? null : data;
}
