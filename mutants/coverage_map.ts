import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from './digest.ts';

/** One file for each test file that was recorded: generated, and not committed. */
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
    /** The text of each line that was executed: numbers move when a file changes. */
    readonly lines: readonly string[];
  }[];
}

/** A test file that executed a line, and what tells how close it is to it. */
export interface Candidate {
  readonly test: string;
  readonly seconds: number;
  /** How much of the sources it executed: the fewer lines, the more it is about each of them. */
  readonly breadth: number;
}

/** A guess, for a test file that is not recorded. */
const UNKNOWN = { seconds: 30, breadth: 4_000 };

/** Returns every test file that was recorded and is still there. */
export function readCoverage(): Executed[] {
  if (!existsSync(COVERAGE)) return [];
  return readdirSync(COVERAGE)
    .map((name) => JSON.parse(readFileSync(join(COVERAGE, name), 'utf8')) as Executed)
    .filter(({ test }) => existsSync(test));
}

/** Returns the files among `tests` that are not recorded, or that changed since. */
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

  /** @param unrecorded test files that are newer than the map: they count where they import the source itself */
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
   * Returns those that executed a line with this text. Where there is none and the file changed since, the line is new:
   * then those that executed anything in the file.
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
