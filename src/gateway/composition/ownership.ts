import { type GraphQLNamedType, type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import { readJoin } from './join.ts';

/** The name of our subgraph, which is executed in this process. */
export const OWN = 'gatehouse';

/** The subgraphs that serve the coordinates of a supergraph. */
export interface Ownership {
  /** Returns the names of the subgraphs that serve a field; empty if the join directives name none. */
  of(type: GraphQLNamedType, field: string): readonly string[];
  /**
   * Returns whether a subgraph defines a type, and whether it defines an interface as an object (`@interfaceObject`).
   */
  knows(subgraph: string, type: GraphQLNamedType): 'no' | 'itself' | 'interface object';
  /** The addresses of the subgraphs, by name. */
  readonly subgraphs: ReadonlyMap<string, string>;
}

/** Reads `@join__graph`, `@join__type` and `@join__field` (https://specs.apollo.dev/join/). */
export function readOwnership(schema: GraphQLSchema): Ownership {
  const join = readJoin(schema);
  return {
    subgraphs: new Map([...join.graphs.values()].map(({ name, url }) => [name, url])),
    knows(subgraph, type) {
      const joined = join.typeOf(type);
      // Older versions of composition write no `@join__type` on types without keys.
      if (joined.length === 0) return 'itself';
      const own = joined.filter(({ graph }) => graph === subgraph);
      if (own.length === 0) return 'no';
      return own.some(({ args }) => args['isInterfaceObject'] === true) ? 'interface object' : 'itself';
    },
    of({ name }, field) {
      // The public schema has no directives, so this reads the supergraph's own type.
      const type = schema.getType(name)!;
      const definition = isObjectType(type) || isInterfaceType(type) ? type.getFields()[field] : undefined;
      const serving = join
        .fieldOf(definition)
        .filter(
          ({ args }) => args['graph'] !== undefined && args['external'] !== true && args['usedOverridden'] !== true,
        );
      // A field without its own `@join__field` is served by every subgraph that has the type.
      const from = serving.length > 0 ? serving : join.typeOf(type);
      return [...new Set(from.map(({ graph }) => graph).filter(Boolean))];
    },
  };
}
