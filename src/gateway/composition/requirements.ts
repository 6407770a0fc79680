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

/** One directive's demand. Demands with an equal `key` are the same; the judge decides each once per request. */
export interface Requirement {
  readonly layer: 'authenticated' | 'scopes' | 'policy';
  /** The caller must satisfy every entry of at least one list. Empty for `authenticated`. */
  readonly anyOf: readonly (readonly string[])[];
  readonly key: string;
}

/** The demands of a supergraph's directives, by schema coordinate. */
export interface Requirements {
  /**
   * Returns all demands on a field at a position of an operation: those of its coordinate, those of its result type,
   * and the same for every possible type of the object.
   * @param parent the type that the selection names: an object or an interface
   * @param possible the object types that are possible there
   */
  of(parent: GraphQLNamedType, possible: readonly GraphQLObjectType[], field: string): readonly Requirement[];
}

const NONE: readonly Requirement[] = [];

/**
 * Reads the requirements of a supergraph. Composition copies directives from objects to their interfaces, but a file
 * may come from a composition that does not, so this checks both. A field that is computed from others (`@requires`)
 * inherits their demands; otherwise it would disclose their values to callers that may not read them.
 */
export function readRequirements(schema: GraphQLSchema, names: SecurityNames): Requirements {
  const whole = new Map<string, readonly Requirement[]>();
  const underWay = new Set<string>();
  const positions = new Map<string, readonly Requirement[]>();

  const typeOf = (type: GraphQLNamedType) =>
    isObjectType(type) || isInterfaceType(type) || isScalarType(type) || isEnumType(type)
      ? requirementsIn(directivesOf(type), names)
      : NONE;

  /** Returns the demands on one coordinate, with inherited ones. */
  function ofCoordinate(type: GraphQLNamedType, name: string): readonly Requirement[] {
    const coordinate = `${type.name}.${name}`;
    const known = whole.get(coordinate);
    if (known) return known;
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    // Stops at a circle of `@requires`: the outer call collects this field already.
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
    // A result from inside a circle may lack the demands of the first field, so only the outermost result is cached.
    if (underWay.size === 0) whole.set(coordinate, found);
    return found;
  }

  /** Returns the demands on the fields that this field is computed from in any subgraph. */
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

  /** Returns the demands of subgraphs that define only an interface of the type (`@interfaceObject`). */
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
        // The public schema has no directives, so this looks up the supergraph's own types.
        const types = [parent, ...possible].map(({ name }) => schema.getType(name)!);
        positions.set(position, (found = unique(types.flatMap((type) => ofCoordinate(type, field)))));
      }
      return found;
    },
  };
}

/** Returns the object types that a value of a type can have. */
export function possibleTypes(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type];
  return isAbstractType(type) && (isUnionType(type) || isInterfaceType(type)) ? schema.getPossibleTypes(type) : [];
}

/** Returns the demands of directives, one for each. */
export function requirementsIn(directives: readonly ConstDirectiveNode[], names: SecurityNames): Requirement[] {
  return directives.flatMap((directive): Requirement[] => {
    const name = directive.name.value;
    if (names.authenticated.has(name)) return [{ layer: 'authenticated', anyOf: [], key: 'authenticated' }];
    if (names.requiresScopes.has(name)) return [listed('scopes', directive)];
    if (names.policy.has(name)) return [listed('policy', directive)];
    return [];
  });
}

/** Reads a list of lists of strings. Any other value makes a demand that no caller can satisfy. */
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
