import type { GraphQLError } from 'graphql';

/** A position where a response does not match its schema. */
export interface UnexpectedNull {
  readonly path: readonly (string | number)[];
  /** True if a non-null field has no value. */
  readonly isMissing: boolean;
}

/**
 * Returns the faults that no reported error explains. A null follows from an error at its position, above it or below
 * it. A missing value counts as its parent, which a failed non-null sibling removes. List indexes are ignored, because
 * an error of a whole list is reported at its first item. An error without a path may explain every fault.
 */
export function unreportedNulls<F extends UnexpectedNull>(
  faults: readonly F[],
  told: readonly GraphQLError[],
): readonly F[] {
  if (faults.length === 0 || told.length === 0) return faults;
  const depth = Math.max(...new Set(faults.map((fault) => keysOf(fault).length)));
  // Cuts paths to the depth of the deepest fault, because a subgraph chooses their length.
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

/** Returns all prefixes of a path, from the empty one to the whole. */
function beginnings(keys: readonly string[]): string[] {
  return [...keys.keys(), keys.length].map((length) => textOf(keys.slice(0, length)));
}
