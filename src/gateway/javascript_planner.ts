import { handleFederationSupergraph, UnifiedGraphManager } from '@graphql-mesh/fusion-runtime';
import { execute, type ExecutionResult } from 'graphql';
import { Refusal } from '../kernel/errors.ts';
import type { Asking, Execute, Fetch } from './executor.ts';
import { renameInherited } from './inherited_names.ts';
import type { Run, Supergraph } from './run.ts';

/** What plans where the native planner has no binary: slower. Throws where the supergraph cannot be planned over. */
export async function createJavascriptPlanner({ text }: Supergraph, fetch: Execute): Promise<Run> {
  const renaming = renameInherited(text);
  const manager = new UnifiedGraphManager<Asking>({
    getUnifiedGraph: () => renaming?.supergraph ?? text,
    handleUnifiedGraph: handleFederationSupergraph,
    // The planner brings together what can be; what is left would be parsed and printed anew for every request.
    batch: false,
    // Every subgraph is reached our way, whatever transport the supergraph names for it.
    transports: () => ({
      getSubgraphExecutor: ({ subgraphName, transportEntry }) => {
        const url = transportEntry?.location ?? '';
        return (request) => {
          const asked = request as unknown as Fetch;
          const { document, variables = {} } = asked;
          const renamed = renaming && {
            document: renaming.fetched(document),
            variables: renaming.variables(variables),
          };
          return fetch(subgraphName, url, { ...asked, ...renamed }) as never;
        };
      },
    }),
  });
  const schema = await manager.getUnifiedGraph();
  const executor = await manager.getExecutor();
  return async (asked, variables, context) => {
    const document = renaming?.planned(asked) ?? asked;
    // A context of its own for each request, never one that outlives it: what is remembered by it must not either.
    try {
      if (executor) return (await executor({ document, variables, context })) as ExecutionResult;
      return await execute({ schema, document, variableValues: variables, contextValue: context });
    } catch (cause) {
      // What fetches fail with is in their results: this is the planner's own.
      if (cause instanceof Refusal) throw cause;
      throw new Refusal('VALIDATION_FAILED', { message: 'The operation cannot be planned', cause });
    }
  };
}
