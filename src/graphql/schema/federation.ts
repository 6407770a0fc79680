import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type GraphQLFieldResolver, type GraphQLSchema, lexicographicSortSchema, parse } from 'graphql';
import { createResolversMap } from 'type-graphql';
import { invalidInput } from '../../kernel/errors.ts';
import type { Context } from '../server/context.ts';
import { copyMarks } from './credential.ts';
import type { UserObject } from '../resolvers/types.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';

/** The most representations of one request. No plan of a router needs more. Each is a key of one SQL query. */
const MOST_REPRESENTATIONS = 1000;

/** Returns the text of the schema for composition: the schema that clients see, with the directives of `types.ts`. */
export function printSubgraph(schema: GraphQLSchema): string {
  // The printer of graphql-js omits directives.
  return `${LINK}\n\n${printSchemaWithDirectives(lexicographicSortSchema(schema))}\n`;
}

/** Returns the schema as a subgraph of Apollo Federation 2, with `Query._service` and `Query._entities` added. */
export function toSubgraph(schema: GraphQLSchema): GraphQLSchema {
  const sdl = printSubgraph(schema);
  // The two libraries type the same map differently.
  const resolvers = createResolversMap(schema) as Record<
    string,
    Record<string, GraphQLFieldResolver<unknown, Context>>
  >;
  const federated = {
    ...resolvers,
    Query: { ...resolvers['Query'], _service: () => ({ sdl }), _entities: resolveEntities },
    _Entity: { __resolveType: () => 'User' },
  };
  const subgraph = buildSubgraphSchema([{ typeDefs: parse(sdl, { noLocation: true }), resolvers: federated }]);
  copyMarks(schema, subgraph);
  return subgraph;
}

/**
 * Resolves the representations of a router, in their order. The resolver of the library fails all of them for one that
 * it cannot read. This one returns null for it, as for an account that does not exist.
 * @throws BAD_USER_INPUT for more than {@link MOST_REPRESENTATIONS}
 */
function resolveEntities(
  _root: unknown,
  { representations }: { readonly representations: readonly unknown[] },
  context: Context,
): (Promise<UserObject | null> | null)[] {
  if (representations.length > MOST_REPRESENTATIONS) {
    throw invalidInput({ field: 'representations', code: 'TOO_MANY', max: MOST_REPRESENTATIONS });
  }
  return representations.map((representation) => resolveReference(representation, context));
}

/** Returns the account of a representation, by one of the keys of `User` or by both. */
function resolveReference(representation: unknown, context: Context): Promise<UserObject | null> | null {
  const { __typename, username, id } = Object(representation) as Record<string, unknown>;
  if (__typename !== 'User' || !isKey(username) || !isKey(id)) return null;
  return context.userOf({ username, id });
}

const isKey = (value: unknown): value is string | undefined => value === undefined || typeof value === 'string';
