import { type Benchmark, PACKAGES_MISSING } from './support/bench.ts';
import { atLeast, figure, leftOut } from './support/figure.ts';
import { operation } from './support/graphql.ts';
import { CLIENTS, inTurns, meLoad, SHOWN } from './support/loads.ts';
import { each, interleave, measure, peakOf, ratios, ratiosPerCore } from './support/rounds.ts';
import { populate } from './support/seed.ts';

/**
 * Compares an authenticated request with a request that needs nothing: `me` of Gatehouse (signature, denial, account,
 * rules, response, one line of log) and `{ hello }` of a plain Apollo Server. One process each, with the same client.
 */
export const me: Benchmark = async (bench) => {
  const name = 'me/s ÷ plain Apollo { hello }/s, by the clock';
  if (PACKAGES_MISSING) return [leftOut(name, PACKAGES_MISSING)];
  const gatehouse = await bench.gatehouse();
  const plain = await bench.contender('plain_apollo', '/ready');
  const asking = await meLoad(gatehouse, await populate(gatehouse, SHOWN));
  const greeting = inTurns(plain, CLIENTS, [operation('{ hello }')]);

  const samples = await interleave(
    { me: (ms) => measure(asking, ms), hello: (ms) => measure(greeting, ms) },
    bench.pace,
  );
  const { me, hello } = samples;
  return [
    figure(name, ratios(me, hello), { wanted: atLeast(1.3), samples }),
    figure('  the same per core of the server', ratiosPerCore(me, hello)),
    figure('  me/s', each(me, 'perSecond'), { digits: 0, memoryKib: peakOf(me) }),
    figure('  { hello }/s', each(hello, 'perSecond'), { digits: 0, memoryKib: peakOf(hello) }),
    figure('  p99 of me', each(me, 'p99Ms'), { digits: 1, unit: ' ms' }),
    figure('  server busy with me', each(me, 'serverBusy'), { unit: ' cores' }),
    figure('  client busy with me', each(me, 'clientBusy'), { unit: ' cores' }),
    figure('  client busy with { hello }', each(hello, 'clientBusy'), { unit: ' cores' }),
  ];
};
