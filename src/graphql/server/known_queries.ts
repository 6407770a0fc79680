import {
  type DocumentNode,
  execute,
  type ExecutionResult,
  getOperationAST,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { Context } from './context.ts';
import type { DocumentStore } from './document_store.ts';
import { exactVariables, plain } from './exact_variables.ts';
import { COERCION_BOUND } from './errors.ts';

/**
 * Executes a query that Apollo has parsed and validated before, and returns the bytes that Apollo would send. It exists
 * because Apollo's hooks, hashes and headers are more than half of the cost of the smallest answer.
 *
 * Returns null for everything that Apollo must answer: mutations, new documents, bodies with other members, and every
 * error, so that errors are worded in one place. A query with an error is executed twice, with the same context, so
 * that the caller is looked up once.
 */
export type KnownQueries = (body: unknown, context: Context) => Promise<string | null>;

/** Executes a valid query. */
export type ExecuteQuery = (
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>> | null | undefined,
  context: Context,
) => ExecutionResult | Promise<ExecutionResult>;

/** Returns a function that executes queries on one schema. */
export function executeOver(schema: GraphQLSchema): ExecuteQuery {
  return (document, variables, contextValue) => {
    const definitions = getOperationAST(document)?.variableDefinitions;
    const variableValues = variables && exactVariables(schema, { definitions, variables }, plain);
    return execute({
      schema,
      document,
      contextValue,
      options: COERCION_BOUND,
      ...(variableValues ? { variableValues } : {}),
    });
  };
}

export interface KnownQueryOptions {
  /** Returns whether a cached document is still valid and its operation is served here: the graph may have changed. */
  isValid?(document: DocumentNode, operation: OperationDefinitionNode): boolean;
  /** Receives each operation that is executed, with its request. */
  onServed?(operation: OperationDefinitionNode, context: Context): void;
}

/** Creates the executor of known queries. */
export function createKnownQueries(
  run: ExecuteQuery,
  documents: DocumentStore,
  { isValid = () => true, onServed = () => undefined }: KnownQueryOptions = {},
): KnownQueries {
  return async (body, context) => {
    if (!isPlain(body)) return null;
    const { query, variables } = body;
    const document = documents.of(query);
    const operation = document && onlyQuery(document);
    if (!operation || !isValid(document, operation)) return null;
    onServed(operation, context);
    const { data, errors } = await run(document, variables, context);
    return errors || !data ? null : `${JSON.stringify({ data })}\n`;
  };
}

interface PlainBody {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

/** Returns whether a body has only a query and its variables. Apollo handles `operationName` and `extensions`. */
function isPlain(body: unknown): body is PlainBody {
  if (typeof body !== 'object' || body === null) return false;
  const { query, variables, operationName, extensions } = body as Record<string, unknown>;
  return (
    typeof query === 'string' &&
    (variables == null || (typeof variables === 'object' && !Array.isArray(variables))) &&
    operationName == null &&
    extensions == null
  );
}

function onlyQuery({ definitions }: DocumentNode): OperationDefinitionNode | undefined {
  const [only, ...more] = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return more.length === 0 && only?.operation === OperationTypeNode.QUERY ? only : undefined;
}
