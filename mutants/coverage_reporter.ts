import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, relative } from 'node:path';
import type { Test, TestResult } from '@jest/reporters';
import { COVERAGE, type Executed } from './coverage_map.ts';
import { digestOf } from './digest.ts';

type ScriptCoverage = NonNullable<TestResult['v8Coverage']>[number];

/** Writes one file for each test file of a run with coverage: the lines of `src/` and `packages/` that it executed. */
export default class CoverageReporter {
  readonly #root: string;

  constructor({ rootDir }: { readonly rootDir: string }) {
    this.#root = rootDir;
    mkdirSync(COVERAGE, { recursive: true });
  }

  onTestResult({ path }: Test, { v8Coverage = [], perfStats, numFailingTests, testExecError }: TestResult): void {
    const test = relative(this.#root, path);
    if (numFailingTests > 0 || testExecError) {
      process.stderr.write(`${test} failed and is not in the map\n`);
      return;
    }
    const executed: Executed = {
      test,
      digest: digestOf(path),
      seconds: perfStats.runtime / 1000,
      sources: v8Coverage
        .map((script) => ({
          path: relative(this.#root, script.result.url),
          digest: digestOf(script.result.url),
          lines: executedLines(script),
        }))
        .filter(({ path }) => /^(?:src|packages)\//.test(path)),
    };
    writeFileSync(join(COVERAGE, `${test.replaceAll('/', '__')}.json`), JSON.stringify(executed));
  }
}

/** Returns the text of the lines of which any part was executed. */
function executedLines({ result, codeTransformResult }: ScriptCoverage): string[] {
  const map = codeTransformResult?.sourceMapPath;
  if (!codeTransformResult || !map || !existsSync(map)) return [];
  const { code, originalCode } = codeTransformResult;
  const counts = new Int32Array(code.length);
  // Ranges are nested; an inner one comes after the outer ones.
  for (const { ranges } of result.functions)
    for (const { startOffset, endOffset, count } of ranges) counts.fill(count, startOffset, endOffset);

  const origins = new SourceMap(JSON.parse(readFileSync(map, 'utf8')) as ConstructorParameters<typeof SourceMap>[0]);
  const lines = new Set<number>();
  let offset = 0;
  for (const [line, text] of code.split('\n').entries()) {
    for (const { index } of text.matchAll(/[\w$]+|[^\w\s]/g)) {
      if (counts[offset + index] === 0) continue;
      const entry = origins.findEntry(line, index);
      if ('originalLine' in entry) lines.add(entry.originalLine);
    }
    offset += text.length + 1;
  }
  const texts = originalCode.split('\n');
  return [...lines].sort((one, other) => one - other).map((line) => texts[line]?.trim() ?? '');
}
