import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { type GraphQLNamedType, type GraphQLSchema, isSpecifiedDirective } from 'graphql';
import { directivesOf, type SecurityNames } from './directives.ts';

const EXECUTABLE = new Set<string>(['QUERY', 'MUTATION', 'FIELD', 'FRAGMENT_SPREAD', 'INLINE_FRAGMENT']);
const INTERNAL = /^(?:join__|link__|core__)/;

/**
 * Returns the public schema of a supergraph, without inaccessible elements (https://specs.apollo.dev/inaccessible/) and
 * without the definitions that only federation needs.
 */
export function publicSchema(supergraph: GraphQLSchema, { inaccessible }: SecurityNames): GraphQLSchema {
  const isHidden = (definition: unknown) =>
    directivesOf(definition as never).some(({ name }) => inaccessible.has(name.value));
  const visible = <T>(config: T) => (isHidden(config) ? null : config);
  return mapSchema(supergraph, {
    [MapperKind.DIRECTIVE]: (directive) =>
      isSpecifiedDirective(directive) || directive.locations.some((location) => EXECUTABLE.has(location))
        ? directive
        : null,
    [MapperKind.TYPE]: (type: GraphQLNamedType) => (INTERNAL.test(type.name) ? null : visible(type)),
    [MapperKind.FIELD]: visible,
    [MapperKind.ARGUMENT]: visible,
    [MapperKind.ENUM_VALUE]: visible,
  });
}
