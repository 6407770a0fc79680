import { handleFederationSupergraph, UnifiedGraphManager } from '@graphql-mesh/fusion-runtime';
import { execute, type ExecutionResult } from 'graphql';
import type { Asking, Execute, Fetch } from './executor.ts';
import type { Run, Supergraph } from './planner.ts';

/** What plans where the native planner has no binary: slower. Throws where the supergraph cannot be planned over. */
export async function createJavascriptPlanner({ text }: Supergraph, fetch: Execute): Promise<Run> {
  const manager = new UnifiedGraphManager<Asking>({
    getUnifiedGraph: () => text,
    handleUnifiedGraph: handleFederationSupergraph,
    // The planner brings together what can be; what is left would be parsed and printed anew for every request.
    batch: false,
    // Every subgraph is reached our way, whatever transport the supergraph names for it.
    transports: () => ({
      getSubgraphExecutor: ({ subgraphName, transportEntry }) => {
        const url = transportEntry?.location ?? '';
        return (request) => fetch(subgraphName, url, request as unknown as Fetch) as never;
      },
    }),
  });
  const schema = await manager.getUnifiedGraph();
  const executor = await manager.getExecutor();
  return async (document, variables, context) => {
    // A context of its own for each request, never one that outlives it: what is remembered by it must not either.
    if (executor) return (await executor({ document, variables, context })) as ExecutionResult;
    return execute({ schema, document, variableValues: variables, contextValue: context });
  };
}
