import type { FetchRewrite } from '@graphql-hive/router-query-planner';

/** A response key of a fetch, or a step of a path in its answer, as the plan has it. */
export function renamed(step: string | number, rewrites: readonly FetchRewrite[] = []): string | number {
  for (const rewrite of rewrites) {
    if (!('KeyRenamer' in rewrite)) continue;
    const last = rewrite.KeyRenamer.path.at(-1);
    if (last && 'Key' in last && last.Key === step) return rewrite.KeyRenamer.renameKeyTo;
  }
  return step;
}
