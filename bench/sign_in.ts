import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import * as argon2 from 'argon2';
import type { Order } from './contenders/raw_argon2.ts';
import type { Bench, Benchmark } from './support/bench.ts';
import { atLeast, figure } from './support/figure.ts';
import { HASHING_CLIENTS, loginLoad, SHOWN, tokenLoad } from './support/loads.ts';
import {
  each,
  interleave,
  measure,
  peakOf,
  ratios,
  ratiosPerCore,
  type Round,
  type Tally,
  watch,
} from './support/rounds.ts';
import { PARAMETERS, PASSWORD, populate } from './support/seed.ts';
import { median } from './support/statistics.ts';

/** The default number of threads in libuv. */
const USUAL_THREADS = 4;

/**
 * Measures sign-ins at both doors over the bare price of a password: `argon2.verify` in a process that does nothing
 * else, with the same parameters and as many at once. Its speed depends on how many threads share the cores, so it runs
 * with the four of libuv and with one per core, and the faster of the two counts.
 */
export const signIn: Benchmark = async (bench) => {
  const gatehouse = await bench.gatehouse();
  const population = await populate(gatehouse, SHOWN);
  const login = loginLoad(gatehouse, population, HASHING_CLIENTS);
  const token = tokenLoad(gatehouse, population, HASHING_CLIENTS);
  const hash = await argon2.hash(PASSWORD, PARAMETERS);

  const cores = availableParallelism();
  const samples = await interleave(
    {
      usual: raw(bench, hash, USUAL_THREADS),
      token: (ms) => measure(token, ms),
      perCore: raw(bench, hash, cores),
      login: (ms) => measure(login, ms),
    },
    bench.hashingPace,
  );
  const isUsualFaster = median(each(samples.usual, 'perSecond')) > median(each(samples.perCore, 'perSecond'));
  const [fastest, threads] = isUsualFaster ? [samples.usual, USUAL_THREADS] : [samples.perCore, cores];
  const lines = (what: string, rounds: readonly Round[]) => [
    figure(`${what}/s ÷ raw argon2.verify/s, by the clock`, ratios(rounds, fastest), { wanted: atLeast(0.95) }),
    figure('  the same per core of the server', ratiosPerCore(rounds, fastest)),
    figure(`  ${what}/s`, each(rounds, 'perSecond'), { digits: 1, memoryKib: peakOf(rounds) }),
  ];
  return [
    ...lines('/token', samples.token),
    ...lines('login', samples.login),
    figure(`  raw argon2.verify/s on ${threads} threads`, each(fastest, 'perSecond'), {
      digits: 1,
      memoryKib: peakOf(fastest),
      samples: { clients: HASHING_CLIENTS, cores, ...samples },
    }),
  ];
};

function raw(bench: Bench, hash: string, threads: number): (ms: number) => Promise<Round> {
  const worker = bench.worker('raw_argon2', { UV_THREADPOOL_SIZE: `${threads}` });
  return (ms) =>
    watch(worker.pid, async () => {
      worker.process.send({ hash, password: PASSWORD, clients: HASHING_CLIENTS, ms } satisfies Order);
      const [tally] = (await once(worker.process, 'message')) as [Tally];
      return tally;
    });
}
