import { readFileSync } from 'node:fs';
import {
  buildSchema,
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Person } from './accounts.ts';

const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'), { assumeValidSDL: true });

export type MutationField = GraphQLField<unknown, unknown>;

/** Every mutation of the committed schema. */
export const MUTATIONS: readonly MutationField[] = Object.values(schema.getMutationType()!.getFields());

/** Returns whether the result of a mutation contains tokens, at any depth. */
export function opensSession({ type }: MutationField): boolean {
  return reachesTokens(getNamedType(type).name, new Set());
}

function reachesTokens(name: string, seen: Set<string>): boolean {
  if (name === 'TokenPayload') return true;
  const type = schema.getType(name);
  if (!isObjectType(type) || seen.has(name)) return false;
  seen.add(name);
  return Object.values(type.getFields()).some((field) => reachesTokens(getNamedType(field.type).name, seen));
}

/** Returns an operation that calls a mutation with some of its arguments, and selects its whole result. */
export function callOf({ name, args, type }: MutationField, given: Readonly<Record<string, unknown>>): string {
  const used = args.filter((arg) => arg.name in given);
  const variables = used.map((arg) => `$${arg.name}: ${arg.type.toString()}`).join(', ');
  const values = used.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const call = `${name}${values && `(${values})`} ${selectionOf(getNamedType(type).name)}`;
  return `mutation ${variables && `(${variables})`} { ${call} }`;
}

/** Selects the scalars of a type, and those of its objects. */
function selectionOf(name: string, depth = 2): string {
  const type = schema.getType(name);
  if (!isObjectType(type)) return '';
  const inner = Object.values(type.getFields())
    .filter(({ args }) => args.every((arg) => !isNonNullType(arg.type)))
    .map((field) => {
      const inside = getNamedType(field.type).name;
      if (!isObjectType(schema.getType(inside))) return field.name;
      return depth > 1 ? `${field.name} ${selectionOf(inside, depth - 1)}` : '';
    });
  return `{ ${inner.filter(Boolean).join(' ') || '__typename'} }`;
}

/** Returns arguments that name a person, and show the password or a one-time thing wherever a text could be one. */
export function valuesFor({ args }: MutationField, person: Person, oneTime: string): Record<string, unknown> {
  const valueOf = (name: string, type: GraphQLInputType): unknown => {
    if (isNonNullType(type)) return valueOf(name, type.ofType);
    if (isListType(type)) return [valueOf(name, type.ofType)];
    if (isEnumType(type)) return type.getValues()[0]!.name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      return Object.fromEntries(fields.map((field) => [field.name, valueOf(field.name, field.type)]));
    }
    if (type.name === 'Boolean') return false;
    if (type.name === 'Int') return 1;
    if (/password/i.test(name)) return person.password;
    return /ticket|token|code|challenge|totp/i.test(name) ? oneTime : person.username;
  };
  return Object.fromEntries(args.map((arg) => [arg.name, valueOf(arg.name, arg.type)]));
}

/** Returns the arguments of a mutation, and the fields of its inputs, that could carry a one-time thing. */
export function textArguments({ args }: MutationField): string[] {
  const namesOf = (name: string, type: GraphQLInputType): string[] => {
    const inner = getNamedType(type);
    if (isInputObjectType(inner))
      return Object.values(inner.getFields()).flatMap((field) => namesOf(field.name, field.type));
    return inner.name === 'String' && /ticket|token|code|challenge|totp/i.test(name) ? [name] : [];
  };
  return args.flatMap((arg) => namesOf(arg.name, arg.type));
}
