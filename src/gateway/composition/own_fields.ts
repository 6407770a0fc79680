import { type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import { argumentsOf, directivesOf } from './directives.ts';
import { definedTypes, rootsOf } from './schema_shape.ts';

/** The fields of the gateway's own schema, and which uses of them are open to other subgraphs. */
export interface OwnFields {
  readonly types: readonly GraphQLObjectType[];
  /** Returns true if other subgraphs may define part of a type: a root type, an entity or a shareable type. */
  isOpen(type: GraphQLObjectType): boolean;
  keysOf(type: GraphQLObjectType): readonly string[];
  /** Returns how other subgraphs may use a field; undefined if our schema does not have the field. */
  sharing(type: string, field: string): 'none' | 'key' | 'shareable' | undefined;
}

/** Reads `@key` and `@shareable` from the gateway's own schema. */
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
