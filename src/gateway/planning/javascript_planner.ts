import { handleFederationSupergraph, UnifiedGraphManager } from '@graphql-mesh/fusion-runtime';
import { execute, type ExecutionResult, type GraphQLNamedType } from 'graphql';
import { isLacking, readComputed } from '../execution/computed.ts';
import { isEntity } from '../execution/entity.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { Asking, Execute, Fetch } from '../execution/executor.ts';
import { withoutDoubt } from '../execution/failed.ts';
import { withoutFailed } from '../execution/failed_representations.ts';
import { renameInherited } from '../analysis/inherited_names.ts';
import type { Run, Supergraph } from '../execution/run.ts';
import { createSelections, ENTITIES } from '../execution/selection.ts';
import { createSpecifiedNumbers } from '../execution/specified_numbers.ts';

/** What plans where the native planner has no binary: slower. Throws where the supergraph cannot be planned over. */
export async function createJavascriptPlanner({ text, schema: whole }: Supergraph, fetch: Execute): Promise<Run> {
  const renaming = renameInherited(text);
  const settleNumbers = createSpecifiedNumbers(whole);
  const selections = createSelections(whole);
  const computed = readComputed(whole);

  /** Whether something that the fields of a fetch are computed from was never read. */
  function lacking(subgraph: string, { document, variables = {} }: Fetch): (representation: unknown) => boolean {
    const renamed = renaming ? renaming.fetched(document) : document;
    const { type: root, selection } = selections.of(renamed, variables);
    const fields = [...selection.of(root).values()].filter(({ name }) => name === ENTITIES);
    return (representation) => {
      const type = isEntity(representation) && whole.getType(String(representation['__typename']));
      const names = type ? fields.flatMap(({ below }) => [...below!.of(type).values()].map(({ name }) => name)) : [];
      const known = renaming ? renaming.variables(representation) : representation;
      return names.some((name) =>
        computed.requiredFor(subgraph, type as GraphQLNamedType, name).some((set) => isLacking(known, set)),
      );
    };
  }

  const manager = new UnifiedGraphManager<Asking>({
    getUnifiedGraph: () => renaming?.supergraph ?? text,
    handleUnifiedGraph: handleFederationSupergraph,
    // The planner brings together what can be; what is left would be parsed and printed anew for every request.
    batch: false,
    // Every subgraph is reached our way, whatever transport the supergraph names for it.
    transports: () => ({
      getSubgraphExecutor: ({ subgraphName, transportEntry }) => {
        const url = transportEntry?.location ?? '';
        const ask = async (asked: Fetch) => {
          const { document, variables = {} } = asked;
          const renamed = renaming
            ? { document: renaming.fetched(document), variables: renaming.variables(variables) }
            : { document, variables };
          const result = await fetch(subgraphName, url, { ...asked, ...renamed });
          settleNumbers(renamed.document, result.data);
          return withoutDoubt(result, selections.of(renamed.document, renamed.variables));
        };
        return (request) => {
          const asked = request as unknown as Fetch;
          return withoutFailed(asked, lacking(subgraphName, asked), ask) as never;
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
