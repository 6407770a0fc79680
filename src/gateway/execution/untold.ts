import type { GraphQLError } from 'graphql';

/** A place at which an answer is not of its schema. */
export interface Unaccounted {
  readonly path: readonly (string | number)[];
  /** Whether nobody answered it, though it may not be null. */
  readonly isMissing: boolean;
}

/**
 * The faults that no told error accounts for: a null follows from an error at its place, or above or below it. What is
 * missing altogether counts as its parent: it goes with whatever beside it may not be null and failed. Places in lists
 * make no difference, because what failed for a whole list is told at the first of them; an error without a path may be
 * the reason of everything.
 */
export function untold<F extends Unaccounted>(faults: readonly F[], told: readonly GraphQLError[]): readonly F[] {
  if (faults.length === 0 || told.length === 0) return faults;
  const depth = Math.max(...new Set(faults.map((fault) => keysOf(fault).length)));
  // Deeper than any fault is below it all the same; and how long a path is says a subgraph.
  const paths = told.map((error) => keysOf(error).slice(0, depth));
  const at = new Set(paths.map(textOf));
  const above = new Set(paths.flatMap(beginnings));
  return faults.filter((fault) => {
    const keys = fault.isMissing ? keysOf(fault).slice(0, -1) : keysOf(fault);
    return !above.has(textOf(keys)) && !beginnings(keys).some((beginning) => at.has(beginning));
  });
}

function keysOf({ path }: Pick<GraphQLError, 'path'>): readonly string[] {
  return (path ?? []).filter((step) => typeof step === 'string');
}

function textOf(keys: readonly string[]): string {
  return keys.join(' ');
}

/** From nothing up to the whole. */
function beginnings(keys: readonly string[]): string[] {
  return [...keys.keys(), keys.length].map((length) => textOf(keys.slice(0, length)));
}
