import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../test/support/free_port.ts';
import { type Child, startChild } from './child.ts';
import type { Figure } from './figure.ts';
import { type Gatehouse, startGatehouse } from './gatehouse.ts';
import type { Pace } from './rounds.ts';
import { openStores } from './stores.ts';
import packages from '../package.json' with { type: 'json' };

/** Measures something and returns its lines of the table. All processes that it starts end with it. */
export type Benchmark = (bench: Bench) => Promise<Figure[]>;

/** The environment of a benchmark. */
export interface Bench {
  /** The paces for requests that take milliseconds, and for requests that hash. */
  readonly pace: Pace;
  readonly hashingPace: Pace;
  /** Starts a new Gatehouse over its own stores. */
  gatehouse(settings?: Readonly<Record<string, string>>): Promise<Gatehouse>;
  /** Starts a server of `contenders/` that serves HTTP on `PORT`. It is ready when `path` responds. */
  contender(name: string, path: string, env?: Readonly<Record<string, string>>): Promise<{ url: string; pid: number }>;
  /** Starts a process of `contenders/` that is used over IPC. */
  worker(name: string, env?: Readonly<Record<string, string>>): Child;
}

const CONTENDERS = join(import.meta.dirname, '../contenders');

/** The reason why contenders from uninstalled packages cannot run; undefined if they can. */
export const PACKAGES_MISSING = Object.keys(packages.dependencies).every((name) =>
  existsSync(join(CONTENDERS, '../node_modules', name)),
)
  ? undefined
  : 'its packages are missing: npm ci --prefix bench';

const PACES = {
  thorough: {
    pace: { rounds: 7, roundMs: 3_000, warmUpMs: 3_000 },
    hashingPace: { rounds: 7, roundMs: 6_000, warmUpMs: 2_000 },
  },
  quick: {
    pace: { rounds: 3, roundMs: 1_500, warmUpMs: 1_500 },
    hashingPace: { rounds: 3, roundMs: 3_000, warmUpMs: 1_000 },
  },
};

/** Runs one benchmark, and ends everything that it started. */
export async function runBenchmark(benchmark: Benchmark, { quick }: { readonly quick: boolean }): Promise<Figure[]> {
  const opened: (() => Promise<void> | void)[] = [];
  const opening = <Part extends { close(): Promise<void> | void }>(part: Part): Part => {
    opened.push(() => part.close());
    return part;
  };
  try {
    return await benchmark({
      ...PACES[quick ? 'quick' : 'thorough'],
      gatehouse: async (settings = {}) => opening(await startGatehouse(opening(await openStores()), settings)),
      async contender(name, path, env = {}) {
        const port = await freePort();
        const url = `http://127.0.0.1:${port}`;
        const child = opening(
          startChild(join(CONTENDERS, `${name}.ts`), { NODE_ENV: 'production', ...env, PORT: `${port}` }),
        );
        await child.ready(url, path);
        return { url, pid: child.pid };
      },
      worker: (name, env = {}) =>
        opening(startChild(join(CONTENDERS, `${name}.ts`), env, ['ignore', 'ignore', 'inherit', 'ipc'])),
    });
  } finally {
    for (const close of opened.reverse()) await close();
  }
}
