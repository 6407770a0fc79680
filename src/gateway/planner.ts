import type { UnifiedGraphHandler } from '@graphql-mesh/fusion-runtime';
import { buildSchema, type DocumentNode, execute, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { Asking, Fetch, FetchResult } from './executor.ts';

/** What plans: the native planner, or its sibling in JavaScript where there is no binary for this machine. */
export type PlannerKind = 'native' | 'javascript';

/** Plans and executes operations over one supergraph. */
export interface Planner {
  /** What clients see: without what is inaccessible or federation's own. */
  readonly schema: GraphQLSchema;
  run(document: DocumentNode, variables: Readonly<Record<string, unknown>>, context: Asking): Promise<ExecutionResult>;
}

/** Which planner this machine can run. @param load what brings the native one */
export async function choosePlanner(
  load: () => Promise<unknown> = () => import('@graphql-hive/router-query-planner'),
): Promise<PlannerKind> {
  return load().then(
    () => 'native' as const,
    () => 'javascript' as const,
  );
}

/**
 * Throws where the supergraph cannot be planned over.
 * @param fetch reaches every subgraph our way, whatever transport the supergraph names for it
 */
export async function createPlanner(
  supergraph: string,
  kind: PlannerKind,
  fetch: (subgraph: string, fetch: Fetch) => Promise<FetchResult>,
): Promise<Planner> {
  const handle: UnifiedGraphHandler =
    kind === 'native'
      ? (await import('@graphql-hive/router-runtime')).unifiedGraphHandler
      : (await import('@graphql-mesh/fusion-runtime')).handleFederationSupergraph;
  // Without the manager that the runtime has for it: what comes and goes is the gateway's business, and each fetch would
  // make a logger, hooks and instruments that nobody uses.
  const { unifiedGraph: schema, executor } = await handle({
    unifiedGraph: buildSchema(supergraph, { assumeValid: true, assumeValidSDL: true, noLocation: true }),
    getUnifiedGraphSDL: () => supergraph,
    onSubgraphExecute: (subgraph, request) => fetch(subgraph, request) as never,
  });
  return {
    schema,
    async run(document, variables, context) {
      // A context of its own for each request, never one that outlives it: what is remembered by it must not either.
      if (executor) return (await executor({ document, variables, context })) as ExecutionResult;
      return execute({ schema, document, variableValues: variables, contextValue: context });
    },
  };
}
