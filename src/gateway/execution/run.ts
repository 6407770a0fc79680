import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { Asking } from './executor.ts';

/**
 * Plans and executes an operation on one supergraph. The result has more data than was requested: see `complete.ts`.
 */
export type Run = (
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  context: Asking,
) => Promise<ExecutionResult>;

/** A supergraph, in SDL and as a schema. */
export interface Supergraph {
  readonly text: string;
  readonly schema: GraphQLSchema;
}
