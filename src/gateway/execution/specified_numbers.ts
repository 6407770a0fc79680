import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getNamedType,
  getOperationAST,
  type GraphQLLeafType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { isRawNumber } from '../../kernel/exact_json.ts';
import { leaf } from './leaf.ts';

/**
 * The meaning of a response key in a fetch: a scalar or enum, or the keys below. It is the same for every type of the
 * object.
 */
interface Meaning {
  leaf?: GraphQLLeafType;
  readonly below: Map<string, Meaning>;
}

/**
 * Converts inexact numbers of a response to the form that graphql-js expects for specified scalars; an ID becomes its
 * digits. Numbers of custom scalars keep their original text. Changes the response in place.
 */
export function createSpecifiedNumbers(schema: GraphQLSchema): (document: DocumentNode, data: unknown) => void {
  const known = new WeakMap<DocumentNode, Meaning>();

  function meaningOf(document: DocumentNode): Meaning {
    const operation = getOperationAST(document)!;
    const fragments = new Map(
      document.definitions
        .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
        .map((definition) => [definition.name.value, definition]),
    );
    const root: Meaning = { below: new Map() };

    function read({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined, into: Meaning): void {
      for (const selection of selections) {
        if (selection.kind !== Kind.FIELD) {
          const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
          const condition = fragment?.typeCondition?.name.value;
          if (fragment) read(fragment.selectionSet, condition === undefined ? parent : schema.getType(condition), into);
          continue;
        }
        const { name, alias = name, selectionSet } = selection;
        const meaning = into.below.get(alias.value) ?? { below: new Map<string, Meaning>() };
        into.below.set(alias.value, meaning);
        const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
        // The type of an entity is known only from the fragments in its selection.
        const type = Object.hasOwn(fields, name.value) ? getNamedType(fields[name.value]!.type) : undefined;
        if (isLeafType(type)) meaning.leaf = type;
        if (selectionSet) read(selectionSet, type, meaning);
      }
    }

    read(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, root);
    return root;
  }

  function settle(value: unknown, meaning: Meaning): unknown {
    if (isRawNumber(value)) {
      return meaning.leaf && isSpecifiedScalarType(meaning.leaf) ? (leaf(meaning.leaf, value) ?? null) : value;
    }
    if (Array.isArray(value)) {
      for (const [at, one] of value.entries()) if (isObject(one)) value[at] = settle(one, meaning);
    } else if (isObject(value)) {
      for (const [key, below] of meaning.below) {
        const one = Object.hasOwn(value, key) ? value[key] : undefined;
        if (isObject(one)) value[key] = settle(one, below);
      }
    }
    return value;
  }

  return (document, data) => {
    const meaning = known.get(document) ?? meaningOf(document);
    known.set(document, meaning);
    settle(data, meaning);
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
