import { GraphQLError } from 'graphql';
import { wordless } from './response_errors.ts';
import type { Lookup } from './lookups.ts';
import { renamed } from './renamed.ts';

/**
 * Moves errors of entities to every position of the entity. An error of no entity moves to the first position of all.
 */
export function* relocate(errors: readonly GraphQLError[], lookups: readonly Lookup[]): Generator<GraphQLError> {
  const firsts = new Map(lookups.map((lookup) => [lookup, lookup.places.find(Boolean)?.[0]]));
  const used = lookups.find((lookup) => firsts.get(lookup));
  for (const error of errors) {
    const { message, path, originalError } = error;
    const [key, index, ...rest] = path ?? [];
    const named = lookups.find((one) => one.key === key);
    const places = (typeof index === 'number' && named?.places[index]) || [];
    const below = rest.map((step) => renamed(step, named?.rewrites));
    for (const place of places) {
      yield new GraphQLError(message, { path: [...place.path, ...below], originalError: originalError ?? null });
    }
    const first = firsts.get(named ?? used!);
    if (places.length === 0 && first) yield wordless(error, first.path);
  }
}
