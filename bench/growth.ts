import type { Bench, Benchmark } from './support/bench.ts';
import { atLeast, type Figure, figure, leftOut } from './support/figure.ts';
import { operation } from './support/graphql.ts';
import { CLIENTS, inTurns, ME, meLoad } from './support/loads.ts';
import { each, interleave, measure, peakOf, ratios } from './support/rounds.ts';
import { populate, someOf } from './support/seed.ts';
import { SERVERS } from './support/stores.ts';

const SIZES = { '1 k': 1_000, '100 k': 100_000, '1 M': 1_000_000 };
type Size = keyof typeof SIZES;
/** Accounts without a request so far, for requests that find nothing in Redis. */
const STRANGERS = 50_000;

/** Measures `me` with a thousand, a hundred thousand and a million users and sessions, each in a separate database. */
export const growth: Benchmark = async (bench) => {
  const name = 'me/s at 1 M users and sessions ÷ at 1 k, by the clock';
  if (!SERVERS) return [leftOut(name, 'an embedded database is not given a million users')];
  const loads = await eachSize((size) => prepare(bench, size));
  const known = await interleave(
    {
      '1 k': (ms) => measure(loads['1 k'].known, ms),
      '100 k': (ms) => measure(loads['100 k'].known, ms),
      '1 M': (ms) => measure(loads['1 M'].known, ms),
    },
    bench.pace,
  );
  // With only a thousand users, every user would become known within moments.
  const strangers = await interleave(
    { '100 k': (ms) => measure(loads['100 k'].strangers, ms), '1 M': (ms) => measure(loads['1 M'].strangers, ms) },
    bench.pace,
  );
  const memory = (size: Size): Figure =>
    figure(`  me/s at ${size}`, each(known[size], 'perSecond'), { digits: 0, memoryKib: peakOf(known[size]) });
  return [
    figure(name, ratios(known['1 M'], known['1 k']), { wanted: atLeast(0.9), samples: { known, strangers } }),
    figure('  at 100 k ÷ at 1 k', ratios(known['100 k'], known['1 k'])),
    memory('1 k'),
    memory('100 k'),
    memory('1 M'),
    figure(
      '  each request of an account that Redis does not know: 1 M ÷ 100 k',
      ratios(strangers['1 M'], strangers['100 k']),
    ),
    figure('  such requests/s at 1 M', each(strangers['1 M'], 'perSecond'), {
      digits: 0,
      memoryKib: peakOf(strangers['1 M']),
    }),
  ];
};

async function prepare(bench: Bench, size: Size) {
  const gatehouse = await bench.gatehouse();
  const population = await populate(gatehouse, SIZES[size]);
  const unknown = await population.tokens(someOf(population.count, STRANGERS).reverse());
  return {
    known: await meLoad(gatehouse, population),
    strangers: inTurns(
      gatehouse,
      CLIENTS,
      unknown.map((token) => operation(ME, {}, token)),
    ),
  };
}

/** Fills one after another, because filling the largest keeps the machine busy. */
async function eachSize<T>(make: (size: Size) => Promise<T>): Promise<Record<Size, T>> {
  return { '1 k': await make('1 k'), '100 k': await make('100 k'), '1 M': await make('1 M') };
}
