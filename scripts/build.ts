import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FileLock, lockFile } from '../src/store/database/file_lock.ts';

/** `npm run build`. Node runs this file as it is (type stripping), so it uses no syntax that has to be compiled. */
const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const LOCK = '.lock';
/** The workspaces, each built into its own `dist/`. */
const PACKAGES = ['packages/client', 'packages/subgraph'];
/** Files of `src/` that the server reads as they are. */
const NOT_COMPILED = ['require_node.cjs', 'credentials/password/common_passwords.txt'];
/** The folder of the pages in `dist/`. */
const PAGES = 'web';

/** A part of the build. It is made again if one of its inputs changed. */
interface Part {
  /** Globs of its input files. */
  readonly inputs: readonly string[];
  /** The folders that it creates. */
  readonly outputs: readonly string[];
  build(): void;
}

/** The inputs of every part. */
const COMMON = ['scripts/build.ts', 'package-lock.json', 'tsconfig*.json'];

/** In build order: the server imports one of the packages, the pages import the other. */
const PARTS: Readonly<Record<string, Part>> = {
  packages: {
    inputs: ['packages/*/{src/**,*.json}'],
    outputs: PACKAGES.map((folder) => join(folder, 'dist')),
    build() {
      for (const folder of PACKAGES) {
        rmSync(join(ROOT, folder, 'dist'), { recursive: true, force: true });
        run('typescript/bin/tsc', '-p', folder);
      }
    },
  },
  server: {
    inputs: ['src/**', 'packages/subgraph/{src/**,*.json}'],
    outputs: ['dist/main.js'],
    build() {
      for (const entry of readdirSync(DIST)) {
        if (!entry.startsWith('.') && entry !== PAGES) rmSync(join(DIST, entry), { recursive: true });
      }
      // `npm run check` checks the types. Without the check the compiler needs less than half of the time.
      run('typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck');
      for (const file of NOT_COMPILED) cpSync(join(ROOT, 'src', file), join(DIST, file));
    },
  },
  pages: {
    inputs: ['web/**', 'packages/client/{src/**,*.json}', 'src/kernel/**'],
    outputs: [join('dist', PAGES)],
    build: () => run('vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'),
  },
};
const PATIENCE_MS = 180_000;

/**
 * Builds the parts whose inputs changed since they were built. Callers at the same time wait for one build.
 * @throws Error if another instance runs from the stale build, which would lose its files
 */
export async function ensureBuilt(): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; staleParts().length > 0; await sleep(500)) {
    const building = lockBuild('exclusive');
    if (building) {
      build(staleParts());
      building.release();
      return;
    }
    // The lock excludes builders from runners, but runners not from each other. A builder may have finished just now.
    const running = lockBuild('shared');
    running?.release();
    if ((running && staleParts().length > 0) || Date.now() > until) {
      throw new Error(
        'The build is stale, and another instance runs from it. Stop that one first, or start from another clone.',
      );
    }
  }
}

/** Locks the build for a process that builds (exclusive) or runs (shared). Returns undefined if another one holds it. */
export function lockBuild(kind: 'shared' | 'exclusive'): FileLock | undefined {
  mkdirSync(DIST, { recursive: true });
  return lockFile(join(DIST, LOCK), kind);
}

const stampOf = (name: string) => join(DIST, `.built-from-${name}`);

function staleParts(): (readonly [name: string, part: Part])[] {
  return Object.entries(PARTS).filter(([name, { inputs, outputs }]) => {
    const isWhole = [stampOf(name), ...outputs.map((path) => join(ROOT, path))].every((path) => existsSync(path));
    return !isWhole || readFileSync(stampOf(name), 'utf8') !== fingerprint(inputs);
  });
}

function build(parts: readonly (readonly [name: string, part: Part])[]): void {
  if (parts.length === 0) return;
  // A command writes its output to standard output.
  process.stderr.write('Building …\n');
  for (const [name, part] of parts) {
    const from = fingerprint(part.inputs);
    rmSync(stampOf(name), { force: true });
    part.build();
    writeFileSync(stampOf(name), from);
  }
}

function run(tool: string, ...parameters: string[]): void {
  execFileSync(process.execPath, [join(ROOT, 'node_modules', tool), ...parameters], {
    cwd: ROOT,
    // Tests set another NODE_ENV, with which React would be built for development.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', process.stderr, 'inherit'],
  });
}

function fingerprint(inputs: readonly string[]): string {
  const hash = createHash('sha256').update(process.version);
  const files = globSync([...COMMON, ...inputs], { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

if (process.argv[1] === import.meta.filename) await ensureBuilt();
