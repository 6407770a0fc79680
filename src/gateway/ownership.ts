import { type GraphQLNamedType, type GraphQLSchema, isEnumType, isInterfaceType, isObjectType } from 'graphql';
import { argumentsOf, directivesOf } from './directives.ts';

/** Our own subgraph's name: the one that is executed in this process. */
export const OWN = 'gatehouse';

/** Which subgraphs serve a coordinate of a supergraph. */
export interface Ownership {
  /** The subgraphs' names, by the join specification's directives; empty where it does not say. */
  of(type: GraphQLNamedType, field: string): readonly string[];
  /** The subgraphs and their addresses. */
  readonly subgraphs: ReadonlyMap<string, string>;
}

/** Reads `@join__graph`, `@join__type` and `@join__field` (https://specs.apollo.dev/join/). */
export function readOwnership(schema: GraphQLSchema): Ownership {
  const names = new Map<unknown, string>();
  const subgraphs = new Map<string, string>();
  const graphs = schema.getType('join__Graph');
  for (const { name: value, astNode } of isEnumType(graphs) ? graphs.getValues() : []) {
    const directive = astNode?.directives?.find(({ name }) => name.value === 'join__graph');
    const { name, url } = directive ? argumentsOf(directive) : {};
    if (typeof name !== 'string') continue;
    names.set(value, name);
    subgraphs.set(name, typeof url === 'string' ? url : '');
  }
  const named = (graph: unknown) => names.get(graph) ?? [];
  return {
    subgraphs,
    of({ name }, field) {
      // What clients see has no directives.
      const type = schema.getType(name)!;
      const definition = isObjectType(type) || isInterfaceType(type) ? type.getFields()[field] : undefined;
      const joined = directivesOf(definition, 'join__field').map(argumentsOf);
      const serving = joined.filter(
        ({ graph, external, usedOverridden }) => graph !== undefined && external !== true && usedOverridden !== true,
      );
      // Without a graph of its own, a field is served by every subgraph that has the type.
      const from = serving.length > 0 ? serving : directivesOf(type, 'join__type').map(argumentsOf);
      return [...new Set(from.flatMap(({ graph }) => named(graph)))];
    },
  };
}
