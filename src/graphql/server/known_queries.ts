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
 * Answers a query that Apollo has parsed and validated before and that has nothing to say but data: the bytes that
 * Apollo would answer. Null for everything else, which is Apollo's: mutations, documents that are new, whatever in a
 * body is not plain, and every error, so that refusals are worded in one place. A query that ends in one is executed
 * twice, with the same context: who asks is not found out again.
 *
 * Why it is here: of what the smallest answer costs, Apollo's way through hooks, hashes and headers is more than half.
 */
export type KnownQueries = (body: unknown, context: Context) => Promise<string | null>;

/** Executes a valid query. */
export type ExecuteQuery = (
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>> | null | undefined,
  context: Context,
) => ExecutionResult | Promise<ExecutionResult>;

/** Executes over one schema. */
export function executeOver(schema: GraphQLSchema): ExecuteQuery {
  return (document, variables, contextValue) => {
    const definitions = getOperationAST(document)?.variableDefinitions;
    const variableValues = variables && exactVariables(schema, definitions, variables, plain);
    return execute({
      schema,
      document,
      contextValue,
      options: COERCION_BOUND,
      ...(variableValues ? { variableValues } : {}),
    });
  };
}

/**
 * @param isValid whether a document that was valid once still is, and its operation is for here: the graph may be another one by now
 * @param onServed told which operation is executed, and for which request
 */
export function createKnownQueries(
  run: ExecuteQuery,
  documents: DocumentStore,
  isValid: (document: DocumentNode, operation: OperationDefinitionNode) => boolean = () => true,
  onServed: (operation: OperationDefinitionNode, context: Context) => void = () => undefined,
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

/** Nothing but a query and its variables; which operation is meant, and everything in `extensions`, is Apollo's to say. */
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
