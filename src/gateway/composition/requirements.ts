import {
  type ConstDirectiveNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isUnionType,
  Kind,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { argumentsOf, directivesOf, type SecurityNames } from './directives.ts';
import { parseFields } from './join.ts';

/** One directive's demand. Two of equal `key` ask the same, and are answered once a request. */
export interface Requirement {
  readonly layer: 'authenticated' | 'scopes' | 'policy';
  /** One of these lists must hold as a whole; nothing of it for `authenticated`. */
  readonly anyOf: readonly (readonly string[])[];
  readonly key: string;
}

/** What the directives of a supergraph ask, by schema coordinate. */
export interface Requirements {
  /**
   * All that must hold for a field at a position of an operation: what its own coordinate asks, what the type it gives
   * asks, and the same of every type that the object may turn out to be.
   * @param parent the type that the selection names: an object or an interface
   * @param possible the object types that can stand there
   */
  of(parent: GraphQLNamedType, possible: readonly GraphQLObjectType[], field: string): readonly Requirement[];
}

const NONE: readonly Requirement[] = [];

/**
 * Reads the requirements out of a supergraph. Composition carries directives from objects onto their interfaces; this
 * does not rely on it, because a file may come from a composition that does not. A field that a subgraph computes from
 * others (`@requires`) asks for what those ask: it would tell their values otherwise, to somebody who may not read them.
 */
export function readRequirements(schema: GraphQLSchema, names: SecurityNames): Requirements {
  const whole = new Map<string, readonly Requirement[]>();
  const underWay = new Set<string>();
  const positions = new Map<string, readonly Requirement[]>();

  const typeOf = (type: GraphQLNamedType) =>
    isObjectType(type) || isInterfaceType(type) || isScalarType(type) || isEnumType(type)
      ? requirementsIn(directivesOf(type), names)
      : NONE;

  /** Of one coordinate, with all that it brings along. */
  function ofCoordinate(type: GraphQLNamedType, name: string): readonly Requirement[] {
    const coordinate = `${type.name}.${name}`;
    const known = whole.get(coordinate);
    if (known) return known;
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    // Fields that need each other: what the others ask is being collected already.
    if (!field || underWay.has(coordinate)) return NONE;
    underWay.add(coordinate);
    const found = unique([
      ...typeOf(type),
      ...requirementsIn(directivesOf(field), names),
      ...typeOf(getNamedType(field.type)),
      ...inputsOf(type, name),
      ...(isObjectType(type) ? fromInterfaceObjects(type, name) : NONE),
    ]);
    underWay.delete(coordinate);
    // A list that was collected inside a circle may lack what the circle's beginning asks.
    if (underWay.size === 0) whole.set(coordinate, found);
    return found;
  }

  /** Of the fields that this one is computed from in some subgraph. */
  function inputsOf(type: GraphQLNamedType, name: string): Requirement[] {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    return directivesOf(field, 'join__field').flatMap((directive) => {
      const { requires } = argumentsOf(directive);
      if (typeof requires !== 'string') return [];
      return ofSelection(parseFields(requires), type);
    });
  }

  function ofSelection({ selections }: SelectionSetNode, parent: GraphQLNamedType): Requirement[] {
    return selections.flatMap((selection): readonly Requirement[] => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return NONE;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        return ofSelection(selection.selectionSet, (condition && schema.getType(condition)) || parent);
      }
      const name = selection.name.value;
      const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
      const below =
        selection.selectionSet && field ? ofSelection(selection.selectionSet, getNamedType(field.type)) : [];
      const types = [parent, ...possibleTypes(schema, parent)];
      return [...types.flatMap((type) => ofCoordinate(type, name)), ...below];
    });
  }

  /** What a subgraph that knows only the interface (`@interfaceObject`) asks for, of each type behind it. */
  function fromInterfaceObjects(type: GraphQLObjectType, name: string): readonly Requirement[] {
    return type.getInterfaces().flatMap((parent) => {
      const graphs = directivesOf(parent, 'join__type')
        .map(argumentsOf)
        .filter(({ isInterfaceObject }) => isInterfaceObject === true)
        .map(({ graph }) => graph);
      const field = parent.getFields()[name];
      const served = directivesOf(field, 'join__field').some((node) => graphs.includes(argumentsOf(node)['graph']));
      return served ? ofCoordinate(parent, name) : NONE;
    });
  }

  return {
    of(parent, possible, field) {
      const position = `${parent.name}.${field} ${possible.map(({ name }) => name).join(' ')}`;
      let found = positions.get(position);
      if (!found) {
        // What clients see has no directives: they are read off the supergraph's own types.
        const types = [parent, ...possible].map(({ name }) => schema.getType(name)!);
        positions.set(position, (found = unique(types.flatMap((type) => ofCoordinate(type, field)))));
      }
      return found;
    },
  };
}

/** The object types that a value of a type can be. */
export function possibleTypes(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type];
  return isAbstractType(type) && (isUnionType(type) || isInterfaceType(type)) ? schema.getPossibleTypes(type) : [];
}

/** What directives ask by themselves, each for itself. */
export function requirementsIn(directives: readonly ConstDirectiveNode[], names: SecurityNames): Requirement[] {
  return directives.flatMap((directive): Requirement[] => {
    const name = directive.name.value;
    if (names.authenticated.has(name)) return [{ layer: 'authenticated', anyOf: [], key: 'authenticated' }];
    if (names.requiresScopes.has(name)) return [listed('scopes', directive)];
    if (names.policy.has(name)) return [listed('policy', directive)];
    return [];
  });
}

/** Of what is no list of lists of texts nothing can be read, and so it lets nobody in. */
function listed(layer: 'scopes' | 'policy', directive: ConstDirectiveNode): Requirement {
  const value = directive.arguments?.find(({ name }) => name.value === (layer === 'scopes' ? 'scopes' : 'policies'));
  const read: unknown = value && valueFromASTUntyped(value.value);
  const isWhole =
    Array.isArray(read) && read.every((all) => Array.isArray(all) && all.every((one) => typeof one === 'string'));
  const anyOf = isWhole ? read : [];
  return { layer, anyOf, key: `${layer} ${JSON.stringify(anyOf)}` };
}

function unique(requirements: readonly Requirement[]): readonly Requirement[] {
  return requirements.length === 0 ? NONE : [...new Map(requirements.map((one) => [one.key, one])).values()];
}
