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
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import { createLiterals } from './literals.ts';
import { OWN, type Ownership } from '../composition/ownership.ts';
import { createPlanKeys, type PlanKeys } from './plan_keys.ts';
import { possibleTypes, type Requirement, type Requirements } from '../composition/requirements.ts';

/** A field that not everybody may read. */
export interface Guarded {
  readonly node: FieldNode;
  /** `Type.field`, as the operation names it. */
  readonly coordinate: string;
  readonly requirements: readonly Requirement[];
}

/** A valid operation, looked through once. */
export interface Operation {
  /** The same operation with its fragments written out: every field node stands for one position. */
  readonly definition: OperationDefinitionNode;
  readonly guarded: readonly Guarded[];
  /** How many fields and fragments that comes to. */
  readonly size: number;
  /** Under which keys it is planned, and answered by the plan. */
  readonly keys: Pick<PlanKeys, 'of' | 'restore'>;
  /** The subgraphs that serve a field. */
  ownersOf(node: FieldNode): readonly string[];
  /** The values of the variables that the plan has in place of literals. @param variables coerced. Throws BAD_USER_INPUT. */
  values(variables: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** What there is to plan once these fields are taken out; null where nothing is left. */
  without(refused: ReadonlySet<FieldNode>): DocumentNode | null;
}

/** Fields of the root that no type lists; fragments in them are written out like all others. */
const META_FIELDS: Readonly<Record<string, GraphQLField<unknown, unknown> | undefined>> = Object.assign(
  Object.create(null) as object,
  { __schema: SchemaMetaFieldDef, __type: TypeMetaFieldDef },
);
const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** What of a supergraph an operation is held against. */
export interface Measure {
  readonly schema: GraphQLSchema;
  readonly requirements: Requirements;
  readonly ownership: Ownership;
}

/**
 * Looks an operation through: by type and field, not by response key, so that aliases, fragments and paths over
 * interfaces all come to the same coordinates. The document must be valid for the schema.
 * @returns null where our own subgraph serves all of it, and so nothing has to be planned
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
  const keys = createPlanKeys();
  const literals = createLiterals(operation);
  const parents = new Map<FieldNode, GraphQLNamedType>();
  /** Of what has literals, what stands in the plan instead. */
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
        if (selection.kind === Kind.INLINE_FRAGMENT) {
          return inline(selection.typeCondition?.name.value, selection, selection.selectionSet, parent, possible);
        }
        const { typeCondition, selectionSet } = fragments.get(selection.name.value)!;
        return inline(typeCondition.name.value, selection, selectionSet, parent, possible);
      }),
    } satisfies SelectionSetNode;
  }

  function inline(
    condition: string | undefined,
    { directives = [] }: { readonly directives?: readonly DirectiveNode[] | undefined },
    set: SelectionSetNode,
    parent: GraphQLNamedType,
    possible: readonly GraphQLObjectType[],
  ): SelectionNode {
    const type = (condition !== undefined && schema.getType(condition)) || parent;
    const own = possibleTypes(schema, type);
    const node: InlineFragmentNode = {
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
      directives,
      selectionSet: writeOut(
        set,
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
    // The schema that a client asks about (`__type`) is the whole one.
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

  /** What is left of a selection; null where that is nothing. */
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
      // What is asked of the schema itself is answered here, wherever it is asked, and so is what the root is called.
      const isOurs = META_FIELDS[selection.name.value] || (parent === root && selection.name.value === '__typename');
      if (refused.has(selection) || isOurs) return [];
      const planned = { ...keys.planned(selection), ...written.get(selection) };
      return [selection.selectionSet ? { ...planned, selectionSet: below(selection, parent, refused) } : planned];
    });
    return left.length > 0 ? { kind: Kind.SELECTION_SET, selections: left } : null;
  }

  /**
   * Of a field that is asked for. Where everything in it was taken out, the object itself is still wanted; and what may
   * be of several types says of which it is.
   */
  function below(node: FieldNode, parent: GraphQLNamedType, refused: ReadonlySet<FieldNode>): SelectionSetNode {
    const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
    const type = getNamedType(fields[node.name.value]!.type);
    const left = prune(node.selectionSet!, type, refused);
    const typename = left === null || isAbstractType(type) ? [TYPENAME] : [];
    return { kind: Kind.SELECTION_SET, selections: [...typename, ...(left?.selections ?? [])] };
  }
}

/** What is left out whatever the variables are: where it is all there is, there is no plan for it. */
function isNeverIncluded({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name, arguments: [condition] = [] }) => {
    // A supergraph may have directives of its own for operations, with any argument.
    if (name.value !== 'skip' && name.value !== 'include') return false;
    const value = condition?.value;
    return value?.kind === Kind.BOOLEAN && value.value === (name.value === 'skip');
  });
}
