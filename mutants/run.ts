import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import setup from '../test/support/global_setup.ts';
import { createCompiler } from './compiler.ts';
import { CoverageMap, readCoverage, unrecorded } from './coverage_map.ts';
import { recordCoverage, testsInProcess } from './record_coverage.ts';
import { lineOf, reportOf, type Result } from './report.ts';
import { allMutants, type Placed, shuffle } from './sample.ts';
import { tryMutants } from './try_mutants.ts';

/** `npm run mutants`: node runs this file as it is, so it uses no syntax that has to be compiled. */
const RESULTS = join(import.meta.dirname, 'results');
const { values } = parseArgs({
  options: {
    map: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    sample: { type: 'string', default: '20' },
    seed: { type: 'string', default: `${Date.now()}` },
    only: { type: 'string' },
    mutant: { type: 'string', multiple: true, default: [] },
    tests: { type: 'string', default: '8' },
    workers: { type: 'string', default: '1' },
  },
});

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Yields the named mutants, or the requested number of shuffled ones, without those that do not compile. */
function* draw(): Generator<Placed> {
  const all = allMutants(values.only);
  if (values.mutant.length > 0)
    return yield* values.mutant.flatMap((id) => all.filter(({ mutant }) => mutant.id === id));
  say(`seed ${values.seed}, a sample of ${values.sample} from ${all.length} mutants`);
  const compiler = createCompiler([...new Set(all.map(({ mutant }) => mutant.path))]);
  let left = Number(values.sample);
  for (const placed of shuffle(all, values.seed)) {
    if (left === 0) return;
    if (!compiler.accepts(placed.mutant.path, placed.mutant.source)) continue;
    left--;
    yield placed;
  }
}

async function tryDrawn(): Promise<void> {
  if (readCoverage().length === 0) recordCoverage();
  // Creates the template of embedded databases, for all workers.
  await setup();
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `${new Date().toISOString().replaceAll(':', '-')}.jsonl`);
  const results: Result[] = [];
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  try {
    await tryMutants(draw(), {
      coverage: new CoverageMap(readCoverage(), unrecorded(testsInProcess())),
      workers: Number(values.workers),
      mostTests: Number(values.tests),
      signal: stopping.signal,
      onResult(result) {
        results.push(result);
        appendFileSync(file, `${JSON.stringify(result)}\n`);
        say(lineOf(result));
      },
    });
  } finally {
    rmSync(process.env['GATEHOUSE_TEST_FOLDER']!, { recursive: true, force: true });
  }
  say(reportOf(results));
  say(`Written to ${file}`);
}

if (values.map) recordCoverage();
else if (values.list)
  for (const { mutant } of draw()) say(`${mutant.id} ${mutant.path}:${mutant.line} (${mutant.kind})\n${mutant.diff}`);
else await tryDrawn();
