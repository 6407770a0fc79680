import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { RequestScope } from './executor.ts';

/**
 * Plans and executes an operation on one supergraph. The result has more data than was requested: see
 * `complete_response.ts`.
 */
export type PlanRunner = (
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  context: RequestScope,
) => Promise<ExecutionResult>;

/** A supergraph, in SDL and as a schema. */
export interface ComposedSupergraph {
  readonly text: string;
  readonly schema: GraphQLSchema;
}
