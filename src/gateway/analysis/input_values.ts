import {
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type ValueNode,
} from 'graphql';
import { Refusal } from '../../kernel/errors.ts';
import { exactNumber } from '../../kernel/exact_json.ts';

type VariableValues = Readonly<Record<string, unknown>>;

/**
 * Converts a literal of a document to the JSON of a variable, with exact numbers. Adds no default values, because
 * subgraphs have their own.
 * @param node a literal that is valid for the type
 * @param variables coerced
 * @returns undefined for a variable without a value
 * @throws BAD_USER_INPUT for a Float that is not finite
 */
export function inputValue(node: ValueNode, type: GraphQLInputType, variables: VariableValues): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value];
  if (node.kind === Kind.NULL) return null;
  if (isNonNullType(type)) return inputValue(node, type.ofType, variables);
  if (isListType(type)) {
    const nodes = node.kind === Kind.LIST ? node.values : [node];
    return nodes.map((one) => inputValue(one, type.ofType, variables) ?? null);
  }
  if (isInputObjectType(type)) {
    if (node.kind !== Kind.OBJECT) return undefined;
    const fields = type.getFields();
    return members(
      node.fields.map(({ name, value }) => [name.value, inputValue(value, fields[name.value]!.type, variables)]),
    );
  }
  if (isEnumType(type)) return node.kind === Kind.ENUM ? node.value : undefined;
  if (node.kind !== Kind.INT && node.kind !== Kind.FLOAT) return anyValue(node, variables);
  if (type.name === 'ID') return node.value;
  if (type.name === 'Int') return Number(node.value);
  return type.name === 'Float' ? float(node.value) : exactNumber(node.value);
}

/** Converts a literal of a custom scalar, whose type is unknown. */
function anyValue(node: ValueNode, variables: VariableValues): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
      return variables[node.name.value];
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return exactNumber(node.value);
    case Kind.LIST:
      return node.values.map((one) => anyValue(one, variables) ?? null);
    case Kind.OBJECT:
      return members(node.fields.map(({ name, value }) => [name.value, anyValue(value, variables)]));
    case Kind.BOOLEAN:
    case Kind.ENUM:
    case Kind.STRING:
      return node.value;
  }
}

/** Makes an object without the undefined values. */
function members(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function float(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  throw new Refusal('BAD_REQUEST', { message: `Float cannot represent ${text}` });
}
