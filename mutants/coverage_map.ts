import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from './digest.ts';

/** Has one file for each recorded test file. Generated and not committed. */
export const COVERAGE = join(import.meta.dirname, 'results/coverage');

/** The source lines that a test file executed, as `coverage_reporter.ts` records them. */
export interface Executed {
  readonly test: string;
  /** The digest of the test file; a changed file is recorded again. */
  readonly digest: string;
  readonly seconds: number;
  readonly sources: readonly {
    readonly path: string;
    readonly digest: string;
    /** The text of each executed line, because line numbers move when a file changes. */
    readonly lines: readonly string[];
  }[];
}

/** A test file that executed a line, with measures of how specific it is. */
export interface Candidate {
  readonly test: string;
  readonly seconds: number;
  /** The number of source lines that it executed. The fewer lines, the more specific it is for each. */
  readonly breadth: number;
}

/** An estimate for a test file without a record. */
const UNKNOWN = { seconds: 30, breadth: 4_000 };

/** Returns every recorded test file that still exists. */
export function readCoverage(): Executed[] {
  if (!existsSync(COVERAGE)) return [];
  return readdirSync(COVERAGE)
    .map((name) => JSON.parse(readFileSync(join(COVERAGE, name), 'utf8')) as Executed)
    .filter(({ test }) => existsSync(test));
}

/** Returns the files of `tests` without a record, or with a change since. */
export function unrecorded(tests: readonly string[]): string[] {
  const known = new Map(readCoverage().map(({ test, digest }) => [test, digest]));
  return tests.filter((test) => known.get(test) !== digestOf(test));
}

interface InFile extends Candidate {
  /** The digest of the source at the time of the record. */
  readonly digest: string;
}

/** Finds the test files that executed a line. */
export class CoverageMap {
  readonly #byLine = new Map<string, Candidate[]>();
  readonly #byFile = new Map<string, InFile[]>();
  readonly #imports = new Map<string, Candidate[]>();

  /** @param unrecorded test files newer than the map; they count if they import the source */
  constructor(recorded: readonly Executed[], unrecorded: readonly string[] = []) {
    for (const test of unrecorded) {
      for (const [, path = ''] of readFileSync(test, 'utf8').matchAll(/from '(?:\.\.\/)+((?:src|packages)\/[^']+)'/g))
        add(this.#imports, path, { test, ...UNKNOWN });
    }
    for (const { test, seconds, sources } of recorded) {
      const breadth = sources.reduce((sum, { lines }) => sum + lines.length, 0);
      const candidate = { test, seconds, breadth };
      for (const { path, digest, lines } of sources) {
        if (lines.length > 0) add(this.#byFile, path, { ...candidate, digest });
        for (const line of new Set(lines)) add(this.#byLine, `${path}\n${line}`, candidate);
      }
    }
  }

  /**
   * Returns the test files that executed a line with this text. Without one in a changed file the line is new; then
   * returns those that executed any line of the file.
   */
  executing(path: string, line: string, digest: string): readonly Candidate[] {
    const changed = () => (this.#byFile.get(path) ?? []).filter((candidate) => candidate.digest !== digest);
    const found = this.#byLine.get(`${path}\n${line.trim()}`) ?? changed();
    const imports = this.#imports.get(path) ?? [];
    return [...found.filter(({ test }) => !imports.some((one) => one.test === test)), ...imports];
  }
}

function add<Item>(map: Map<string, Item[]>, key: string, item: Item): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}
