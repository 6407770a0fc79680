import { handleFederationSupergraph, UnifiedGraphManager } from '@graphql-mesh/fusion-runtime';
import { execute, type ExecutionResult, type GraphQLNamedType } from 'graphql';
import { isLacking, readComputed } from '../execution/computed.ts';
import { isEntity } from '../execution/entity.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { RequestScope, ExecuteFetch, Fetch } from '../execution/executor.ts';
import { withoutDoubt } from '../execution/failed.ts';
import { withoutFailed } from '../execution/failed_representations.ts';
import { renamePrototypeNames } from '../analysis/prototype_names.ts';
import type { PlanRunner, ComposedSupergraph } from '../execution/plan_runner.ts';
import { createSelections, ENTITIES } from '../execution/selection.ts';
import { createSpecifiedNumbers } from '../execution/specified_numbers.ts';

/**
 * Creates the slower planner, for machines without a binary of the native one.
 * @throws if the planner refuses the supergraph
 */
export async function createJavascriptPlanner(
  { text, schema: whole }: ComposedSupergraph,
  fetch: ExecuteFetch,
): Promise<PlanRunner> {
  const renaming = renamePrototypeNames(text);
  const settleNumbers = createSpecifiedNumbers(whole);
  const selections = createSelections(whole);
  const computed = readComputed(whole);

  /** Returns a check whether a representation lacks fields that the fetch is computed from. */
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

  const manager = new UnifiedGraphManager<RequestScope>({
    getUnifiedGraph: () => renaming?.supergraph ?? text,
    handleUnifiedGraph: handleFederationSupergraph,
    // The planner already merges fetches. A batching executor would parse and print documents again for every request.
    batch: false,
    // Uses our transport for every subgraph, whichever transport the supergraph names.
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
    // Uses a new context per request, because libraries cache by context and such a cache must not outlive the request.
    try {
      if (executor) return (await executor({ document, variables, context })) as ExecutionResult;
      return await execute({ schema, document, variableValues: variables, contextValue: context });
    } catch (cause) {
      // Errors of fetches are in the result, so this error is the planner's.
      if (cause instanceof Refusal) throw cause;
      throw new Refusal('VALIDATION_FAILED', { message: 'The operation cannot be planned', cause });
    }
  };
}
