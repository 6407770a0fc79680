import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { Asking } from './executor.ts';

/** Plans and executes an operation over one supergraph. It answers more than was asked for: see `complete.ts`. */
export type Run = (
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  context: Asking,
) => Promise<ExecutionResult>;

/** A supergraph, as it was composed and as a schema. */
export interface Supergraph {
  readonly text: string;
  readonly schema: GraphQLSchema;
}
