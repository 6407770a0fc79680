import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Builds `dist/`. Run by Node as it is (type stripping), so it uses no syntax that has to be compiled. */
const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.built-from');
/** Held by whoever builds (exclusive) and whoever runs what was built (shared). */
export const LOCK = join(DIST, '.lock');
/** What a build is made from. */
const INPUTS = ['src/**', 'web/**', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Whether what stands in `dist/` was made from other files than there are now. */
export function isStale(): boolean {
  return !existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== fingerprint();
}

export function build(): void {
  mkdirSync(DIST, { recursive: true });
  const from = fingerprint();
  for (const entry of readdirSync(DIST)) {
    if (!entry.startsWith('.lock')) rmSync(join(DIST, entry), { recursive: true });
  }
  run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
  cpSync(join(ROOT, 'src/passwords/common_passwords.txt'), join(DIST, 'passwords/common_passwords.txt'));
  run('vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn');
  writeFileSync(STAMP, from);
}

function run(tool: string, ...parameters: string[]): void {
  execFileSync(process.execPath, [join(ROOT, 'node_modules', tool), ...parameters], { cwd: ROOT, stdio: 'inherit' });
}

function fingerprint(): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of globSync(INPUTS, { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) build();
