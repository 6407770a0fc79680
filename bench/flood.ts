import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './support/bench.ts';
import { connectAll } from './support/client.ts';
import { atLeast, atMost, figure } from './support/figure.ts';
import type { Gatehouse } from './support/gatehouse.ts';
import { loginLoad, meLoad, SHOWN } from './support/loads.ts';
import { memoryAtRest } from './support/processes.ts';
import { each, interleave, measure, peakOf, ratios, type Round } from './support/rounds.ts';
import { PARAMETERS, type Population, populate } from './support/seed.ts';

const FLOOD = 32;
/** The time until the flood has filled every queue. */
const RISING_MS = 1_000;
const SETTLE_MS = 2_000;
/** The memory that a flood may cost in addition to the memory of its hashes. */
const BESIDE_MIB = 100;

interface Flood {
  stop(): Promise<{ perSecond: number; refused: number }>;
}

/** Measures `me` beside a flood of right passwords, in turns with `me` alone: the remaining rate, and the memory. */
export const flood: Benchmark = async (bench) => {
  const gatehouse = await bench.gatehouse();
  const population = await populate(gatehouse, SHOWN);
  const idle = await memoryAtRest(gatehouse.pid, SETTLE_MS);
  const alone = await measure(loginLoad(gatehouse, population, FLOOD), bench.hashingPace.roundMs);
  const asking = await meLoad(gatehouse, population);
  const startFlood = prepareFlood(gatehouse, population);

  const floods: { perSecond: number; refused: number }[] = [];
  const samples = await interleave(
    {
      quiet: (ms) => measure(asking, ms),
      async flooded(ms): Promise<Round> {
        const flood = await startFlood();
        await sleep(RISING_MS);
        const round = await measure(asking, ms);
        floods.push(await flood.stop());
        return round;
      },
    },
    bench.pace,
  );
  // Drops the result of the warm-up.
  floods.shift();

  const { quiet, flooded } = samples;
  const aboveIdle = (rounds: readonly Round[]) => each(rounds, 'peakKib').map((peak) => (peak - idle) / 1024);
  const allowed = (availableParallelism() * PARAMETERS.memoryCost) / 1024 + BESIDE_MIB;
  return [
    figure(`me/s during ${FLOOD} concurrent logins ÷ without, by the clock`, ratios(flooded, quiet), {
      wanted: atLeast(0.8),
      memoryKib: peakOf(flooded),
      samples: { idleKib: idle, alone, ...samples, floods },
    }),
    figure('p99 of me during the flood ÷ without', ratios(flooded, quiet, 'p99Ms'), { wanted: atMost(2) }),
    figure('peak memory during a flood of logins above idle', aboveIdle([alone]), {
      digits: 0,
      unit: ' MiB',
      wanted: atMost(allowed, ' MiB'),
    }),
    figure('  with me beside it', aboveIdle(flooded), { digits: 0, unit: ' MiB' }),
    figure('  with me and no flood', aboveIdle(quiet), { digits: 0, unit: ' MiB' }),
    figure('  me/s without', each(quiet, 'perSecond'), { digits: 0, memoryKib: peakOf(quiet) }),
    figure('  me/s during the flood', each(flooded, 'perSecond'), { digits: 0, memoryKib: peakOf(flooded) }),
    figure('  p99 without', each(quiet, 'p99Ms'), { digits: 1, unit: ' ms' }),
    figure('  p99 during the flood', each(flooded, 'p99Ms'), { digits: 1, unit: ' ms' }),
    figure(
      '  logins/s meanwhile',
      floods.map(({ perSecond }) => perSecond),
      { digits: 1 },
    ),
    figure(
      '  logins refused meanwhile',
      floods.map(({ refused }) => refused),
      { digits: 0 },
    ),
  ];
};

/** A client continues with the next login after a refusal, whatever its reason, as after a success. */
function prepareFlood(gatehouse: Gatehouse, population: Population): () => Promise<Flood> {
  const { url, work } = loginLoad(gatehouse, population, FLOOD);
  return async () => {
    const connections = await connectAll(url, FLOOD);
    const started = performance.now();
    let [stopping, done, refused] = [false, 0, 0];
    const clients = connections.map(async (connection, client) => {
      while (!stopping) {
        await work(connection, client).then(
          () => (done += 1),
          () => (refused += 1),
        );
      }
    });
    return {
      async stop() {
        stopping = true;
        await Promise.all(clients);
        connections.forEach((connection) => connection.close());
        return { perSecond: (done / (performance.now() - started)) * 1000, refused };
      },
    };
  };
}
