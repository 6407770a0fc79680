import {
  type DocumentNode,
  doTypesOverlap,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  getOperationAST,
  type GraphQLLeafType,
  type GraphQLNamedType,
  GraphQLNonNull,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLString,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** The root field that finds entities. Every subgraph has it, but no supergraph. */
export const ENTITIES = '_entities';

/** The selection of a fetch under one response key. */
export interface Selected {
  readonly name: string;
  /** Null for entities, whose types are in their representations. */
  readonly type: GraphQLOutputType | null;
  /** True if the key is the field's name and the field has no arguments, so that it always means the same. */
  readonly isPlain: boolean;
  /** True if every object of the type has the field. A subgraph may not know that the type implements an interface. */
  readonly isSure: boolean;
  /** The variable with the representations. */
  readonly representations: string | undefined;
  /** The scalar or enum of the field; undefined for objects and lists. */
  readonly leaf: GraphQLLeafType | undefined;
  /** Undefined for scalars, enums and lists of them. */
  readonly below: Selection | undefined;
}

/** The selection of a fetch, by the concrete type of an object. */
export interface Selection {
  /**
   * Returns the selected fields of an object, by response key. An abstract type has the fields of all possible types.
   * @param type an object type, the abstract type if no concrete type is known, or null if no type is known
   */
  of(type: GraphQLNamedType | null): ReadonlyMap<string, Selected>;
}

/** The selection at the root of a fetch. */
export interface FetchSelection {
  readonly type: GraphQLNamedType;
  readonly selection: Selection;
}

/** Reads the selections of a plan's fetches with the types of the whole supergraph. */
export interface Selections {
  /** @param variables decide `@skip` and `@include` */
  of(document: DocumentNode, variables: Readonly<Record<string, unknown>> | undefined): FetchSelection;
}

/** The nodes with one response key. */
interface RequestedField {
  readonly parent: GraphQLNamedType | null;
  readonly nodes: FieldNode[];
  isSure: boolean;
}

const TYPENAME_TYPE = new GraphQLNonNull(GraphQLString);

/** Caches selections by document, because a plan's documents are the same objects in every request. */
export function createSelections(schema: GraphQLSchema): Selections {
  const known = new WeakMap<DocumentNode, FetchSelection>();
  return {
    of(document, variables = {}) {
      const found = known.get(document);
      if (found) return found;
      const read = readSelection(schema, document, variables);
      // A selection with conditions depends on the variables, so it is not cached.
      if (!hasConditions(document)) known.set(document, read);
      return read;
    },
  };
}

function readSelection(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): FetchSelection {
  const operation = getOperationAST(document)!;
  const fragments = new Map(
    document.definitions
      .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name.value, definition]),
  );

  function selectionOf(sets: readonly SelectionSetNode[], declared: GraphQLNamedType | null): Selection {
    const byType = new Map<GraphQLNamedType | null, ReadonlyMap<string, Selected>>();
    return {
      of(type) {
        let fields = byType.get(type);
        if (!fields) byType.set(type, (fields = fieldsOf(sets, type, declared)));
        return fields;
      },
    };
  }

  function fieldsOf(
    sets: readonly SelectionSetNode[],
    type: GraphQLNamedType | null,
    declared: GraphQLNamedType | null,
  ): ReadonlyMap<string, Selected> {
    const found = new Map<string, RequestedField>();
    const collect = ({ selections }: SelectionSetNode, parent: GraphQLNamedType | null, isSure: boolean): void => {
      for (const selection of selections) {
        if (!isIncluded(selection, variables)) continue;
        if (selection.kind === Kind.FIELD) {
          const key = (selection.alias ?? selection.name).value;
          const asked = found.get(key) ?? { parent, nodes: [], isSure: false };
          asked.nodes.push(selection);
          asked.isSure ||= isSure;
          found.set(key, asked);
          continue;
        }
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (!fragment) continue;
        const condition = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : parent;
        const isSame = !fragment.typeCondition || condition === type;
        if (condition === null || (condition && overlap(type, condition)))
          collect(fragment.selectionSet, condition, isSure && isSame);
      }
    };
    for (const set of sets) collect(set, type ?? declared, true);
    const fields = new Map<string, Selected>();
    for (const [key, asked] of found) {
      const selected = selectedOf(key, asked, isObjectType(type) ? type : asked.parent);
      if (selected) fields.set(key, selected);
    }
    return fields;
  }

  function overlap(type: GraphQLNamedType | null, condition: GraphQLNamedType): boolean {
    if (type === null) return true;
    return isCompositeType(type) && isCompositeType(condition) && doTypesOverlap(schema, type, condition);
  }

  /** Returns undefined for a field that is not in the supergraph. */
  function selectedOf(
    key: string,
    { nodes, isSure }: RequestedField,
    parent: GraphQLNamedType | null,
  ): Selected | undefined {
    const { name, arguments: args = [] } = nodes[0]!;
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const isPlain = key === name.value && args.length === 0;
    const rest = { name: name.value, isPlain, isSure, leaf: undefined, representations: undefined };
    if (name.value === '__typename') return { ...rest, type: TYPENAME_TYPE, below: undefined };
    if (name.value === ENTITIES && parent === schema.getQueryType()) {
      const value = args.find((one) => one.name.value === 'representations')?.value;
      const representations = value?.kind === Kind.VARIABLE ? value.name.value : undefined;
      return { ...rest, type: null, representations, below: selectionOf(sets, null) };
    }
    const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
    const type = fields[name.value]?.type;
    if (!type || isCompositeType(getNamedType(type)) !== sets.length > 0) return undefined;
    const below = sets.length > 0 ? selectionOf(sets, getNamedType(type)) : undefined;
    const nullable = getNullableType(type);
    return { ...rest, type, leaf: isLeafType(nullable) ? nullable : undefined, below };
  }

  const type = schema.getRootType(operation.operation)!;
  return { type, selection: selectionOf([operation.selectionSet], type) };
}

/** Returns true if an object of a type is possible where another type is declared. */
export function isOfType(schema: GraphQLSchema, type: GraphQLNamedType, declared: GraphQLNamedType): boolean {
  if (type === declared) return true;
  return isAbstractType(declared) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(declared, type);
}

/** A variable without a value excludes nothing: the subgraph rejects it, or has a default value for it. */
function isIncluded({ directives = [] }: SelectionNode, variables: Readonly<Record<string, unknown>>): boolean {
  return directives.every(({ name, arguments: [condition] = [] }) => {
    if (name.value !== 'skip' && name.value !== 'include') return true;
    const value = condition?.value;
    const isOn =
      value?.kind === Kind.VARIABLE ? variables[value.name.value] : value?.kind === Kind.BOOLEAN && value.value;
    return isOn !== (name.value === 'skip');
  });
}

function hasConditions(document: DocumentNode): boolean {
  let found = false;
  visit(document, { Directive: ({ name }) => void (found ||= name.value === 'skip' || name.value === 'include') });
  return found;
}
