import { SupergraphError } from './supergraph_error.ts';
import type { Taken } from './taken_fields.ts';

/** How many coordinates the operator is told: one directive on `Mutation` is on all of its fields. */
const MOST = 20;

/** Throws SupergraphError where a supergraph takes coordinates of our own schema, naming each and its subgraphs. */
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
