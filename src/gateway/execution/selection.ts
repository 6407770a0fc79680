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

/** The field that finds entities: every subgraph has it, and no supergraph. */
export const ENTITIES = '_entities';

/** What a fetch asks for under one response key. */
export interface Selected {
  readonly name: string;
  /** Null for the entities, whose type their representations say. */
  readonly type: GraphQLOutputType | null;
  /** Whether the key is the field's own name, and the field always means the same. */
  readonly isPlain: boolean;
  /** Whether each object of the type has it: a subgraph may not know that the type is of an interface. */
  readonly isSure: boolean;
  /** The variable that says which entities are meant. */
  readonly representations: string | undefined;
  /** What it is where it is one scalar or enum, and no list of them. */
  readonly leaf: GraphQLLeafType | undefined;
  /** Absent for leaves, and lists of them. */
  readonly below: Selection | undefined;
}

/** A selection of a fetch, by the type that an object turns out to be. */
export interface Selection {
  /**
   * The fields of an object, by response key. Of a type that may be several, all that any of them could be asked for.
   * @param type an object type, the abstract type where no more is known, or null where nothing is
   */
  of(type: GraphQLNamedType | null): ReadonlyMap<string, Selected>;
}

/** A fetch's root. */
export interface FetchSelection {
  readonly type: GraphQLNamedType;
  readonly selection: Selection;
}

/** What fetches of plans ask for, over the whole supergraph. */
export interface Selections {
  /** @param variables decide on what `@skip` and `@include` leave out */
  of(document: DocumentNode, variables: Readonly<Record<string, unknown>> | undefined): FetchSelection;
}

/** The nodes of one response key. */
interface Asked {
  readonly parent: GraphQLNamedType | null;
  readonly nodes: FieldNode[];
  isSure: boolean;
}

const TYPENAME_TYPE = new GraphQLNonNull(GraphQLString);

/** Reads each document once: a plan's documents are the same objects from request to request. */
export function createSelections(schema: GraphQLSchema): Selections {
  const known = new WeakMap<DocumentNode, FetchSelection>();
  return {
    of(document, variables = {}) {
      const found = known.get(document);
      if (found) return found;
      const read = readSelection(schema, document, variables);
      // What depends on variables is another one each time.
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
    const found = new Map<string, Asked>();
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

  /** Undefined for what the supergraph does not have. */
  function selectedOf(key: string, { nodes, isSure }: Asked, parent: GraphQLNamedType | null): Selected | undefined {
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

/** Whether an object of one type can stand where the other is declared. */
export function isOfType(schema: GraphQLSchema, type: GraphQLNamedType, declared: GraphQLNamedType): boolean {
  if (type === declared) return true;
  return isAbstractType(declared) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(declared, type);
}

/** A variable that was not given leaves nothing out: the subgraph refuses it, or has a default for it. */
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
