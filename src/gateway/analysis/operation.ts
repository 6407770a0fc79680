import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import { createLiterals } from './literals.ts';
import { OWN, type Ownership } from '../composition/ownership.ts';
import { createPlanAliases, type PlanAliases } from './plan_aliases.ts';
import { possibleTypes, type Requirement, type Requirements } from '../composition/requirements.ts';

/** A field with requirements. */
export interface Guarded {
  readonly node: FieldNode;
  /** `Type.field`, with the type that the operation selects from. */
  readonly coordinate: string;
  readonly requirements: readonly Requirement[];
}

/** A valid operation, analysed once. */
export interface Operation {
  /** The operation with its fragments inlined, so that every field node has one position. */
  readonly definition: OperationDefinitionNode;
  readonly guarded: readonly Guarded[];
  /** The number of selections with all fragments inlined. */
  readonly size: number;
  /** The response keys of the fields in the plan. */
  readonly keys: Pick<PlanAliases, 'of' | 'restore'>;
  /** Returns the subgraphs that serve a field. */
  ownersOf(node: FieldNode): readonly string[];
  /**
   * Returns the values of the variables that replace literals in the plan.
   * @param variables coerced
   * @throws BAD_USER_INPUT for a Float that is not finite
   */
  values(variables: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** Returns the operation to plan without the refused fields; null if no field is left. */
  without(refused: ReadonlySet<FieldNode>): DocumentNode | null;
}

/** Root fields that are in no type's field list. Fragments in them are inlined too. */
const META_FIELDS: Readonly<Record<string, GraphQLField<unknown, unknown> | undefined>> = Object.assign(
  Object.create(null) as object,
  { __schema: SchemaMetaFieldDef, __type: TypeMetaFieldDef },
);
const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The schema, the requirements and the ownership that an operation is analysed with. */
export interface Measure {
  readonly schema: GraphQLSchema;
  readonly requirements: Requirements;
  readonly ownership: Ownership;
}

/** An inline fragment, or a fragment spread with the condition and the selections of its fragment. */
interface InlinedFragment {
  readonly typeCondition?: NamedTypeNode | undefined;
  readonly directives?: readonly DirectiveNode[] | undefined;
  readonly selectionSet: SelectionSetNode;
}

/**
 * Analyses an operation by type and field instead of response key, so that aliases, fragments and paths through
 * interfaces give the same coordinates.
 * @param document valid for the schema
 * @returns null if our subgraph serves the whole operation, so that it needs no plan
 */
export function readOperation(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  { schema, requirements, ownership }: Measure,
): Operation | null {
  const fragments = new Map(
    document.definitions
      .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name.value, definition]),
  );
  const guarded: Guarded[] = [];
  const keys = createPlanAliases();
  const literals = createLiterals(operation);
  const parents = new Map<FieldNode, GraphQLNamedType>();
  /** The planned arguments and directives of the selections that have any. */
  const written = new Map<SelectionNode, Pick<FieldNode, 'arguments' | 'directives'>>();

  let size = 0;

  function directivesOf(directives: readonly DirectiveNode[]): readonly DirectiveNode[] {
    return directives.map((directive) => ({
      ...directive,
      arguments: literals.planned(directive.arguments ?? [], schema.getDirective(directive.name.value)?.args ?? []),
    }));
  }

  function writeOut(set: SelectionSetNode, parent: GraphQLNamedType, possible: readonly GraphQLObjectType[]) {
    size += set.selections.length;
    return {
      kind: Kind.SELECTION_SET,
      selections: set.selections.map((selection): SelectionNode => {
        if (selection.kind === Kind.FIELD) return field(selection, parent, possible);
        if (selection.kind === Kind.INLINE_FRAGMENT) return inline(selection, parent, possible);
        const { typeCondition, selectionSet } = fragments.get(selection.name.value)!;
        return inline({ typeCondition, directives: selection.directives, selectionSet }, parent, possible);
      }),
    } satisfies SelectionSetNode;
  }

  function inline(
    { typeCondition, directives = [], selectionSet }: InlinedFragment,
    parent: GraphQLNamedType,
    possible: readonly GraphQLObjectType[],
  ): SelectionNode {
    const type = (typeCondition && schema.getType(typeCondition.name.value)) || parent;
    const own = possibleTypes(schema, type);
    const node: InlineFragmentNode = {
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
      directives,
      selectionSet: writeOut(
        selectionSet,
        type,
        possible.filter((one) => own.includes(one)),
      ),
    };
    if (directives.length > 0) written.set(node, { directives: directivesOf(directives) });
    return node;
  }

  function field(given: FieldNode, parent: GraphQLNamedType, possible: readonly GraphQLObjectType[]): FieldNode {
    const name = given.name.value;
    const definition =
      META_FIELDS[name] ?? (isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined);
    const type = definition && getNamedType(definition.type);
    const node: FieldNode = {
      ...given,
      ...(given.selectionSet && type
        ? { selectionSet: writeOut(given.selectionSet, type, possibleTypes(schema, type)) }
        : {}),
    };
    parents.set(node, parent);
    keys.add(node, definition);
    const { arguments: args = [], directives = [] } = given;
    if (args.length > 0 || directives.length > 0) {
      written.set(node, {
        arguments: literals.planned(args, definition?.args ?? []),
        directives: directivesOf(directives),
      });
    }
    const asked = definition ? requirements.of(parent, possible, name) : [];
    if (asked.length > 0) guarded.push({ node, coordinate: `${parent.name}.${name}`, requirements: asked });
    return node;
  }

  const root = schema.getRootType(operation.operation)!;
  const definition = {
    ...operation,
    selectionSet: writeOut(operation.selectionSet, root, possibleTypes(schema, root)),
  };
  const ownersOf = (node: FieldNode) => ownership.of(parents.get(node)!, node.name.value);
  const isServedHere = ([node, parent]: readonly [FieldNode, GraphQLNamedType]) =>
    isObjectType(parent) &&
    // Introspection (`__type`) must show the whole supergraph, so our subgraph cannot serve it.
    (node.name.value === '__typename' ||
      (!node.name.value.startsWith('__') && ownership.of(parent, node.name.value).includes(OWN)));
  if (guarded.length === 0 && [...parents].every(isServedHere)) return null;

  return {
    definition,
    guarded,
    size,
    keys,
    ownersOf,
    values: literals.values,
    without(refused) {
      const selectionSet = prune(definition.selectionSet, root, refused);
      if (!selectionSet) return null;
      const variableDefinitions = literals.definitions(selectionSet);
      return { kind: Kind.DOCUMENT, definitions: [{ ...definition, variableDefinitions, selectionSet }] };
    },
  };

  /** Removes the refused fields from a selection; null if no field is left. */
  function prune(
    { selections }: SelectionSetNode,
    parent: GraphQLNamedType,
    refused: ReadonlySet<FieldNode>,
  ): SelectionSetNode | null {
    const left = selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FRAGMENT_SPREAD || isNeverIncluded(selection)) return [];
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const selectionSet = prune(
          selection.selectionSet,
          schema.getType(selection.typeCondition!.name.value)!,
          refused,
        );
        return selectionSet ? [{ ...selection, ...written.get(selection), selectionSet }] : [];
      }
      // Introspection and the `__typename` of the root are executed here, at any position.
      const isOurs = META_FIELDS[selection.name.value] || (parent === root && selection.name.value === '__typename');
      if (refused.has(selection) || isOurs) return [];
      const planned = { ...keys.planned(selection), ...written.get(selection) };
      return [selection.selectionSet ? { ...planned, selectionSet: below(selection, parent, refused) } : planned];
    });
    return left.length > 0 ? { kind: Kind.SELECTION_SET, selections: left } : null;
  }

  /**
   * Returns the selection below a planned field. `__typename` is added if every field below was refused, because the
   * object itself is still needed, and if the type is abstract, so that the response has the concrete type.
   */
  function below(node: FieldNode, parent: GraphQLNamedType, refused: ReadonlySet<FieldNode>): SelectionSetNode {
    const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
    const type = getNamedType(fields[node.name.value]!.type);
    const left = prune(node.selectionSet!, type, refused);
    const typename = left === null || isAbstractType(type) ? [TYPENAME] : [];
    return { kind: Kind.SELECTION_SET, selections: [...typename, ...(left?.selections ?? [])] };
  }
}

/**
 * Returns true if a literal `@skip` or `@include` always excludes the selection. An operation without other selections
 * would have no plan.
 */
function isNeverIncluded({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name, arguments: [condition] = [] }) => {
    // A supergraph may define other directives for operations, with any arguments.
    if (name.value !== 'skip' && name.value !== 'include') return false;
    const value = condition?.value;
    return value?.kind === Kind.BOOLEAN && value.value === (name.value === 'skip');
  });
}
