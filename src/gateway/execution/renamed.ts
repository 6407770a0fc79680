import type { FetchRewrite } from '@graphql-hive/router-query-planner';

/** Returns the plan's name of a response key, or of a step in a response path. */
export function renamed(step: string | number, rewrites: readonly FetchRewrite[] = []): string | number {
  for (const rewrite of rewrites) {
    if (!('KeyRenamer' in rewrite)) continue;
    const last = rewrite.KeyRenamer.path.at(-1);
    if (last && 'Key' in last && last.Key === step) return rewrite.KeyRenamer.renameKeyTo;
  }
  return step;
}
