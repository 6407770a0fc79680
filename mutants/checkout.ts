import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mkdirSync } from 'node:fs';

/** A copy of the working tree for mutants, with linked packages. */
export interface Checkout extends Disposable {
  readonly root: string;
  /** Replaces the text of a source. */
  write(path: string, source: string): void;
}

/** Copies the tracked files, and new files that are not ignored, from the working tree. */
export function copyCheckout(): Checkout {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-mutants-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate']);
  const deleted = new Set(execFileSync('git', ['ls-files', '-z', '--deleted']).toString().split('\0'));
  for (const file of listed.toString().split('\0')) {
    if (file === '' || deleted.has(file)) continue;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(file, join(root, file));
  }
  for (const folder of ['node_modules', 'dist']) symlinkSync(join(process.cwd(), folder), join(root, folder));
  return {
    root,
    write: (path, source) => writeFileSync(join(root, path), source),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
