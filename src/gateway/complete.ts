import {
  execute,
  type ExecutionResult,
  type FieldNode,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  visit,
} from 'graphql';
import { Refusal } from '../kernel/errors.ts';
import { OWN } from './ownership.ts';
import type { Operation } from './operation.ts';
import { Missing, untold } from './untold.ts';

/** What the subgraphs answered to what was asked of them. */
export interface Gathered {
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly GraphQLError[];
}

/**
 * The answer to the operation as it was sent, out of what was gathered: graphql-js itself walks it over the schema, so
 * that a field that was taken out is null with its error, an entity that nobody found is null, and a null where none may
 * be takes its parent with it, all as the specification says; and nothing comes along that was not asked for.
 * @param refused the fields that were taken out
 */
export function complete(
  schema: GraphQLSchema,
  operation: Operation,
  variables: Readonly<Record<string, unknown>>,
  refused: ReadonlySet<FieldNode>,
  { data, errors }: Gathered,
  refusal: () => Refusal,
): ExecutionResult {
  const missing = withFieldsBelow(refused);
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (
    source,
    _args,
    _context,
    { fieldNodes, returnType },
  ) => {
    if (missing.size > 0 && fieldNodes.every((node) => missing.has(node))) throw refusal();
    const key = operation.keys.of(fieldNodes[0]!);
    // Every object inherits a `constructor`, and nobody answered it.
    if (!Object.hasOwn(source as object, key)) return isNonNullType(returnType) ? new Missing('Missing') : undefined;
    const value = (source as Record<string, unknown>)[key];
    return isCompositeType(getNamedType(returnType)) ? objects(value, returnType) : value;
  };
  const result = execute({
    schema,
    document: { kind: Kind.DOCUMENT, definitions: [operation.definition] },
    rootValue: data,
    variableValues: variables,
    fieldResolver,
    typeResolver: (value) => (value as { __typename?: string }).__typename,
  }) as ExecutionResult;
  const found = result.errors ?? [];
  const refusals = found.filter((error) => error.originalError instanceof Refusal);
  const faults = found.filter((error) => !(error.originalError instanceof Refusal));
  const gathered = errors.map((error) => relocated(error, operation));
  // A null that breaks the schema follows from an error that was told already, or else is one of the subgraph's own.
  const own = untold(faults, gathered).map((error) => blame(error, operation));
  const all = [...gathered, ...refusals, ...own];
  return { data: result.data ?? null, ...(all.length > 0 ? { errors: all } : {}) };
}

/**
 * The fields that were taken out and all that were in them. What answers to one response key is asked for by several nodes,
 * of which only some may be refused (`{ i { ... on Pub { owner { id } } owner { name } } }`): the object is there then, and
 * of it what was asked for within the refused ones is refused too.
 */
function withFieldsBelow(refused: ReadonlySet<FieldNode>): ReadonlySet<FieldNode> {
  const found = new Set<FieldNode>();
  for (const node of refused) visit(node, { Field: (one) => (found.has(one) ? false : void found.add(one)) });
  return found;
}

/** graphql-js would take a text for an object without any of its fields: what is none is an error, at its own place. */
function objects(value: unknown, type: GraphQLOutputType): unknown {
  const inner = getNullableType(type);
  if (value == null) return value;
  // What is no list where one belongs graphql-js finds itself.
  if (isListType(inner)) return Array.isArray(value) ? value.map((one) => objects(one, inner.ofType)) : value;
  return typeof value === 'object' && !Array.isArray(value) ? value : new Error('Not an object');
}

/** An error where the client asked for the field, and not where the plan did. */
function relocated(error: GraphQLError, { keys }: Operation): GraphQLError {
  const { message, path, originalError } = error;
  return path ? new GraphQLError(message, { path: keys.restore(path), originalError: originalError ?? null }) : error;
}

/** What a subgraph answered is not of its schema. */
function blame(error: GraphQLError, operation: Operation): GraphQLError {
  const node = error.nodes?.[0];
  const owners = node?.kind === Kind.FIELD ? operation.ownersOf(node) : [];
  return new GraphQLError(error.message, {
    path: error.path ?? null,
    originalError: subgraphFailed(owners.find((name) => name !== OWN) ?? owners[0] ?? 'unknown', error),
  });
}

/** The refusal that names a subgraph, and nothing more. */
export function subgraphFailed(subgraph: string, cause: unknown): Refusal {
  return new Refusal('SUBREQUEST_FAILED', { message: `Subgraph ${subgraph} failed`, cause });
}
