import { type Benchmark, PACKAGES_MISSING } from './support/bench.ts';
import { compareAnswers, distinctOrders, sameOrders, startSubgraphs } from './support/federation.ts';
import { atLeast, figure, leftOut } from './support/figure.ts';
import { SHOWN } from './support/loads.ts';
import { each, interleave, measure, peakOf, ratios, ratiosPerCore } from './support/rounds.ts';
import { populate, someOf } from './support/seed.ts';

/** Sends the same query over the same subgraphs, three hops in sequence, through Gatehouse and through Hive Gateway. */
export const federated: Benchmark = async (bench) => {
  const name = 'federated query/s ÷ Hive Gateway, by the clock';
  if (PACKAGES_MISSING) return [leftOut(name, PACKAGES_MISSING)];
  const subgraphs = await startSubgraphs(bench);
  const gatehouse = await subgraphs.gatehouse('open');
  const hive = await bench.contender('hive_gateway', '/readiness', { SUPERGRAPH: subgraphs.supergraph('open') });
  const population = await populate(gatehouse, SHOWN);
  const tokens = await population.tokens(someOf(population.count, SHOWN));
  await compareAnswers(gatehouse, hive, { ...gatehouse, token: tokens[0]! });

  const loads = {
    ours: distinctOrders(gatehouse),
    theirs: distinctOrders(hive),
    oursSigned: distinctOrders(gatehouse, tokens),
    theirsSigned: distinctOrders(hive, tokens),
    oursSame: sameOrders(gatehouse),
    theirsSame: sameOrders(hive),
  };
  const samples = await interleave(
    {
      ours: (ms) => measure(loads.ours, ms),
      theirs: (ms) => measure(loads.theirs, ms),
      oursSigned: (ms) => measure(loads.oursSigned, ms),
      theirsSigned: (ms) => measure(loads.theirsSigned, ms),
      oursSame: (ms) => measure(loads.oursSame, ms),
      theirsSame: (ms) => measure(loads.theirsSame, ms),
    },
    bench.pace,
  );
  const { ours, theirs, oursSigned, theirsSigned, oursSame, theirsSame } = samples;
  return [
    figure(name, ratios(ours, theirs), { wanted: atLeast(1), samples }),
    figure('  the same per core of the server', ratiosPerCore(ours, theirs)),
    figure('  by the clock, with the tokens of users, which Hive does not look at', ratios(oursSigned, theirsSigned)),
    figure('  the same per core of the server', ratiosPerCore(oursSigned, theirsSigned)),
    figure('  by the clock, everybody asking for the same', ratios(oursSame, theirsSame)),
    figure('  the same per core of the server', ratiosPerCore(oursSame, theirsSame)),
    figure('  queries/s', each(ours, 'perSecond'), { digits: 0, memoryKib: peakOf(ours) }),
    figure('  queries/s of Hive Gateway', each(theirs, 'perSecond'), { digits: 0, memoryKib: peakOf(theirs) }),
    figure('  queries/s with tokens', each(oursSigned, 'perSecond'), { digits: 0, memoryKib: peakOf(oursSigned) }),
    figure('  queries/s for the same', each(oursSame, 'perSecond'), { digits: 0, memoryKib: peakOf(oursSame) }),
    figure('  queries/s for the same of Hive Gateway', each(theirsSame, 'perSecond'), {
      digits: 0,
      memoryKib: peakOf(theirsSame),
    }),
    figure('  p99', each(ours, 'p99Ms'), { digits: 1, unit: ' ms' }),
    figure('  p99 of Hive Gateway', each(theirs, 'p99Ms'), { digits: 1, unit: ' ms' }),
    figure('  server busy', each(ours, 'serverBusy'), { unit: ' cores' }),
    figure('  Hive Gateway busy', each(theirs, 'serverBusy'), { unit: ' cores' }),
    figure('  client busy', each(ours, 'clientBusy'), { unit: ' cores' }),
  ];
};
