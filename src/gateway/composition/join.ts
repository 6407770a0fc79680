import {
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { argumentsOf, directivesOf } from './directives.ts';

/** One `@join__type` or `@join__field`. */
export interface Joined {
  /** The subgraph's name, or an empty string if the directive names none. */
  readonly graph: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The directives of the join specification in a supergraph (https://specs.apollo.dev/join/). */
export interface Join {
  /** The subgraphs, by their values of the enum `join__Graph`. */
  readonly graphs: ReadonlyMap<string, { readonly name: string; readonly url: string }>;
  typeOf(type: GraphQLNamedType | undefined): readonly Joined[];
  fieldOf(field: GraphQLField<unknown, unknown> | undefined): readonly Joined[];
}

export function readJoin(supergraph: GraphQLSchema): Join {
  const type = supergraph.getType('join__Graph');
  const graphs = new Map(
    (isEnumType(type) ? type.getValues() : []).flatMap(({ name: value, astNode }) => {
      const directive = astNode?.directives?.find(({ name }) => name.value === 'join__graph');
      const { name, url } = directive ? argumentsOf(directive) : {};
      return typeof name === 'string' ? [[value, { name, url: typeof url === 'string' ? url : '' }] as const] : [];
    }),
  );
  const joined = (directive: ConstDirectiveNode): Joined => {
    const args = argumentsOf(directive);
    return { graph: graphs.get(String(args['graph']))?.name ?? '', args };
  };
  return {
    graphs,
    typeOf: (one) => directivesOf(one, 'join__type').map(joined),
    fieldOf: (field) => directivesOf(field, 'join__field').map(joined),
  };
}

/** Parses a set of fields, as in the arguments `provides` and `requires`. */
export function parseFields(text: string): SelectionSetNode {
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`Not a set of fields: ${text}`);
  return definition.selectionSet;
}
