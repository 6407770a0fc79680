import type { Benchmark } from './support/bench.ts';
import { compareAnswers, distinctOrders, startSubgraphs } from './support/federation.ts';
import { atLeast, figure } from './support/figure.ts';
import { SHOWN } from './support/loads.ts';
import { each, interleave, measure, peakOf, ratios, ratiosPerCore } from './support/rounds.ts';
import { populate, someOf } from './support/seed.ts';

/**
 * Measures the cost of the authorization directives: the same query with the tokens of users who may read everything,
 * through a Gatehouse over subgraphs with directives, and through one over the same subgraphs without.
 */
export const directives: Benchmark = async (bench) => {
  const subgraphs = await startSubgraphs(bench);
  const signedIn = async (kind: 'open' | 'guarded') => {
    const gatehouse = await subgraphs.gatehouse(kind);
    const population = await populate(gatehouse, SHOWN);
    const tokens = await population.tokens(someOf(population.count, SHOWN));
    return { ...gatehouse, token: tokens[0]!, load: distinctOrders(gatehouse, tokens) };
  };
  const [open, guarded] = [await signedIn('open'), await signedIn('guarded')];
  await compareAnswers(open, guarded);

  const samples = await interleave(
    { guarded: (ms) => measure(guarded.load, ms), open: (ms) => measure(open.load, ms) },
    bench.pace,
  );
  return [
    figure('federated query/s with directives ÷ without, by the clock', ratios(samples.guarded, samples.open), {
      wanted: atLeast(0.9),
      samples,
    }),
    figure('  the same per core of the server', ratiosPerCore(samples.guarded, samples.open)),
    figure('  queries/s with', each(samples.guarded, 'perSecond'), { digits: 0, memoryKib: peakOf(samples.guarded) }),
    figure('  queries/s without', each(samples.open, 'perSecond'), { digits: 0, memoryKib: peakOf(samples.open) }),
  ];
};
