import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { type Mutant, mutantsOf } from './mutation.ts';
import { NOT_DECIDING, ROOMS } from './rooms.ts';

/** A mutant with its room. */
export interface Placed {
  readonly room: string;
  readonly mutant: Mutant;
}

/** Returns every mutant of the deciding rooms. @param only a glob of their paths */
export function allMutants(only?: string): Placed[] {
  const wanted = only === undefined ? undefined : new Set(globSync(only));
  return Object.entries(ROOMS).flatMap(([room, globs]) =>
    globSync([...globs], { exclude: [...NOT_DECIDING] })
      .filter((path) => wanted?.has(path) ?? true)
      .sort()
      .flatMap((path) => mutantsOf(path, readFileSync(path, 'utf8')).map((mutant) => ({ room, mutant }))),
  );
}

/**
 * Orders mutants by their ids and a seed, so that the same seed draws nearly the same sample after sources have
 * changed.
 */
export function shuffle(mutants: readonly Placed[], seed: string): Placed[] {
  const rank = ({ mutant }: Placed) => createHash('sha256').update(`${seed} ${mutant.id}`).digest('hex');
  return mutants
    .map((placed) => ({ placed, rank: rank(placed) }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .map(({ placed }) => placed);
}
