import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { type Join, type Joined, parseFields } from './join.ts';
import type { OwnFields } from './own_fields.ts';
import { OWN } from './ownership.ts';
import { possibleTypes } from './requirements.ts';
import { definedTypes } from './schema_shape.ts';

/** A coordinate of our schema that a supergraph uses in a way our schema does not allow. */
export interface Taken {
  readonly coordinate: string;
  /** The subgraphs that took the coordinate, or may have. */
  readonly by: readonly string[];
  readonly what: string;
}

/** Returns the other subgraphs that define part of a type. */
export function othersIn(join: Join, type: GraphQLNamedType | undefined): string[] {
  return [...new Set(join.typeOf(type).map(({ graph }) => graph))].filter((graph) => graph !== OWN);
}

/** Finds our fields that another subgraph serves, by any means of federation. */
export function takenFields(own: OwnFields, whole: GraphQLSchema, join: Join): Taken[] {
  const isPart = [...join.graphs.values()].some(({ name }) => name === OWN);
  return [...own.types.flatMap(ofType), ...definedTypes(whole).flatMap(onTheWay)];

  function ofType(type: GraphQLObjectType): Taken[] {
    const found = whole.getType(type.name);
    if (!isObjectType(found)) return [];
    const [ours, others] = split(join.typeOf(found));
    const keys = ours.flatMap(({ args }) => (typeof args['key'] === 'string' ? [args['key']] : []));
    const isOurs =
      !isPart ||
      (ours.length > 0 &&
        ours.every(({ args }) => hasOnly(args, ['graph', 'key'])) &&
        sorted(keys) === sorted(own.keysOf(type)));
    const intruders = others.filter(({ args }) => !own.isOpen(type) || args['isInterfaceObject'] === true);
    return [
      ...intruders.map(({ graph }) => ({ coordinate: type.name, by: [graph], what: 'is defined by another subgraph' })),
      ...(isOurs ? [] : [{ coordinate: type.name, by: othersIn(join, found), what: `has other keys at ${OWN}` }]),
      ...Object.keys(type.getFields()).flatMap((name) => ofField(found, name)),
    ];
  }

  function ofField(type: GraphQLObjectType, name: string): Taken[] {
    const field = type.getFields()[name];
    const sharing = own.sharing(type.name, name);
    if (!field || sharing === 'shareable') return [];
    const coordinate = `${type.name}.${name}`;
    // A field without `@join__field` is served by every subgraph that has the type.
    const joined = join.fieldOf(field);
    const [ours, others] = split(joined.length > 0 ? joined : join.typeOf(type));
    const serving = others.filter(({ args }) => !isBystander(args));
    const isServed =
      ours.length > 0 && (joined.length === 0 || ours.every(({ args }) => hasOnly(args, ['graph', 'type'])));
    const taking = sharing === 'key' ? serving.filter(({ args }) => args['override'] === OWN) : serving;
    return [
      ...taking.map(({ graph, args }) => ({
        coordinate,
        by: [graph],
        what: args['override'] === undefined ? 'is served by another subgraph' : 'is overridden by another subgraph',
      })),
      ...(isServed || !isPart ? [] : [{ coordinate, by: othersIn(join, type), what: `is not served by ${OWN}` }]),
    ];
  }

  /** Finds our fields that another subgraph serves through a field of its own. */
  function onTheWay(type: GraphQLNamedType): Taken[] {
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    return Object.values(type.getFields()).flatMap((field) =>
      split(join.fieldOf(field))[1].flatMap(({ graph, args }) =>
        [...provided(field, args['provides']), ...forInterface(type, field, graph)].map((coordinate) => ({
          coordinate,
          by: [graph],
          what: `is served by another subgraph, through ${type.name}.${field.name}`,
        })),
      ),
    );
  }

  /** Finds our fields that `@provides` lets another subgraph serve. */
  function provided(field: GraphQLField<unknown, unknown>, fields: unknown): string[] {
    return typeof fields === 'string' ? ownIn(parseFields(fields), getNamedType(field.type)) : [];
  }

  /** Finds our fields that a subgraph serves for an interface of the type (`@interfaceObject`). */
  function forInterface(type: GraphQLNamedType, { name }: GraphQLField<unknown, unknown>, graph: string): string[] {
    const isInterfaceObject = join
      .typeOf(type)
      .some((one) => one.graph === graph && one.args['isInterfaceObject'] === true);
    return isInterfaceObject ? ownAt(type, name) : [];
  }

  function ownIn({ selections }: SelectionSetNode, parent: GraphQLNamedType): string[] {
    return selections.flatMap((selection): string[] => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        return ownIn(selection.selectionSet, (condition && whole.getType(condition)) || parent);
      }
      const name = selection.name.value;
      const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
      const below = selection.selectionSet && field ? ownIn(selection.selectionSet, getNamedType(field.type)) : [];
      return [...ownAt(parent, name), ...below];
    });
  }

  /** Returns our coordinates that a field can have, on a type and on its possible types. */
  function ownAt(type: GraphQLNamedType, name: string): string[] {
    return possibleTypes(whole, type).flatMap((one) =>
      own.sharing(one.name, name) === 'none' ? [`${one.name}.${name}`] : [],
    );
  }
}

function split(joined: readonly Joined[]): [ours: Joined[], others: Joined[]] {
  return [joined.filter(({ graph }) => graph === OWN), joined.filter(({ graph }) => graph !== OWN)];
}

/** Returns true if a subgraph only declares that another one serves the field. */
function isBystander(args: Joined['args']): boolean {
  return args['external'] === true && hasOnly(args, ['graph', 'external', 'type']);
}

function hasOnly(args: Joined['args'], names: readonly string[]): boolean {
  return Object.keys(args).every((name) => names.includes(name));
}

const sorted = (keys: readonly string[]) => [...keys].sort().join(';');
