import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, lockBuild } from '../scripts/build.ts';
import { betterAuth } from './better_auth.ts';
import { directives } from './directives.ts';
import { federated } from './federated.ts';
import { flood } from './flood.ts';
import { growth } from './growth.ts';
import { me } from './me.ts';
import { passkeys } from './passkeys.ts';
import { refreshRate } from './refresh_rate.ts';
import { sessionSize } from './session_size.ts';
import { signIn } from './sign_in.ts';
import { start } from './start.ts';
import { type Benchmark, PACKAGES_MISSING, runBenchmark } from './support/bench.ts';
import { type Figure, leftOut } from './support/figure.ts';
import { SERVERS } from './support/stores.ts';

/** `npm run bench`: node runs this file as it is, so it uses no syntax that has to be compiled. */
const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  me,
  'sign-in': signIn,
  flood,
  growth,
  'better-auth': betterAuth,
  start,
  refresh: refreshRate,
  'session-size': sessionSize,
  passkeys,
  federated,
  directives,
};
const RESULTS = join(import.meta.dirname, 'results');
const STORES = SERVERS
  ? 'PostgreSQL and Redis'
  : 'embedded (name servers in BENCH_DATABASE_URL and BENCH_REDIS_URL to measure what production runs on)';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints the lines in columns, each as wide as its widest cell. */
function print(figures: readonly Figure[]): void {
  const rows = [
    ['figure', 'measured: median (least to most)', 'wanted', '', 'peak memory'],
    ...figures.map(({ name, measured, wanted = '', reached, memory = '' }) => [
      name,
      measured,
      wanted,
      reached === undefined ? '' : reached ? 'reached' : 'MISSED',
      memory,
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows)
    say(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
}

/** The targets apply to PostgreSQL and Redis; the embedded stores are for trials. */
function judged({ reached, ...figure }: Figure): Figure {
  return { ...figure, ...(SERVERS && reached !== undefined && { reached }) };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  say(`There is no ${unknown.join(', ')}. There are: ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(1);
}
const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);

await ensureBuilt();
const building = lockBuild('shared');
const started = new Date();
say(`Stores: ${STORES}`);
if (PACKAGES_MISSING) say(`Left out is what Gatehouse is compared to: ${PACKAGES_MISSING}`);
const figures: Figure[] = [];
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  try {
    figures.push(...(await runBenchmark(BENCHMARKS[name]!, values)).map(judged));
  } catch (error) {
    // The other benchmarks can still run, and earlier results are kept.
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    figures.push(leftOut(name, 'it failed'));
    process.exitCode = 1;
  }
}
building?.release();
print(figures);

mkdirSync(RESULTS, { recursive: true });
const file = join(RESULTS, `${started.toISOString().replaceAll(':', '-')}.json`);
const machine = {
  node: process.version,
  cores: availableParallelism(),
  platform: `${process.platform} ${process.arch}`,
};
const result = { started, stores: STORES, ...values, machine, figures };
writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
say(`Written to ${file}`);
