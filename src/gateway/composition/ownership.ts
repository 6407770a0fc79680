import { type GraphQLNamedType, type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import { readJoin } from './join.ts';

/** Our own subgraph's name: the one that is executed in this process. */
export const OWN = 'gatehouse';

/** Which subgraphs serve a coordinate of a supergraph. */
export interface Ownership {
  /** The subgraphs' names, by the join specification's directives; empty where it does not say. */
  of(type: GraphQLNamedType, field: string): readonly string[];
  /** How a subgraph knows a type: not at all, as what it is, or an interface as an object (`@interfaceObject`). */
  knows(subgraph: string, type: GraphQLNamedType): 'no' | 'itself' | 'interface object';
  /** The subgraphs and their addresses. */
  readonly subgraphs: ReadonlyMap<string, string>;
}

/** Reads `@join__graph`, `@join__type` and `@join__field` (https://specs.apollo.dev/join/). */
export function readOwnership(schema: GraphQLSchema): Ownership {
  const join = readJoin(schema);
  return {
    subgraphs: new Map([...join.graphs.values()].map(({ name, url }) => [name, url])),
    knows(subgraph, type) {
      const joined = join.typeOf(type);
      // Older compositions say nothing of types that have no keys.
      if (joined.length === 0) return 'itself';
      const own = joined.filter(({ graph }) => graph === subgraph);
      if (own.length === 0) return 'no';
      return own.some(({ args }) => args['isInterfaceObject'] === true) ? 'interface object' : 'itself';
    },
    of({ name }, field) {
      // What clients see has no directives.
      const type = schema.getType(name)!;
      const definition = isObjectType(type) || isInterfaceType(type) ? type.getFields()[field] : undefined;
      const serving = join
        .fieldOf(definition)
        .filter(
          ({ args }) => args['graph'] !== undefined && args['external'] !== true && args['usedOverridden'] !== true,
        );
      // Without a graph of its own, a field is served by every subgraph that has the type.
      const from = serving.length > 0 ? serving : join.typeOf(type);
      return [...new Set(from.map(({ graph }) => graph).filter(Boolean))];
    },
  };
}
