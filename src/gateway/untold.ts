import type { GraphQLError } from 'graphql';

/** What nobody answered, though it may not be null. */
export class Missing extends Error {}

/**
 * The faults that no told error accounts for: a null follows from an error at its place, or above or below it. What is
 * missing altogether counts as its parent: it goes with whatever beside it may not be null and failed. Places in lists
 * make no difference, because what failed for a whole list is told at the first of them; an error without a path may be
 * the reason of everything.
 */
export function untold(faults: readonly GraphQLError[], told: readonly GraphQLError[]): readonly GraphQLError[] {
  if (faults.length === 0 || told.length === 0) return faults;
  const depth = Math.max(...new Set(faults.map((fault) => keysOf(fault).length)));
  // Deeper than any fault is below it all the same; and how long a path is says a subgraph.
  const paths = told.map((error) => keysOf(error).slice(0, depth));
  const at = new Set(paths.map(textOf));
  const above = new Set(paths.flatMap(beginnings));
  return faults.filter((fault) => {
    const keys = fault.originalError instanceof Missing ? keysOf(fault).slice(0, -1) : keysOf(fault);
    return !above.has(textOf(keys)) && !beginnings(keys).some((beginning) => at.has(beginning));
  });
}

function keysOf({ path }: GraphQLError): readonly string[] {
  return (path ?? []).filter((step) => typeof step === 'string');
}

function textOf(keys: readonly string[]): string {
  return keys.join(' ');
}

/** From nothing up to the whole. */
function beginnings(keys: readonly string[]): string[] {
  return [...keys.keys(), keys.length].map((length) => textOf(keys.slice(0, length)));
}
