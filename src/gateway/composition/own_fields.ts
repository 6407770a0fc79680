import { type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import { argumentsOf, directivesOf } from './directives.ts';
import { definedTypes, rootsOf } from './schema_shape.ts';

/** The fields of our own schema, and what it lets others do with them. */
export interface OwnFields {
  readonly types: readonly GraphQLObjectType[];
  /** Returns whether other subgraphs may have a part of a type: a root type, an entity or a shareable type. */
  isOpen(type: GraphQLObjectType): boolean;
  keysOf(type: GraphQLObjectType): readonly string[];
  /** Returns what others may do with a field; undefined where it is no field of ours. */
  sharing(type: string, field: string): 'none' | 'key' | 'shareable' | undefined;
}

/** Reads `@key` and `@shareable` off our own schema. */
export function readOwnFields(own: GraphQLSchema): OwnFields {
  const roots = new Set(rootsOf(own).values());
  const keysOf = (type: GraphQLObjectType) =>
    directivesOf(type, 'key').map((key) => String(argumentsOf(key)['fields']));
  const isShareable = (definition: Parameters<typeof directivesOf>[0]) =>
    directivesOf(definition, 'shareable').length > 0;
  return {
    types: definedTypes(own).filter(isObjectType),
    keysOf,
    isOpen: (type) => roots.has(type.name) || keysOf(type).length > 0 || isShareable(type),
    sharing(typeName, name) {
      const type = own.getType(typeName);
      const field = isObjectType(type) ? type.getFields()[name] : undefined;
      if (!isObjectType(type) || !field) return undefined;
      if (isShareable(type) || isShareable(field)) return 'shareable';
      return keysOf(type).some((key) => key.split(/[\s,{}]+/).includes(name)) ? 'key' : 'none';
    },
  };
}
