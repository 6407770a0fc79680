import { SupergraphError } from './supergraph_error.ts';
import type { Taken } from './taken_fields.ts';

/** Limits the coordinates in one message: a directive on `Mutation` affects all of its fields. */
const MOST = 20;

/**
 * Refuses a supergraph that takes coordinates of our schema.
 * @throws SupergraphError that names each coordinate and its subgraphs
 */
export function refuseTaken(taken: readonly Taken[]): void {
  if (taken.length === 0) return;
  const lines = taken.map(({ coordinate, by, what }) => {
    const subgraphs = by.filter(Boolean).join(', ') || 'the supergraph';
    return `${coordinate} belongs to gatehouse, but ${what}: ${subgraphs}`;
  });
  const told = [...new Set(lines)];
  const more = told.length > MOST ? [`and ${told.length - MOST} more`] : [];
  throw new SupergraphError(
    'the subgraphs change the schema of gatehouse',
    [...told.slice(0, MOST), ...more].join('\n'),
  );
}
