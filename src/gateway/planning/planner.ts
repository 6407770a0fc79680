import type { ExecuteFetch } from '../execution/executor.ts';
import type { PlanRunner, ComposedSupergraph } from '../execution/plan_runner.ts';

/** The planner in use: the native one, or the one in JavaScript if this machine has no binary. */
export type PlannerKind = 'native' | 'javascript';

/** Returns the planner that this machine can run. @param load imports the native planner */
export async function choosePlanner(
  load: () => Promise<unknown> = () => import('@graphql-hive/router-query-planner'),
): Promise<PlannerKind> {
  return load().then(
    () => 'native' as const,
    () => 'javascript' as const,
  );
}

/** Creates a planner of the given kind. @throws if the planner refuses the supergraph */
export async function createPlanner(
  supergraph: ComposedSupergraph,
  kind: PlannerKind,
  fetch: ExecuteFetch,
): Promise<PlanRunner> {
  if (kind === 'native') {
    const { createNativePlanner } = await import('./native_planner.ts');
    return createNativePlanner(supergraph, fetch);
  }
  const { createJavascriptPlanner } = await import('./javascript_planner.ts');
  return createJavascriptPlanner(supergraph, fetch);
}
