import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { refreshRate } from './refresh_rate.ts';
import { type BenchServer, startServer } from './server.ts';
import { sessionSize } from './session_size.ts';

/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly measured: string;
  /** What the design asks for; absent where it asks nothing. */
  readonly wanted?: string;
  /** Whether it is reached; absent where nothing is wanted, or nothing could be measured. */
  readonly reached?: boolean;
  /** Everything it was computed from, for `results/`. */
  readonly samples?: unknown;
}

type Benchmark = (server: BenchServer) => Promise<Figure[]>;

/** `npm run bench`: node runs this file as it is, so it uses no syntax that has to be compiled. */
const BENCHMARKS: readonly Benchmark[] = [refreshRate, sessionSize];
const RESULTS = join(import.meta.dirname, 'results');

const started = new Date();
const server = await startServer();
process.stdout.write(`Stores: ${server.stores}\n`);
const figures: Figure[] = [];
try {
  for (const benchmark of BENCHMARKS) figures.push(...(await benchmark(server)));
} finally {
  await server.close();
}

const cells = [
  ['figure', 'measured', 'wanted', ''],
  ...figures.map(({ name, measured, wanted, reached }) => [
    name,
    measured,
    wanted ?? '',
    reached === undefined ? '' : reached ? 'reached' : 'MISSED',
  ]),
];
const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
for (const row of cells) {
  process.stdout.write(
    `${row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`,
  );
}

mkdirSync(RESULTS, { recursive: true });
const file = join(RESULTS, `${started.toISOString().replaceAll(':', '-')}.json`);
const machine = {
  node: process.version,
  cores: availableParallelism(),
  platform: `${process.platform} ${process.arch}`,
};
writeFileSync(file, `${JSON.stringify({ started, stores: server.stores, machine, figures }, undefined, 2)}\n`);
process.stdout.write(`Written to ${file}\n`);
