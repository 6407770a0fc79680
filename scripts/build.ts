import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FileLock, lockFile } from '../src/store/database/file_lock.ts';

/** `npm run build`. Node runs this file as it is (type stripping), so it uses no syntax that has to be compiled. */
const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.built-from');
const LOCK = '.lock';
/** The sources of a build. */
const INPUTS = [
  'src/**',
  'packages/*/{src/**,*.json}',
  'scripts/build.ts',
  'web/**',
  'package-lock.json',
  'tsconfig*.json',
];
/** The workspaces, each of which is built into a `dist/` of its own. */
const PACKAGES = ['packages/client', 'packages/subgraph'];
/** Files of `src/` that the server reads as they are. */
const NOT_COMPILED = ['require_node.cjs', 'credentials/password/common_passwords.txt'];
const PATIENCE_MS = 180_000;

/**
 * Builds `dist/` where it was made from other files than there are now, once however many ask for it at a time.
 * Throws where another instance runs from the stale build: it would lose its files under its feet.
 */
export async function ensureBuilt(): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; isStale(); await sleep(500)) {
    const building = lockBuild('exclusive');
    if (building) {
      if (isStale()) build();
      building.release();
      return;
    }
    // The lock excludes builders from runners, but runners not from each other. A builder may have finished just now.
    const running = lockBuild('shared');
    running?.release();
    if ((running && isStale()) || Date.now() > until) {
      throw new Error(
        'The build is stale, and another instance runs from it. Stop that one first, or start from another clone.',
      );
    }
  }
}

/** Says that this process builds (exclusive) or runs (shared); undefined where another one stands against it. */
export function lockBuild(kind: 'shared' | 'exclusive'): FileLock | undefined {
  mkdirSync(DIST, { recursive: true });
  return lockFile(join(DIST, LOCK), kind);
}

function isStale(): boolean {
  const isWhole = [STAMP, ...PACKAGES.map((folder) => join(ROOT, folder, 'dist'))].every((path) => existsSync(path));
  return !isWhole || readFileSync(STAMP, 'utf8') !== fingerprint();
}

function build(): void {
  const from = fingerprint();
  // Not to standard output: that is what a command answers.
  process.stderr.write('Building …\n');
  for (const entry of readdirSync(DIST)) {
    if (!entry.startsWith(LOCK)) rmSync(join(DIST, entry), { recursive: true });
  }
  // The packages first: the server imports one of them.
  for (const folder of PACKAGES) {
    rmSync(join(ROOT, folder, 'dist'), { recursive: true, force: true });
    run('typescript/bin/tsc', '-p', folder);
  }
  run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
  for (const file of NOT_COMPILED) cpSync(join(ROOT, 'src', file), join(DIST, file));
  run('vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn');
  writeFileSync(STAMP, from);
}

function run(tool: string, ...parameters: string[]): void {
  execFileSync(process.execPath, [join(ROOT, 'node_modules', tool), ...parameters], {
    cwd: ROOT,
    // A test that builds what is stale would build React for development.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', process.stderr, 'inherit'],
  });
}

function fingerprint(): string {
  const hash = createHash('sha256').update(process.version);
  const files = globSync(INPUTS, { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

if (process.argv[1] === import.meta.filename) await ensureBuilt();
