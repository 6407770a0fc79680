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

/** A place in an answer, as a list that begins with its end. */
export interface Place {
  readonly before: Place | undefined;
  readonly key: string | number;
}

/** One field of an operation at one place. Several nodes answer to one response key. */
export interface Asked {
  readonly nodes: readonly FieldNode[];
  readonly place: Place;
}

/** What stands in an answer in place of a value. */
export const MISSING = Symbol('missing');
export const REFUSED = Symbol('refused');

/** Why a field is null though its schema or its caller have it otherwise. */
export type Lack = 'wrong' | 'missing' | 'refused';

export interface Completion {
  readonly schema: GraphQLSchema;
  /** With its fragments written out. */
  readonly definition: OperationDefinitionNode;
  /** Coerced, with their defaults. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** What was answered for a field of an object, or one of the symbols. */
  readonly read: (object: Readonly<Record<string, unknown>>, nodes: readonly FieldNode[]) => unknown;
  /** What a field of the schema about itself comes to. */
  readonly introspect: (nodes: readonly FieldNode[]) => unknown;
  /** Called at each place that lacks something, of which there may be very many. */
  readonly onLack: (asked: Asked, lack: Lack) => void;
  /** Called at each null that comes of an error. */
  readonly onFailed: (failed: Failed, place: Place) => void;
}

/** The fields that an object is asked for, by response key. */
type Selected = Map<string, FieldNode[]>;

/** No value, and its error is noted already: null where that may be, or else its parent goes with it. */
const GONE = Symbol('gone');

/**
 * An answer out of what was gathered, as the specification completes values
 * (https://spec.graphql.org/October2021/#sec-Value-Completion). graphql-js would throw for each place that lacks
 * something, with a stack and the place in the document: a stranger could have it made tens of thousands of times.
 */
export function completeObject(root: Readonly<Record<string, unknown>>, completion: Completion): unknown {
  const { schema, definition, variables, read, introspect, onLack, onFailed } = completion;
  /** By type and by the nodes of the field that they are in: lists have the same for each of their items. */
  const collected = new Map<GraphQLObjectType, Map<readonly FieldNode[], Selected>>();

  function selected(type: GraphQLObjectType, nodes: readonly FieldNode[]): Selected {
    const ofType = collected.get(type) ?? new Map<readonly FieldNode[], Selected>();
    collected.set(type, ofType);
    const known = ofType.get(nodes);
    if (known) return known;
    const fields: Selected = new Map();
    ofType.set(nodes, fields);
    for (const { selectionSet } of nodes) collect(type, selectionSet!, fields);
    return fields;
  }

  function collect(type: GraphQLObjectType, { selections }: SelectionSetNode, fields: Selected): void {
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
    selection: Selected,
    place: Place | undefined,
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

  /** GONE only where null may not be. */
  function field(type: GraphQLOutputType, value: unknown, asked: Asked): unknown {
    if (!isNonNullType(type)) {
      const known = nullable(type, value, asked);
      return known === GONE ? null : known;
    }
    const known = nullable(type.ofType, value, asked);
    return known === null ? lacking(asked, value === MISSING ? 'missing' : 'wrong') : known;
  }

  function nullable(type: GraphQLNullableType & GraphQLOutputType, value: unknown, asked: Asked): unknown {
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
    return object(actual, source, selected(actual, asked.nodes), asked.place);
  }

  function list(type: GraphQLOutputType, value: unknown, { nodes, place }: Asked): unknown {
    if (!Array.isArray(value)) return lacking({ nodes, place }, 'wrong');
    const result: unknown[] = [];
    for (const [key, one] of value.entries()) {
      const item = field(type, one, { nodes, place: { before: place, key } });
      if (item === GONE) return GONE;
      result.push(item);
    }
    return result;
  }

  function lacking(asked: Asked, lack: Lack): typeof GONE {
    onLack(asked, lack);
    return GONE;
  }

  const type = schema.getRootType(definition.operation)!;
  const fields: Selected = new Map();
  collect(type, definition.selectionSet, fields);
  const data = object(type, root, fields, undefined);
  return data === GONE ? null : data;
}
