import type { Execute } from '../execution/executor.ts';
import type { Run, Supergraph } from '../execution/run.ts';

/** What plans: the native planner, or its sibling in JavaScript where there is no binary for this machine. */
export type PlannerKind = 'native' | 'javascript';

/** Which planner this machine can run. @param load what brings the native one */
export async function choosePlanner(
  load: () => Promise<unknown> = () => import('@graphql-hive/router-query-planner'),
): Promise<PlannerKind> {
  return load().then(
    () => 'native' as const,
    () => 'javascript' as const,
  );
}

/** Throws where the supergraph cannot be planned over. */
export async function createPlanner(supergraph: Supergraph, kind: PlannerKind, fetch: Execute): Promise<Run> {
  if (kind === 'native') {
    const { createNativePlanner } = await import('./native_planner.ts');
    return createNativePlanner(supergraph, fetch);
  }
  const { createJavascriptPlanner } = await import('./javascript_planner.ts');
  return createJavascriptPlanner(supergraph, fetch);
}
