import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type GraphQLFieldResolver, type GraphQLSchema, lexicographicSortSchema, parse } from 'graphql';
import { createResolversMap } from 'type-graphql';
import { invalidInput } from '../../kernel/errors.ts';
import type { Context } from '../server/context.ts';
import { copyMarks } from './credential.ts';
import type { UserObject } from '../resolvers/types.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';

/** More than any plan of a router asks for at once; each is a key in one query of ours. */
const MOST_REPRESENTATIONS = 1000;

/** The schema's text as routers compose it: what clients see, and the directives of `types.ts`. */
export function printSubgraph(schema: GraphQLSchema): string {
  // graphql-js's own printer leaves directives out.
  return `${LINK}\n\n${printSchemaWithDirectives(lexicographicSortSchema(schema))}\n`;
}

/** The same graph as a subgraph of Apollo Federation 2: it has `Query._service` and `Query._entities` besides. */
export function toSubgraph(schema: GraphQLSchema): GraphQLSchema {
  const sdl = printSubgraph(schema);
  // The two libraries write down the same map in different types.
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
 * What a router knows entities by, in its order. The library's own resolver ends at the first representation it cannot
 * read, and takes those beside it with it: here such a one is null, like an account that nobody has.
 * Throws BAD_USER_INPUT where there are too many.
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

/** The account that a representation stands for, by either of `User`'s keys or both. */
function resolveReference(representation: unknown, context: Context): Promise<UserObject | null> | null {
  const { __typename, username, id } = Object(representation) as Record<string, unknown>;
  if (__typename !== 'User' || !isKey(username) || !isKey(id)) return null;
  return context.userOf({ username, id });
}

const isKey = (value: unknown): value is string | undefined => value === undefined || typeof value === 'string';
