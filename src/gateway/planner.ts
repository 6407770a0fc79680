import type { UnifiedGraphHandler } from '@graphql-mesh/fusion-runtime';
import {
  buildSchema,
  type DocumentNode,
  execute,
  type ExecutionResult,
  type GraphQLSchema,
  isEnumType,
  print,
} from 'graphql';
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
    kind === 'native' ? await native() : (await import('@graphql-mesh/fusion-runtime')).handleFederationSupergraph;
  // Without the manager that the runtime has for it: what comes and goes is the gateway's business, and each fetch would
  // make a logger, hooks and instruments that nobody uses.
  const { unifiedGraph: schema, executor } = await handle({
    unifiedGraph: buildSchema(supergraph, { assumeValid: true, assumeValidSDL: true, noLocation: true }),
    getUnifiedGraphSDL: () => supergraph,
    onSubgraphExecute: (subgraph, request) => fetch(subgraph, request as unknown as Fetch) as never,
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

/**
 * The native planner. At its first request it builds the whole graph once more in its sibling's way, only to look up
 * transforms of subgraphs, and of those there are none here: it is given the subgraphs' names instead. That saves the
 * memory and the time, and what the sibling cannot build is no matter to it.
 */
async function native(): Promise<UnifiedGraphHandler> {
  const { unifiedGraphHandler } = await import('@graphql-hive/router-runtime');
  return async (given) => {
    const options = { ...given };
    const handled = await unifiedGraphHandler(options);
    options.unifiedGraph = onlyNames(given.unifiedGraph);
    return handled;
  };
}

/** A supergraph of the same subgraphs, with nothing in them. */
function onlyNames(supergraph: GraphQLSchema): GraphQLSchema {
  const graphs = supergraph.getType('join__Graph');
  const values = isEnumType(graphs) ? graphs.getValues() : [];
  const inEach = values.map(({ name }) => `@join__type(graph: ${name})`).join(' ');
  return buildSchema(
    `directive @join__graph(name: String!, url: String!) on ENUM_VALUE
    directive @join__type(graph: join__Graph!) repeatable on OBJECT
    enum join__Graph { ${values.map(({ astNode }) => print(astNode!)).join(' ')} }
    type Query ${inEach} { nothing: Boolean }`,
    { assumeValidSDL: true },
  );
}
