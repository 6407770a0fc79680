import {
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isListType,
  isNonNullType,
  isSpecifiedScalarType,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { isRawNumber } from '../../kernel/exact_json.ts';

/** The variables of a request, and their definitions in the operation. */
export interface GivenVariables {
  readonly definitions: readonly VariableDefinitionNode[] | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Returns the variables of a client with each raw number converted for its type. An ID keeps its digits. Int and Float
 * become JavaScript numbers, the only ones that graphql-js accepts.
 * @param custom converts values of custom scalars; by default they keep their numbers as written
 */
export function exactVariables(
  schema: GraphQLSchema,
  { definitions, variables }: GivenVariables,
  custom: (value: unknown) => unknown = (value) => value,
): Record<string, unknown> {
  const exact: Record<string, unknown> = { ...variables };
  for (const { variable, type } of definitions ?? []) {
    const name = variable.name.value;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (typeof value !== 'object' || value === null) continue;
    // Validation has refused unknown types.
    exact[name] = exactValue(value, typeFromAST(schema, type as never) as GraphQLInputType | undefined, custom);
  }
  return exact;
}

function exactValue(value: unknown, type: GraphQLInputType | undefined, custom: (value: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || type === undefined) return value;
  if (isNonNullType(type)) return exactValue(value, type.ofType, custom);
  if (isListType(type)) {
    if (!Array.isArray(value)) return exactValue(value, type.ofType, custom);
    return value.map((one) => exactValue(one, type.ofType, custom));
  }
  if (isInputObjectType(type)) {
    if (isRawNumber(value) || Array.isArray(value)) return plain(value);
    const fields = type.getFields();
    const entries = Object.entries(value).map(([name, one]) => [
      name,
      exactValue(one, Object.hasOwn(fields, name) ? fields[name]!.type : undefined, custom),
    ]);
    return Object.fromEntries(entries) as Record<string, unknown>;
  }
  if (isRawNumber(value) && type.name === 'ID') return digitsOf(value.rawJSON);
  return isSpecifiedScalarType(type) ? plain(value) : custom(value);
}

/** Returns a JSON value with every number as a JavaScript number, rounded if it has no exact one. */
export function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isRawNumber(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}

/** Returns an integer as the text of an ID, and any other number as a number, which no ID accepts. */
function digitsOf(text: string): string | number {
  return /^-?\d+$/.test(text) ? text : Number(text);
}
